import type { FastifyReply, FastifyRequest } from 'fastify';
import { parametersOf } from './list-query.ts';
import { shownPath } from './routes.ts';

/** Names the next page in `Link` (RFC 8288): the same request with other values of some parameters. */
export function linkNext(
  request: FastifyRequest,
  reply: FastifyReply,
  changed: { readonly [parameter: string]: string | number },
): void {
  const path = shownPath(request.originalUrl.replace(/^https?:\/\/[^/?#]*/i, ''));
  const others = [...parametersOf(request.query)].filter(([name]) => !Object.hasOwn(changed, name));
  const news = Object.entries(changed).map(([name, value]) => [name, [String(value)]] as const);
  const query = new URLSearchParams();
  for (const [name, values] of [...news, ...others]) for (const value of values) query.append(name, value);
  reply.header('link', `<${path}?${query}>; rel="next"`);
}

import type { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Preconditions } from './etag.ts';

/**
 * The function of a route. It resolves to the answer as text or as a stream, or to the reply if it has sent one itself.
 * Headers and status are set on the reply by then.
 */
export type RouteHandler = (
  request: FastifyRequest,
  reply: FastifyReply,
) => Promise<string | null | Readable | FastifyReply>;

/** The media type of every answer that isn't a problem. */
export const JSON_TYPE = 'application/json; charset=utf-8';

/** A variable of the route's path, percent-decoded. */
export function pathVariable({ params }: FastifyRequest, name: string): string {
  const value: unknown = typeof params === 'object' && params !== null ? Reflect.get(params, name) : undefined;
  return typeof value === 'string' ? value : '';
}

/** The preconditions of a change, or null if it has none. */
export function preconditionsOf({ headers }: FastifyRequest): Preconditions | null {
  const ifMatch = headers['if-match'];
  const ifNoneMatch = headers['if-none-match'];
  return ifMatch === undefined && ifNoneMatch === undefined ? null : { ifMatch, ifNoneMatch };
}

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { canonicalJson, kamadoError, limits } from '../kernel/index.ts';
import type { Model } from '../schema/index.ts';
import type { AnswerBody } from './answer-body.ts';
import { listEnd } from './envelope.ts';
import { namesTag } from './etag.ts';
import { parametersOf, unsigned } from './list-query.ts';
import { linkNext } from './next-link.ts';
import { PageText } from './page-text.ts';
import { JSON_TYPE, pathVariable } from './requests.ts';
import { sentBody } from './resource-text.ts';
import { serve } from './routes.ts';

/**
 * Serves the schemas of the model (compatibility A6). Their tag is the model's hash, since they change only with it. If
 * they don't fit into a page, `offset` selects the first schema.
 */
export function serveSchemas(fastify: FastifyInstance, model: Model): void {
  const etag = `"${model.hash}"`;
  const documents = new Map([...model.types].map(([id, { document }]) => [id, canonicalJson(document)]));
  const all = [...documents.values()];

  const isKnown = (request: FastifyRequest, reply: FastifyReply): boolean => {
    reply.header('etag', etag);
    const seen = request.headers['if-none-match'];
    if (seen !== undefined && namesTag(seen, etag)) {
      reply.code(304);
      return true;
    }
    reply.header('content-type', JSON_TYPE);
    return false;
  };

  const page = (request: FastifyRequest, reply: FastifyReply): string | AnswerBody => {
    const offset = unsigned(parametersOf(request.query), 'offset', 0, Number.MAX_SAFE_INTEGER);
    const text = new PageText('{"schemas":[');
    let next = offset;
    for (const document of all.slice(offset)) {
      if (!text.add(document)) break;
      next++;
    }
    if (next < all.length) linkNext(request, reply, { offset: next });
    return sentBody(reply, text.end(listEnd));
  };

  serve(
    fastify,
    '/gohan/v0.1/schemas',
    {
      GET: async (request, reply) => {
        reply.header('x-total-count', all.length);
        return isKnown(request, reply) ? null : page(request, reply);
      },
    },
    { work: { GET: limits.largeWorkBytes } },
  );
  serve(
    fastify,
    '/gohan/v0.1/schemas/:id',
    {
      GET: async (request, reply) => {
        const id = pathVariable(request, 'id');
        const document = documents.get(id);
        if (document === undefined) throw kamadoError('TYPE_UNKNOWN', { type: id });
        return isKnown(request, reply) ? null : `{"schema":${document}}`;
      },
    },
    { work: { GET: limits.largeWorkBytes } },
  );
}

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { kamadoError } from '../kernel/errors.ts';
import { canonicalJson } from '../kernel/json.ts';
import type { Model } from '../model/model.ts';
import { namesTag } from './etag.ts';
import { JSON_TYPE, pathVariable } from './requests.ts';
import { serve } from './routes.ts';

/** Serves the schemas of the model (gohan.md §1.6). Their tag is the model's hash: they change with it only. */
export function serveSchemas(fastify: FastifyInstance, model: Model): void {
  const etag = `"${model.hash}"`;
  const documents = new Map([...model.types].map(([id, { document }]) => [id, canonicalJson(document)]));
  const all = `{"schemas":[${[...documents.values()].join(',')}]}`;

  const answer = (request: FastifyRequest, reply: FastifyReply, text: string): string | null => {
    reply.header('etag', etag);
    const seen = request.headers['if-none-match'];
    if (seen !== undefined && namesTag(seen, etag)) {
      reply.code(304);
      return null;
    }
    reply.header('content-type', JSON_TYPE);
    return text;
  };

  serve(fastify, '/gohan/v0.1/schemas', {
    GET: async (request, reply) => answer(request, reply.header('x-total-count', documents.size), all),
  });
  serve(fastify, '/gohan/v0.1/schemas/:id', {
    GET: async (request, reply) => {
      const id = pathVariable(request, 'id');
      const document = documents.get(id);
      if (document === undefined) throw kamadoError('TYPE_UNKNOWN', { type: id });
      return answer(request, reply, `{"schema":${document}}`);
    },
  });
}

import type { FastifyInstance } from 'fastify';
import { nestedUrl } from './nesting.ts';
import { type ResourceContext, ResourceHandlers } from './resource-handlers.ts';
import { serve } from './routes.ts';

/** Serves every type of the model that has routes, at its own URL and below its parents. */
export function serveResources(fastify: FastifyInstance, context: ResourceContext): void {
  for (const type of context.model.types.values()) {
    if (!type.routed) continue;
    const own = new ResourceHandlers(context, type, null);
    serve(fastify, type.url, own.collection, { work: own.collectionWork });
    serve(fastify, `${type.url}/:id`, own.member, { work: own.memberWork });
    const nesting = nestedUrl(context.model, type);
    if (nesting === null) continue;
    const nested = new ResourceHandlers(context, type, nesting);
    serve(fastify, nesting.url, nested.collection, { work: nested.collectionWork });
    serve(fastify, `${nesting.url}/:id`, nested.member, { work: nested.memberWork });
  }
}

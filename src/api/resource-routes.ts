import type { FastifyInstance } from 'fastify';
import { nestedUrl } from './nesting.ts';
import { type ResourceContext, ResourceHandlers } from './resource-handlers.ts';
import { serve } from './routes.ts';

/** Serves every type of the model that has routes, at its own URL and below its parents. */
export function serveResources(fastify: FastifyInstance, context: ResourceContext): void {
  for (const type of context.model.types.values()) {
    if (!type.routed) continue;
    const own = new ResourceHandlers(context, type, null);
    serve(fastify, type.url, own.collection);
    serve(fastify, `${type.url}/:id`, own.member);
    const nesting = nestedUrl(context.model, type);
    if (nesting === null) continue;
    const nested = new ResourceHandlers(context, type, nesting);
    serve(fastify, nesting.url, nested.collection);
    serve(fastify, `${nesting.url}/:id`, nested.member);
  }
}

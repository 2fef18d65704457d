import type { FastifyInstance, HTTPMethods } from 'fastify';
import { kamadoError, limits } from '../kernel/index.ts';
import type { RouteHandler } from './requests.ts';

/** The handlers of a path, by method. HEAD follows from GET; OPTIONS is answered automatically. */
export interface Resource {
  readonly GET?: RouteHandler;
  readonly POST?: RouteHandler;
  readonly PUT?: RouteHandler;
  readonly PATCH?: RouteHandler;
  readonly DELETE?: RouteHandler;
}

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

/** The methods that at least one path accepts, for `Allow`. */
export const allMethods = [...methods, 'HEAD', 'OPTIONS'].sort().join(', ');

/** Options of a path. */
export interface ServingOptions {
  /** False if HEAD would wait for the end of a stream that has none. */
  readonly head?: boolean;
  readonly work?: WorkBytes;
}

/** The memory that requests may need until their answer is made, by method; `limits.requestWorkBytes` if absent. */
export type WorkBytes = { readonly [Method in keyof Resource]?: number };

/** Serves a path: its methods, OPTIONS (200, empty), and 405 with Allow for every other method. */
export function serve(
  fastify: FastifyInstance,
  path: string,
  resource: Resource,
  { head = true, work = {} }: ServingOptions = {},
): void {
  const allowed: HTTPMethods[] = ['OPTIONS'];
  for (const method of methods) {
    const handler = resource[method];
    if (handler === undefined) continue;
    const workBytes = work[method] ?? limits.requestWorkBytes;
    fastify.route({ method, url: path, exposeHeadRoute: method === 'GET' && head, config: { workBytes }, handler });
    allowed.push(method);
    if (method === 'GET' && head) allowed.push('HEAD');
  }
  const allow = allowed.sort().join(', ');
  fastify.route({
    method: 'OPTIONS',
    url: path,
    handler: async (_request, reply) => reply.header('allow', allow).send(),
  });
  fastify.route({
    method: fastify.supportedMethods.filter((method) => !allowed.includes(method)),
    url: path,
    // Answered before the body is read: faults in the body don't matter here.
    onRequest: (request, reply, done) => {
      reply.header('allow', allow);
      done(refusal(request.method, request.originalUrl, allow));
    },
    handler: async ({ method, originalUrl }) => {
      throw refusal(method, originalUrl, allow);
    },
  });
}

/** The path of a request's target, without its query, shortened for a message. */
export function shownPath(target: string): string {
  return target.replace(/\?.*$/s, '').slice(0, 255);
}

function refusal(method: string, target: string, allowed: string): Error {
  return kamadoError('METHOD_NOT_ALLOWED', { method, path: shownPath(target), allowed });
}

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Database } from '../database/index.ts';
import { canonicalJson, isJsonObject, type Json, limits, requireSpace, type Storage } from '../kernel/index.ts';
import {
  type Action,
  type ActionValidator,
  actionsOf,
  isValidId,
  type Model,
  type ResourceType,
} from '../schema/index.ts';
import { callerOf } from './caller.ts';
import { notFound } from './nesting.ts';
import type { RequestHooks } from './request-hooks.ts';
import { JSON_TYPE, pathVariable } from './requests.ts';
import { type Resource, serve, type WorkBytes } from './routes.ts';

/**
 * Every action gets the memory of a large answer, even one without an output in its schema: it may return one all the
 * same, and its size isn't known before.
 */
const WORK_BYTES = limits.largeWorkBytes;

interface ActionContext {
  readonly model: Model;
  readonly database: Database;
  readonly hooks: RequestHooks;
  readonly actions: ActionValidator;
  readonly storages: readonly (Storage | undefined)[];
}

/**
 * Serves the actions of types that have a hook, at `<url><path>` (compatibility A5). The body is the input itself; the
 * answer is 200 with the output, or 204 without one.
 */
export function serveActions(fastify: FastifyInstance, context: ActionContext): void {
  for (const type of context.model.types.values()) {
    const served = actionsOf(type).filter((action) => type.routed && context.hooks.hasAction(type, action));
    for (const path of new Set(served.map((action) => action.path))) {
      const here = served.filter((action) => action.path === path);
      if (isBesideResources(path)) {
        for (const action of here) {
          const handler = handlerOf(context, type, action);
          fastify.route({ method: action.method, url: type.url + path, config: { workBytes: WORK_BYTES }, handler });
        }
      } else serve(fastify, type.url + path, resourceOf(context, type, here), { work: workOf(here) });
    }
  }
}

/**
 * Whether an action's path could also be the path of a resource: '/close_all' could be an id. All other methods of such
 * a path are left to the resource.
 */
function isBesideResources(path: string): boolean {
  return path.lastIndexOf('/') === 0;
}

function resourceOf(context: ActionContext, type: ResourceType, actions: readonly Action[]): Resource {
  return Object.fromEntries(actions.map((action) => [action.method, handlerOf(context, type, action)]));
}

function workOf(actions: readonly Action[]): WorkBytes {
  return Object.fromEntries(actions.map(({ method }) => [method, WORK_BYTES]));
}

function handlerOf({ database, hooks, actions, storages }: ActionContext, type: ResourceType, action: Action) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<string | null> => {
    if (action.method === 'POST' || action.method === 'PUT' || action.method === 'PATCH') requireSpace(storages);
    const caller = callerOf(request);
    const id = action.member ? pathVariable(request, 'id') : null;
    const row = id === null || !isValidId(id) ? null : await database.get(caller, type.id, id);
    if (id !== null && row === null) throw notFound(type, id);
    const input = inputOf(request.body);
    actions.checkInput(type, action, input);
    const output = await hooks.act(type, action, caller, { id, resource: row === null ? null : row.body, input });
    if (output === null) {
      reply.code(204);
      return null;
    }
    reply.header('content-type', JSON_TYPE);
    return isJsonObject(output) || Array.isArray(output) ? canonicalJson(output) : JSON.stringify(output);
  };
}

/** The input in a body; no body is an empty input, since most actions need none. */
function inputOf(body: unknown): Json {
  // The body parser returns only JSON.
  return body === undefined || body === null ? {} : (body as Json);
}

import { isJsonObject, type JsonObject, parseForeignJson } from '../../src/kernel/index.ts';
import { type Answer, emptyAnswer, htmlAnswer, jsonAnswer, type ServiceRequest } from './answer.ts';
import type { Caller, HeatEngine } from './heat.ts';
import { badRequest, HeatError, heatErrorBody, tooLarge } from './heat-error.ts';
import type { HeatStack } from './heat-stack.ts';
import { eventView, identityView, resourceView, rowView, stackUrl, stackView } from './heat-views.ts';

const LARGEST_BODY = 1_048_576;

/** A request to Heat whose token, if any, was checked. */
interface Call extends ServiceRequest {
  readonly caller: Caller;
  /** The URL of the API of the project in the path. */
  readonly root: string;
}

/** The answer at the root. */
export function versionsAnswer({ origin }: ServiceRequest): Answer {
  const version = { id: 'v1.0', status: 'CURRENT', links: [{ rel: 'self', href: `${origin}/v1/` }] };
  return jsonAnswer(300, { versions: [version] });
}

/** Answers a request below '/v1/<project>', as Heat's API does. */
export function heatAnswer(engine: HeatEngine, caller: Caller, request: ServiceRequest): Answer {
  const [, project = '', collection] = request.path;
  if (collection !== 'stacks') return notFoundPage();
  const call = { ...request, caller, root: `${request.origin}/v1/${project}` };
  try {
    if (project !== caller.project && !caller.isAdmin) {
      throw new HeatError(403, 'HTTPForbidden', 'Access was denied to this resource.');
    }
    return stacksAnswer(engine, call);
  } catch (error) {
    if (!(error instanceof HeatError)) throw error;
    return jsonAnswer(error.status, heatErrorBody(error));
  }
}

function notFoundPage(): Answer {
  return htmlAnswer(404, 'Not Found', 'The resource could not be found.<br /><br />');
}

function stacksAnswer(engine: HeatEngine, call: Call): Answer {
  const { method, path, caller, root } = call;
  const [, , , name, ...rest] = path;
  if (name === undefined) {
    if (method === 'GET') return jsonAnswer(200, { stacks: listed(engine, call) });
    if (method !== 'POST') throw notAllowed();
    const stack = engine.create(caller, bodyOf(call));
    const url = stackUrl(stack, root);
    return jsonAnswer(201, { stack: identityView(stack, root) }, { Location: url });
  }
  const [id, part] = rest;
  if (id === undefined || !isId(id)) return redirect(engine, call, name, rest);
  const stack = engine.get(caller, name, id);
  if (part !== undefined) return partAnswer(stack, part, call);
  switch (method) {
    case 'GET':
      return jsonAnswer(200, { stack: stackView(stack, root) });
    case 'PUT':
      engine.update(caller, name, id, bodyOf(call));
      return htmlAnswer(202, 'Accepted', 'The request is accepted for processing.<br /><br />');
    case 'DELETE':
      engine.delete(caller, name, id);
      return emptyAnswer(204);
    default:
      throw notAllowed();
  }
}

function notAllowed(): HeatError {
  const message = 'The server could not comply with the request since it is either malformed or otherwise incorrect.';
  return new HeatError(405, 'HTTPMethodNotAllowed', message);
}

function isId(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
}

/** A request by name alone is redirected to the URL of the stack. */
function redirect(engine: HeatEngine, { caller, root, query }: Call, name: string, rest: readonly string[]): Answer {
  const search = query.size === 0 ? '' : `?${query}`;
  const location = [stackUrl(engine.find(caller, name), root), ...rest].join('/') + search;
  const text = `The resource was found at <a href="${location}">${location}</a>;\nyou should be redirected automatically.`;
  return htmlAnswer(302, 'Found', text, { Location: location });
}

function listed(engine: HeatEngine, { caller, query, root }: Call): readonly JsonObject[] {
  const limit = limitOf(query);
  const wanted = (key: string, value: string) => !query.has(key) || query.getAll(key).includes(value);
  const found = engine
    .list(caller)
    .filter(
      ({ id, identity, status, action }) =>
        wanted('name', identity.name) &&
        wanted('id', id) &&
        wanted('tenant', identity.project) &&
        wanted('status', status) &&
        wanted('action', action),
    );
  const after = found.findIndex(({ id }) => id === query.get('marker')) + 1;
  return found.slice(after, after + limit).map((stack) => rowView(stack, root, caller.isAdmin));
}

function limitOf(query: URLSearchParams): number {
  const text = query.get('limit');
  if (text === null) return Number.POSITIVE_INFINITY;
  if (!/^\d+$/.test(text)) throw badRequest("Only integer is acceptable by 'limit'.");
  return Number(text);
}

function partAnswer(stack: HeatStack, part: string, { method, query, root }: Call): Answer {
  if (method !== 'GET') throw notAllowed();
  switch (part) {
    case 'events': {
      const events = query.get('sort_dir') === 'desc' ? stack.events.toReversed() : stack.events;
      return jsonAnswer(200, { events: events.slice(0, limitOf(query)).map((event) => eventView(stack, event, root)) });
    }
    case 'resources': {
      const resources = [...stack.resources.values()];
      return jsonAnswer(200, { resources: resources.map((resource) => resourceView(stack, resource, root)) });
    }
    default:
      return notFoundPage();
  }
}

function bodyOf({ body }: Call): JsonObject {
  if (body.length > LARGEST_BODY) throw tooLarge(`JSON body size (${body.length} bytes)`, LARGEST_BODY);
  const value = parseForeignJson(body.toString('utf8'));
  if (value === undefined) throw badRequest('Expecting value: line 1 column 1 (char 0)');
  if (isJsonObject(value)) return value;
  throw badRequest('The server could not comply with the request since it is either malformed or otherwise incorrect.');
}

import { type HttpClient, list, objectOf, print, readSchemas, type ServedType } from '../src/cli/index.ts';
import { isJsonObject, type JsonObject } from '../src/kernel/index.ts';
import { followTimeline } from './demo-follow.ts';

/** An edge router that exists or is created. */
export interface DemoRouter {
  readonly name: string;
  readonly ip: string;
  readonly port: number;
  readonly login: string;
  readonly password: string;
}

export interface DemoContext {
  readonly client: HttpClient;
  readonly routers: readonly DemoRouter[];
  readonly ending: AbortSignal;
}

/** The HA router that the quick start creates. */
export const HA_ROUTER = 'sample-ha-router';
const DEFAULT_ENDPOINT = 'http://127.0.0.1:9091';

/**
 * Creates missing resources through the REST API, edge routers and an HA router over them, prints the HA router's
 * timeline until its status is final, and suggests what to try next.
 */
export async function showDemo({ client, routers, ending }: DemoContext): Promise<void> {
  await client.send('GET', '/readyz');
  const schemas = await readSchemas(client);
  const edgeRouterType = schemas.get('edge_router');
  const ids: string[] = [];
  let created = 0;
  for (const router of routers) {
    const found = await firstOf(client, edgeRouterType, { ip: router.ip });
    if (found === null) created++;
    ids.push(idOf(found ?? (await createEdgeRouter(client, edgeRouterType, router))));
  }
  const type = schemas.get('ha_router');
  const found = (await firstOf(client, type, { name: HA_ROUTER })) ?? (await firstOver(client, type, ids));
  if (found !== null && created === 0) print('Everything is there since an earlier start; nothing is created again.');
  const watch = await client.follow('/kamado/v1/store/watch?prefix=/', ending);
  const haRouter = found ?? (await createHaRouter(client, type, ids));
  const name = String(haRouter.name);
  print(`\nThe timeline of ${name}: who wrote which key of the store, and how long each step took\n`);
  const resource = { type, id: idOf(haRouter) };
  const status = await followTimeline({ client, resource, changes: watch, ending });
  if (ending.aborted) return;
  print(`\n${name} is ${status}.`);
  printWhatNext(client.endpoint, name);
}

async function firstOf(
  client: HttpClient,
  type: ServedType,
  filter: { readonly [name: string]: string },
): Promise<JsonObject | null> {
  const [first] = await list(client, type, filter);
  return first ?? null;
}

/** Returns an HA router that uses one of the edge routers already: they can't be part of another one. */
async function firstOver(client: HttpClient, type: ServedType, ids: readonly string[]): Promise<JsonObject | null> {
  for (const id of ids) {
    for (const relation of ['primary_router_id', 'secondary_router_id']) {
      const found = await firstOf(client, type, { [relation]: id });
      if (found !== null) return found;
    }
  }
  return null;
}

function createEdgeRouter(client: HttpClient, type: ServedType, router: DemoRouter): Promise<JsonObject> {
  const { name, ip, port, login, password } = router;
  const description = 'A simulated router of the quick start.';
  return create(client, type, { name, description, ip, ssh_port: port, login, password, autonomous_system: '65101' });
}

function createHaRouter(client: HttpClient, type: ServedType, ids: readonly string[]): Promise<JsonObject> {
  const [primary = '', secondary = ''] = ids;
  const description = 'The HA router of the quick start.';
  return create(client, type, {
    name: HA_ROUTER,
    description,
    primary_router_id: primary,
    secondary_router_id: secondary,
  });
}

async function create(client: HttpClient, type: ServedType, body: JsonObject): Promise<JsonObject> {
  const answer = await client.send('POST', type.url, { [type.singular]: body });
  const resource = objectOf(client, answer)[type.singular];
  print(`POST ${type.url} → ${answer.status}  ${String(body.name)}`);
  return isJsonObject(resource) ? resource : {};
}

function idOf({ id }: JsonObject): string {
  return typeof id === 'string' ? id : '';
}

/** Prints suggestions for a running server. */
export function printWhatNext(endpoint: string, name: string): void {
  const option = endpoint === DEFAULT_ENDPOINT ? '' : ` --endpoint ${endpoint}`;
  print(`
Kamado serves at ${endpoint}, until Ctrl-C. Try, in another terminal:

  ./bin/kamado client ha_router list${option}
  ./bin/kamado timeline ha_router ${name}${option}
  curl ${endpoint}/v2.0/ha_routers
`);
}

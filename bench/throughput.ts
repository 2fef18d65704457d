import { setImmediate as nextTurn } from 'node:timers/promises';
import autocannon, { type Request, type Result } from 'autocannon';
import type { Child } from './child.ts';
import { Client, inParallel } from './client.ts';
import { edgeRouter } from './latency.ts';

const SECONDS = 4;

/** Requests per second of one kind. */
export async function postsPerSecond(server: Child, clients: number): Promise<number> {
  let n = 0;
  const run = `${clients}-${Math.round(performance.now())}`;
  const result = await autocannon({
    url: `${server.base}/v2.0/edge_routers`,
    connections: clients,
    duration: SECONDS,
    requests: [
      {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        setupRequest: (request: Request) => {
          const body = { ip: `${run}-${n++}`, login: 'bench', password: 'bench', ssh_port: 830, name: 'bench' };
          return { ...request, body: JSON.stringify({ edge_router: body }) };
        },
      },
    ],
  });
  return checked(result);
}

/** GETs per second of one resource. */
export async function getsPerSecond(server: Child, clients: number, id: string): Promise<number> {
  const url = `${server.base}/v2.0/edge_routers/${id}`;
  return checked(await autocannon({ url, connections: clients, duration: SECONDS }));
}

function checked(result: Result): number {
  if (result.non2xx > 0 || result.errors > 0) throw new Error(`${result.non2xx} refused, ${result.errors} failed`);
  return result['2xx'] / result.duration;
}

/** Resources per second over the whole path: all are posted at once, and the time runs until the last one is ACTIVE. */
export async function resourcesPerSecond(application: Child, inFlight: number, round: number): Promise<number> {
  const client = new Client(application.base);
  const routers: string[] = [];
  await inParallel(inFlight * 2, 64, async (n) => {
    routers[n] = await edgeRouter(client, `round-${round}-${n}`);
  });
  const before = await client.count('ha_routers', 'ACTIVE');
  const states = await client.watch('/state/v2.0/ha_routers/');
  const started = performance.now();
  await inParallel(inFlight, 64, async (n) => {
    const [primary, secondary] = [routers[n * 2], routers[n * 2 + 1]];
    await client.create('ha_routers', { primary_router_id: primary, secondary_router_id: secondary });
  });
  // Polls only after enough states were written, so that the polls don't slow down the work.
  await states.seen(inFlight);
  while ((await client.count('ha_routers', 'ACTIVE')) < before + inFlight) await nextTurn();
  const seconds = (performance.now() - started) / 1000;
  client.close();
  return inFlight / seconds;
}

import type { Child } from './child.ts';
import { Client, median } from './client.ts';

/** Medians of one resource at a time, in milliseconds. */
export interface Latencies {
  /** The time from the sending of the POST to the first answer that says ACTIVE. */
  readonly postToActiveMs: number;
  /** The time from the first /config write to the last state, by the timeline. */
  readonly configToStateMs: number;
}

/** Creates HA routers one after the other and measures each. */
export async function measureLatency(application: Child, count: number): Promise<Latencies> {
  const client = new Client(application.base);
  const totals: number[] = [];
  const spans: number[] = [];
  for (let n = 0; n < count; n++) {
    const [primary, secondary] = [await edgeRouter(client, `a${n}`), await edgeRouter(client, `b${n}`)];
    const started = performance.now();
    const id = await client.create('ha_routers', { primary_router_id: primary, secondary_router_id: secondary });
    await client.untilActive('ha_routers', id);
    totals.push(performance.now() - started);
    spans.push(await timelineSpanMs(client, id));
  }
  client.close();
  return { postToActiveMs: median(totals), configToStateMs: median(spans) };
}

/** An edge router that is ACTIVE; its device isn't checked. */
export async function edgeRouter(client: Client, name: string): Promise<string> {
  const body = { ip: name, login: 'bench', password: 'bench', ssh_port: 830, name };
  const id = await client.create('edge_routers', body);
  await client.untilActive('edge_routers', id);
  return id;
}

async function timelineSpanMs(client: Client, id: string): Promise<number> {
  for (;;) {
    const { body } = await client.call('GET', `/kamado/v1/timeline/ha_router/${id}`);
    const entries = Object.values(body) as readonly { readonly key: string; readonly time: string }[];
    const config = entries.find((entry) => entry.key.startsWith('/config/'));
    const state = entries.find((entry) => entry.key.startsWith('/state/'));
    if (config !== undefined && state !== undefined) return microseconds(state.time) - microseconds(config.time);
  }
}

/** RFC 3339 with microseconds, as milliseconds. */
function microseconds(time: string): number {
  return Date.parse(`${time.slice(0, 23)}Z`) + Number(`0.${time.slice(23, -1)}`);
}

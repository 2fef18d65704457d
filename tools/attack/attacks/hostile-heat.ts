import { setTimeout as pause } from 'node:timers/promises';
import type { Attack, Preparation, Size, Stage } from '../attack.ts';
import { copyCatalog } from '../catalogs.ts';
import { Client } from '../client.ts';
import { heatManners, startHostileHeat } from '../hostile/heat.ts';

/** The number of things of each manner. */
const THINGS: { readonly [size in Size]: number } = { small: 1, whole: 4 };
/** The time to observe the retries with a Heat that may recover. */
const HOLD_MS: { readonly [size in Size]: number } = { small: 5_000, whole: 30_000 };

/** A Heat that answers with large, deep or endless content. */
export const hostileHeat: Attack = {
  name: 'hostile-heat',
  about: 'a Heat that answers with large, deep or endless content',
  prepare: async (): Promise<Preparation> => {
    const catalog = await copyCatalog('stacks');
    const heat = await startHostileHeat();
    return {
      options: { catalog: catalog.folder, environment: { OS_AUTH_TYPE: 'none', OS_ENDPOINT: heat.endpoint } },
      close: async () => {
        await heat.close();
        await catalog.remove();
      },
    };
  },
  run: async (stage) => {
    const client = new Client(stage.target.port);
    try {
      await createThings(stage, client);
      await pause(HOLD_MS[stage.size]);
      if (stage.target.ended() !== null) return;
      const { text } = await client.send({ method: 'GET', path: '/v1.0/things' });
      const { things }: { readonly things: readonly { readonly status: string }[] } = JSON.parse(text);
      for (const { status } of things) stage.findings.count(`became ${status}`);
    } finally {
      client.close();
    }
  },
};

async function createThings({ size, findings }: Stage, client: Client): Promise<void> {
  for (let round = 0; round < THINGS[size]; round++) {
    for (const name of Object.keys(heatManners)) {
      const thing = { id: `hostile-${name}-${round}`, name };
      const { status, text } = await client.json('POST', '/v1.0/things', { thing });
      findings.count('things');
      if (status !== 201) findings.violate('a thing that can not be created', `${status} ${text}`);
    }
  }
}

import { setTimeout as pause } from 'node:timers/promises';
import type { Attack, Preparation, Size, Stage } from '../attack.ts';
import { onlyCatalog } from '../catalogs.ts';
import { Client } from '../client.ts';
import { fillWithItems } from './items.ts';

/** The heap of the process in MiB: the embedded store takes a share of it, so a small one is full soon. */
const HEAP_MIB: { readonly [size in Size]: number } = { small: 192, whole: 512 };
const TEXT_BYTES = 200_000;
/** Far more than such a heap can hold. */
const ITEMS_MOST = 5_000;
const PATIENCE_MS = 60_000;
const LOOK_MS = 200;

/** Writes until the storage is full, restarts, deletes, and writes again. */
export const fullStore: Attack = {
  name: 'full-store',
  about: 'writes until the store is full, a start while it is full, deletions, writes again',
  prepare: async (size): Promise<Preparation> => {
    const { options, close } = await onlyCatalog('fuzz');
    const environment = { NODE_OPTIONS: `--max-old-space-size=${HEAP_MIB[size]}` };
    return { options: { ...options, environment }, close };
  },
  run: async (stage) => {
    await fillWithItems(stage.target.port, 1, 1);
    const client = new Client(stage.target.port, 1);
    try {
      const items = await writeUntilFull(stage, client);
      await readAll(stage, client, items);
      await stage.target.restart();
      await readAll(stage, client, items);
      const half = Math.floor(items.length / 2);
      await deleteAll(stage, client, items.slice(0, half));
      await writeAgain(stage, client);
      await readAll(stage, client, items.slice(half));
    } finally {
      client.close();
    }
  },
};

/** Creates items until one is refused because the storage is full; returns the ids of the accepted ones. */
async function writeUntilFull({ findings }: Stage, client: Client): Promise<readonly string[]> {
  const created: string[] = [];
  while (created.length < ITEMS_MOST) {
    const id = `full-${created.length}`;
    const { status, text } = await create(client, id);
    findings.count(`created: ${status}`);
    if (status === 201) created.push(id);
    else if (status === 507) {
      const { code, remedy }: { readonly code?: string; readonly remedy?: string } = JSON.parse(text);
      if (code !== 'STORAGE_FULL' || !remedy) findings.violate('507 without a remedy', text);
      return created;
    } else {
      findings.violate('a full store is not reported as full', `${status} ${text.slice(0, 300)}`);
      return created;
    }
  }
  findings.violate('a store that takes more than the heap holds', `${created.length} items`);
  return created;
}

async function create(client: Client, id: string): Promise<{ readonly status: number; readonly text: string }> {
  const shelves = await client.send({ method: 'GET', path: '/v1.0/shelves?limit=1' });
  const shown: { readonly shelves: readonly { readonly id: string }[] } = JSON.parse(shelves.text);
  const item = { id, shelf_id: shown.shelves[0]?.id, text: 'x'.repeat(TEXT_BYTES) };
  return await client.json('POST', '/v1.0/items', { item });
}

async function readAll({ findings }: Stage, client: Client, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    const { status } = await client.send({ method: 'GET', path: `/v1.0/items/${id}?_fields=id` });
    findings.count('read');
    if (status !== 200) findings.violate('an accepted item is missing', `${id}: ${status}`);
  }
}

async function deleteAll({ findings }: Stage, client: Client, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    const { status, text } = await client.send({ method: 'DELETE', path: `/v1.0/items/${id}` });
    findings.count(`deleted: ${status}`);
    if (status !== 204) findings.violate('a deletion that is refused', `${status} ${text.slice(0, 300)}`);
  }
}

/** After deletions there is free storage again, without a restart. */
async function writeAgain({ findings, target }: Stage, client: Client): Promise<void> {
  const endMs = performance.now() + PATIENCE_MS;
  for (let attempt = 0; target.ended() === null; attempt++) {
    const { status } = await create(client, `again-${attempt}`);
    if (status === 201) return findings.count('written again');
    if (performance.now() > endMs) return findings.violate('deletions free no storage', `${status}`);
    await pause(LOOK_MS);
  }
}

import assert from 'node:assert/strict';
import { number, type SqlDriver, sql, text } from '../../src/database/sql.ts';
import type { Json, JsonObject } from '../../src/kernel/json.ts';
import { type Store, withPrefix } from '../../src/store/store.ts';
import { objectOf, until } from './rest.ts';

/** What Kamado keeps, as a test looks at it behind its back. */
export interface Kept {
  readonly store: Store;
  readonly driver: SqlDriver;
}

/** What is there only while something is done; the last also after a change that failed. */
const passing = ['/jobs/', '/esi-worker/job_state/', '/kamado/applied/'];

/** Waits until nothing is left to do: no job, nothing that jobs hand on, no event that waits. */
export async function untilIdle(kept: Kept, prefixes: readonly string[] = passing): Promise<void> {
  let left: readonly string[] = [];
  try {
    await until('nothing left to do', async () => {
      left = await undone(kept, prefixes);
      return left.length === 0;
    });
  } catch (error) {
    throw new Error(`left: ${left.join(', ')}`, { cause: error });
  }
}

async function undone({ store, driver }: Kept, prefixes: readonly string[]): Promise<readonly string[]> {
  const events = await driver.read(function* () {
    return (yield sql('SELECT id FROM kamado_events')).rows.length;
  });
  const left = await Promise.all(prefixes.map((prefix) => keysOf(store, prefix)));
  return [...left.flat(), ...(events > 0 ? [`${events} events`] : [])];
}

async function keysOf(store: Store, prefix: string): Promise<readonly string[]> {
  const { entries } = await store.get(withPrefix(prefix), { keysOnly: true });
  return entries.map((entry) => entry.key);
}

/** All keys that speak of a resource. */
export async function keysAbout(store: Store, id: string): Promise<readonly string[]> {
  return (await keysOf(store, '/')).filter((key) => key.includes(id));
}

interface Versions {
  readonly config: Json | undefined;
  readonly marked: Json | undefined;
  readonly state: Json | undefined;
}

/**
 * The database and the store tell the same of each resource of those types, and of no other: config version, mark, and
 * the version of the state.
 */
export async function assertConsistent({ store, driver }: Kept, types: readonly string[]): Promise<void> {
  const rows = await driver.read(function* () {
    return (yield sql('SELECT type, id, config_version, state_version, marked_for_deletion FROM kamado_resources'))
      .rows;
  });
  for (const type of types) {
    const inDatabase = rows
      .filter((row) => text(row, 'type') === type)
      .map((row): [string, Versions] => [
        text(row, 'id'),
        {
          config: number(row, 'config_version'),
          marked: number(row, 'marked_for_deletion') === 1,
          state: number(row, 'state_version'),
        },
      ]);
    const configs = await valuesOf(store, `/config/v2.0/${type}s/`);
    const states = await valuesOf(store, `/state/v2.0/${type}s/`);
    const inStore = [...configs].map(([id, config]): [string, Versions] => [
      id,
      { config: config.version, marked: config.marked_for_deletion, state: states.get(id)?.version },
    ]);
    assert.deepEqual(new Map(inStore), new Map(inDatabase), `${type}s in the store and in the database`);
    const strangers = [...states.keys()].filter((id) => !configs.has(id));
    assert.deepEqual(strangers, [], 'states of what is gone');
  }
}

async function valuesOf(store: Store, prefix: string): Promise<ReadonlyMap<string, JsonObject>> {
  const { entries } = await store.get(withPrefix(prefix));
  return new Map(entries.map((entry) => [entry.key.slice(prefix.length), objectOf(JSON.parse(entry.value))]));
}

import assert from 'node:assert/strict';
import type { JsonObject } from '../../src/kernel/json.ts';
import { createRunFolder, type RunWriter } from '../../src/replay/run-writer.ts';
import { type Store, type StoreEvent, withPrefix } from '../../src/store/store.ts';

/** Records what a store holds, and every change from now on, into a run folder. `end` waits until the last one is written. */
export async function recordStore(
  store: Store,
  path: string,
  schemas: readonly JsonObject[],
): Promise<{ readonly end: () => Promise<void> }> {
  const writer = await createRunFolder(path, schemas);
  const { entries, revision } = await store.get(withPrefix('/'));
  for (const { key, value, modRevision } of entries) {
    await writer.write({ kind: 'held', key, value, revision: modRevision }, new Date());
  }
  let written = Promise.resolve();
  const watch = store.watch(
    withPrefix('/'),
    { fromRevision: revision + 1 },
    {
      onEvents: (events, of) => {
        written = written.then(() => writeEvents(writer, events, of));
      },
      onCompacted: () => assert.fail('compacted'),
    },
  );
  return {
    end: async () => {
      watch.close();
      await written;
      await writer.end();
    },
  };
}

/** What a change of the store is in a run. */
async function writeEvents(writer: RunWriter, events: readonly StoreEvent[], revision: number): Promise<void> {
  for (const event of events) {
    const change =
      event.type === 'put'
        ? { kind: event.entry.version === 1 ? 'create' : 'set', key: event.entry.key, value: event.entry.value }
        : { kind: 'delete', key: event.key, value: '' };
    await writer.write({ ...change, kind: change.kind as 'create' | 'set' | 'delete', revision }, new Date());
  }
}

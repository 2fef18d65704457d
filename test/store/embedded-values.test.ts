import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { systemRuntime } from '../../src/app/process/system-runtime.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { openEmbeddedStore } from '../../src/store/embedded/embedded-store.ts';
import { memoryPersistence } from '../../src/store/embedded/memory-persistence.ts';
import { withPrefix } from '../../src/store/store.ts';
import { put, Recorder, textOf, until, withCode, write } from './helpers.ts';

const LARGE = 'x'.repeat(1_000);

/** A store whose log counts what is read from it, and can break. */
async function openStore(recentCharacters = 0) {
  const memory = memoryPersistence();
  const log = { reads: [] as number[], broken: false };
  const read = (row: number): string => {
    log.reads.push(row);
    if (log.broken) throw new Error('disk trouble');
    return memory.read(row);
  };
  const limits = { inlineCharacters: 100, recentCharacters };
  const store = await openEmbeddedStore({
    runtime: systemRuntime,
    persistence: { ...memory, read },
    log: silentLog,
    limits,
  });
  return { store, log };
}

describe('values that are left in the log', () => {
  test('only large ones are, and they are read when they are asked for', async () => {
    const { store, log } = await openStore();
    await write(store, put('/large', LARGE), put('/small', 'small'));
    assert.equal(await textOf(store, '/small'), 'small');
    assert.deepEqual(log.reads, []);
    assert.equal(await textOf(store, '/large'), LARGE);
    await store.get(withPrefix('/'), { keysOnly: true });
    assert.deepEqual(log.reads, [1]);
    await store.close();
  });

  test('what was written last is at hand, as far as its limit goes', async () => {
    const { store, log } = await openStore(2 * LARGE.length);
    await write(store, put('/1', LARGE), put('/2', LARGE), put('/3', LARGE));
    await store.get(withPrefix('/2'));
    await store.get(withPrefix('/3'));
    assert.deepEqual(log.reads, []);
    await store.get(withPrefix('/1'));
    await store.get(withPrefix('/1'));
    assert.deepEqual(log.reads, [1]);
    await store.close();
  });

  test('what a watch has reported stays whole when its row is gone', async () => {
    const { store } = await openStore();
    const recorder = new Recorder();
    store.watch(withPrefix('/'), { previous: true }, recorder);
    await write(store, put('/a', LARGE));
    const last = await write(store, put('/a', `${LARGE}!`));
    await recorder.seen(last);
    await store.compact(last);
    const [first, second] = recorder.calls.map(({ events }) => events[0]);
    assert.equal(first?.type === 'put' && first.entry.value, LARGE);
    assert.equal(second?.previous?.value, LARGE);
    await store.close();
  });

  test('a log that cannot be read refuses everything, and ends no process', async () => {
    const { store, log } = await openStore();
    const revision = await write(store, put('/a', LARGE));
    log.broken = true;
    const recorder = new Recorder();
    store.watch(withPrefix('/'), { fromRevision: revision }, recorder);
    await until(() => log.reads.length > 0, 'a read');
    await assert.rejects(store.get(withPrefix('/')), withCode('STORE_UNAVAILABLE'));
    log.broken = false;
    await assert.rejects(write(store, put('/b')), withCode('STORE_UNAVAILABLE'));
    assert.deepEqual(recorder.calls, []);
    await store.close();
  });

  test('a transaction that cannot read the log leaves nothing half-done to be seen', async () => {
    const { store, log } = await openStore();
    await write(store, put('/a', LARGE));
    log.broken = true;
    const get = { type: 'get', range: withPrefix('/a') } as const;
    await assert.rejects(store.transact({ success: [put('/b', '1'), get] }), withCode('STORE_UNAVAILABLE'));
    log.broken = false;
    await assert.rejects(store.get(withPrefix('/')), withCode('STORE_UNAVAILABLE'));
    await store.close();
  });
});

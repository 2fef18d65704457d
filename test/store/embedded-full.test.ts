import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { systemRuntime } from '../../src/app/process/system-runtime.ts';
import { type Storage, type StorageState, storageFull } from '../../src/kernel/storage.ts';
import type { EmbeddedLimits } from '../../src/store/embedded/embedded-limits.ts';
import { openEmbeddedStore } from '../../src/store/embedded/embedded-store.ts';
import { memoryPersistence } from '../../src/store/embedded/memory-persistence.ts';
import type { LogBatch, Persistence } from '../../src/store/embedded/persistence.ts';
import { type Store, withPrefix } from '../../src/store/store.ts';
import { recordingLog } from '../support/work.ts';
import { put, Recorder, remove, revisionOf, textOf, until, withCode, write } from './helpers.ts';

const MARK_BYTES = 100_000;
const { log } = recordingLog();

const open = (persistence: Persistence, given: Partial<EmbeddedLimits> = {}, to = log) =>
  openEmbeddedStore({
    runtime: systemRuntime,
    persistence,
    log: to,
    limits: { storeBytes: MARK_BYTES, historyBytes: MARK_BYTES, historyRevisions: 1_000, ...given },
  });

const kindOf = (store: Store) => store.storage?.state.kind;

/** A persistence with a disk that can be full. */
class Disk implements Persistence {
  full = false;
  readonly #memory = memoryPersistence();
  readonly load = () => this.#memory.load();
  readonly read = (row: number) => this.#memory.read(row);
  readonly close = () => {};
  readonly storage: Storage;

  constructor() {
    const isFull = () => this.full;
    this.storage = {
      get state(): StorageState {
        return isFull() ? { kind: 'readOnly', sinceMs: 0, ...noSpace } : { kind: 'writable' };
      },
    };
  }

  commit(batch: LogBatch): void {
    if (this.full) throw storageFull(noSpace);
    this.#memory.commit(batch);
  }
}

const noSpace = { what: 'disk', reason: 'it has no room', remedy: 'Make some.' };

/** Whether there was room for a write. */
const isWritten = (written: Promise<number>): Promise<boolean> =>
  written.then(
    () => true,
    (error: unknown) => !withCode('STORAGE_FULL')(error),
  );

interface Attempt {
  readonly full: boolean;
  readonly puts: readonly string[];
  readonly remove: string | null;
  readonly compact: number;
}

/** Writes to a store whose disk may be full, and what it took to another one as well: both hold the same. */
async function tryBoth(
  { disk, tried, spared }: { readonly disk: Disk; readonly tried: Store; readonly spared: Store },
  { full, puts, remove: gone, compact }: Attempt,
  value: string,
): Promise<void> {
  disk.full = full;
  const removed = gone === null || puts.includes(gone) ? [] : [remove(gone)];
  const operations = [...puts.map((key) => put(key, value)), ...removed];
  if (await isWritten(write(tried, ...operations))) await write(spared, ...operations);
  const revision = await revisionOf(spared);
  if (compact === 0) for (const store of [tried, spared]) await store.compact(revision);
  assert.deepEqual(await tried.get(withPrefix('/')), await spared.get(withPrefix('/')));
}

/** What a store holds, without what differs from one to another. */
const contentOf = async (store: Store) => (await store.get(withPrefix('/'))).entries;

describe('an embedded store at its mark', () => {
  test('is read-only for clients, takes what work and deletions need, and is writable again when there is room', async () => {
    const { log: reported, lines } = recordingLog();
    const store = await open(memoryPersistence(), {}, reported);
    for (let index = 0; index < 10; index++) await write(store, put(`/${index}`, 'x'.repeat(10_000)));
    assert.equal(kindOf(store), 'readOnly');
    // A large one is taken as long as the reserve lasts, a small one always.
    await write(store, put('/job', 'x'.repeat(70_000)));
    await write(store, put('/job2', 'x'.repeat(70_000)));
    await assert.rejects(write(store, put('/job3', 'x'.repeat(70_000))), withCode('STORAGE_FULL'));
    await write(store, put('/small', 'x'.repeat(1_000)));
    assert.equal((await textOf(store, '/3'))?.length, 10_000);
    await write(store, remove('/job', '/job3'));
    assert.equal(kindOf(store), 'readOnly', 'the mark is left with some distance');
    await write(store, remove('/0', '/5'));
    assert.equal(kindOf(store), 'writable');
    await write(store, put('/0', 'again'));
    assert.deepEqual(
      lines.map(({ level }) => level),
      ['error'],
    );
    await store.close();
  });

  test('starts above its mark, and above its reserve: leases and deletions go on', async () => {
    const persistence = memoryPersistence();
    const large = await open(persistence, { storeBytes: 100 * MARK_BYTES });
    const held = await large.lease(1_000);
    await write(large, put('/leader', '1', held.id));
    for (let index = 0; index < 100; index++) await write(large, put(`/${index}`, 'x'.repeat(10_000)));
    const store = await open(persistence);
    assert.equal(kindOf(store), 'readOnly');
    assert.equal(await textOf(store, '/leader'), undefined);
    const lease = await store.lease(1_000);
    await write(store, put('/leader', '2', lease.id));
    await assert.rejects(write(store, put('/job', 'x'.repeat(70_000))), withCode('STORAGE_FULL'));
    for (let index = 0; index < 95; index++) await write(store, remove(`/${index}`), put('/cursor', `${index}`));
    assert.equal(kindOf(store), 'writable');
    await store.close();
  });

  test('gives up history before it is read-only, but not all of it', async () => {
    const store = await open(memoryPersistence());
    for (let index = 0; index < 100; index++) await write(store, put('/a', 'x'.repeat(5_000)));
    assert.equal(kindOf(store), 'writable');
    for (let index = 0; index < 10; index++) await write(store, put(`/${index}`, 'x'.repeat(10_000)));
    assert.equal(kindOf(store), 'readOnly');
    const recorder = new Recorder();
    const revision = await write(store, put('/small', '1'));
    store.watch(withPrefix('/'), { fromRevision: revision }, recorder);
    await write(store, put('/small', '2'));
    await until(() => recorder.lines.length === 2, 'both changes');
    assert.deepEqual(recorder.compacted, []);
    await store.close();
  });

  test('counts text as it is held: with two bytes for each character where one needs them', async () => {
    const store = await open(memoryPersistence());
    await write(store, put('/a', `${'x'.repeat(MARK_BYTES / 2)}語`));
    assert.equal(kindOf(store), 'readOnly');
    await store.close();
  });
});

describe('an embedded store on a full disk', () => {
  test('refuses writes as if they had never been, reads on, and goes on when there is room', async () => {
    const disk = new Disk();
    const store = await open(disk);
    const recorder = new Recorder();
    store.watch(withPrefix('/'), {}, recorder);
    const lease = await store.lease(60_000);
    await write(store, put('/a', '1'), put('/leased', '1', lease.id));
    const last = await write(store, remove('/a'), put('/b', '1'));
    const before = await contentOf(store);
    disk.full = true;
    const refused = [
      write(store, put('/a', '2'), put('/b', '2')),
      write(store, remove('/b'), put('/leased', 'without')),
      write(store, put('/b', '3')),
    ];
    const read = contentOf(store);
    for (const one of refused) await assert.rejects(one, withCode('STORAGE_FULL'));
    assert.deepEqual(await read, before, 'what was read in the same turn');
    assert.deepEqual(await contentOf(store), before);
    assert.equal(await revisionOf(store), last);
    assert.equal(lease.lost.aborted, false);
    assert.equal(kindOf(store), 'readOnly');
    disk.full = false;
    assert.equal(await write(store, put('/c', '1')), last + 1);
    await recorder.seen(last + 1);
    assert.deepEqual(recorder.lines.slice(3), ['put /b=1', 'put /c=1']);
    await lease.close();
    assert.equal(await textOf(store, '/leased'), undefined);
    await store.close();
    const next = await open(disk);
    assert.deepEqual(
      (await contentOf(next)).map(({ key }) => key),
      ['/b', '/c'],
    );
    await next.close();
  });

  test('a watch from now on that was opened beside a refused write misses nothing', async () => {
    const disk = new Disk();
    const store = await open(disk);
    await write(store, put('/a', '1'));
    disk.full = true;
    const refused = write(store, put('/a', '2'));
    const recorder = new Recorder();
    store.watch(withPrefix('/'), {}, recorder);
    await assert.rejects(refused, withCode('STORAGE_FULL'));
    disk.full = false;
    const revision = await write(store, put('/a', '3'));
    await recorder.seen(revision);
    assert.deepEqual(recorder.lines, ['put /a=3']);
    await store.close();
  });

  test('a lease that ends meanwhile ends: its keys go when there is room, and nobody else’s', async () => {
    const disk = new Disk();
    const store = await open(disk);
    const [ended, kept] = [await store.lease(60_000), await store.lease(60_000)];
    await write(store, put('/ended', '', ended.id), put('/kept', '', kept.id), put('/taken', '', ended.id));
    disk.full = true;
    await ended.close();
    assert.equal(await textOf(store, '/ended'), '');
    disk.full = false;
    await write(store, put('/taken', '', kept.id));
    while ((await textOf(store, '/ended')) !== undefined) await new Promise((resolve) => setTimeout(resolve, 10));
    assert.deepEqual(
      (await contentOf(store)).map(({ key }) => key),
      ['/kept', '/taken'],
    );
    await store.close();
  });

  test('starts, with leases of an earlier process that can’t be ended yet', async () => {
    const disk = new Disk();
    const first = await open(disk);
    const lease = await first.lease(60_000);
    await write(first, put('/leader', '1', lease.id), put('/a', '1'));
    disk.full = true;
    const store = await open(disk);
    assert.equal(await textOf(store, '/a'), '1');
    disk.full = false;
    while ((await textOf(store, '/leader')) !== undefined) await new Promise((resolve) => setTimeout(resolve, 10));
    await store.close();
  });

  test('history that is forgotten while there is no room goes from the disk later', async () => {
    const disk = new Disk();
    const store = await open(disk, { historyRevisions: 100_000 });
    for (let index = 0; index < 20; index++) await write(store, put('/a', `${index}`));
    const revision = await revisionOf(store);
    disk.full = true;
    await store.compact(revision - 1);
    disk.full = false;
    await write(store, put('/a', 'last'));
    await store.compact(revision + 1);
    const rows = [...disk.load().records];
    assert.deepEqual(
      rows.map(({ entry }) => entry?.value),
      ['last'],
    );
    await store.close();
  });

  test('any writes, of which any are refused, leave what the others alone leave', async () => {
    const keys = ['/a', '/b', '/c', '/d'];
    const step = fc.record({
      full: fc.boolean(),
      puts: fc.uniqueArray(fc.constantFrom(...keys), { maxLength: 3 }),
      remove: fc.option(fc.constantFrom(...keys), { nil: null }),
      compact: fc.integer({ min: 0, max: 9 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 30 }), async (steps) => {
        const disk = new Disk();
        const [tried, spared] = [await open(disk), await open(memoryPersistence())];
        for (const [i, one] of steps.entries()) await tryBoth({ disk, tried, spared }, one, `${i}`);
        disk.full = false;
        for (const store of [tried, spared]) await write(store, put('/e'));
        const expected = await spared.get(withPrefix('/'));
        for (const store of [tried, spared]) await store.close();
        const next = await open(disk);
        assert.deepEqual(await next.get(withPrefix('/')), expected);
        await next.close();
      }),
      { numRuns: 100 },
    );
  });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemRuntime } from '../../src/app/process/system-runtime.ts';
import { kamadoError } from '../../src/kernel/errors.ts';
import { limits } from '../../src/kernel/limits.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { follow, readAll } from '../../src/store/follow.ts';
import { type KeyValue, type Store, type StoreEvent, withPrefix } from '../../src/store/store.ts';
import { faultyStore } from '../support/faulty-store.ts';
import { until } from '../support/until.ts';
import { Desk, openStore } from '../support/work.ts';

/** What a follower believes to be there. */
function believer() {
  const entries = new Map<string, string>();
  let snapshots = 0;
  return {
    entries,
    snapshots: () => snapshots,
    onSnapshot: (listed: readonly KeyValue[]) => {
      snapshots++;
      entries.clear();
      for (const { key, value } of listed) entries.set(key, value);
    },
    onEvents: (events: readonly StoreEvent[]) => {
      for (const event of events) {
        if (event.type === 'put') entries.set(event.entry.key, event.entry.value);
        else entries.delete(event.key);
      }
    },
  };
}

async function fill(store: Store, count: number): Promise<void> {
  for (let first = 0; first < count; first += 100) {
    await store.transact({
      success: Array.from(
        { length: Math.min(100, count - first) },
        (_, i) => ({ type: 'put', key: `/a/${first + i}`, value: 'v' }) as const,
      ),
    });
  }
}

test('more keys than a page are read as of one revision', async (t) => {
  const store = await openStore();
  t.after(() => store.close());
  const desk = new Desk(store);
  const count = limits.storePageKeys + limits.storePageKeysMost + 7;
  await fill(store, count);
  const revision = await desk.revision();
  const paged: Store = {
    ...faultyStore(store, () => null),
    get: async (range, options) => {
      const page = await store.get(range, options);
      // Somebody writes between the pages.
      await desk.put('/a/zzz', 'later');
      return page;
    },
  };
  const all = await readAll(paged, withPrefix('/a/'));
  assert.equal(all.entries.length, count);
  assert.equal(all.revision, revision);
  assert.ok(all.entries.every(({ value }) => value === 'v'));
  assert.deepEqual((await readAll(store, withPrefix('/none/'))).entries, []);
  for (const exact of [limits.storePageKeys, 2 * limits.storePageKeys]) {
    const other = await openStore();
    await fill(other, exact);
    assert.equal((await readAll(other, withPrefix('/a/'))).entries.length, exact);
    await other.close();
  }
});

test('a list, then every change, then again a list after a compaction', async (t) => {
  const store = await openStore();
  t.after(() => store.close());
  const desk = new Desk(store);
  await desk.put('/a/1', 'one');
  let compacted: (() => void) | null = null;
  let watches = 0;
  const faulty: Store = {
    ...faultyStore(store, () => null),
    watch: (range, options, watcher) => {
      watches++;
      if (watches === 2) {
        compacted = () => watcher.onCompacted(1);
        return { close: () => {} };
      }
      if (watches === 1) {
        const watch = store.watch(range, options, watcher);
        compacted = () => {
          watch.close();
          watcher.onCompacted(1);
        };
        return watch;
      }
      return store.watch(range, options, watcher);
    },
  };
  const over = new AbortController();
  const seen = believer();
  const following = follow(
    { runtime: systemRuntime, store: faulty, log: silentLog },
    withPrefix('/a/'),
    seen,
    over.signal,
  );
  await until(() => seen.entries.get('/a/1') === 'one', 'the list');
  await desk.put('/a/2', 'two');
  await desk.remove('/a/1');
  await until(() => seen.entries.has('/a/2') && !seen.entries.has('/a/1'), 'the changes');
  for (let n = 0; n < 2; n++) {
    const tell: (() => void) | null = compacted;
    (tell as unknown as () => void)();
    await until(() => watches === n + 2, 'watched again');
    await desk.put('/a/3', `three ${n}`);
  }
  await until(() => seen.entries.get('/a/3') === 'three 1', 'the last change');
  assert.equal(seen.snapshots(), 3);
  over.abort();
  await following;
  await desk.put('/a/3', 'after the end');
  await new Promise(setImmediate);
  assert.equal(seen.entries.get('/a/3'), 'three 1');
});

test('a store that is away is waited for', async (t) => {
  const store = await openStore();
  t.after(() => store.close());
  let faults = 2;
  const away: Store = {
    ...faultyStore(store, () => null),
    get: async (range, options) => {
      if (faults-- > 0) throw kamadoError('STORE_UNAVAILABLE', { reason: 'the test says so' });
      return store.get(range, options);
    },
  };
  const over = new AbortController();
  const seen = believer();
  const following = follow(
    { runtime: systemRuntime, store: away, log: silentLog },
    withPrefix('/a/'),
    seen,
    over.signal,
  );
  await until(() => seen.snapshots() === 1, 'the list');
  over.abort();
  await following;
});

test('an error of the follower’s own ends it', async (t) => {
  const store = await openStore();
  t.after(() => store.close());
  const broken = { ...believer(), onSnapshot: () => assert.fail('broken') };
  await assert.rejects(
    follow({ runtime: systemRuntime, store, log: silentLog }, withPrefix('/a/'), broken, new AbortController().signal),
    /broken/,
  );
});

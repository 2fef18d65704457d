import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { systemRuntime } from '../../src/app/process/system-runtime.ts';
import { limits } from '../../src/kernel/limits.ts';
import { silentLog } from '../../src/kernel/log.ts';
import type { EmbeddedLimits } from '../../src/store/embedded/embedded-limits.ts';
import { openEmbeddedStore } from '../../src/store/embedded/embedded-store.ts';
import { memoryPersistence } from '../../src/store/embedded/memory-persistence.ts';
import type { LogBatch, Persistence } from '../../src/store/embedded/persistence.ts';
import { withPrefix } from '../../src/store/store.ts';
import { put, Recorder, remove, textOf, withCode, write } from './helpers.ts';

/** A persistence whose commits are seen, and fail where `beforeCommit` throws. */
function observed(beforeCommit: (batch: LogBatch) => void): Persistence {
  const memory = memoryPersistence();
  return {
    ...memory,
    commit: (batch) => {
      beforeCommit(batch);
      memory.commit(batch);
    },
  };
}

const open = (persistence: Persistence, given?: Partial<EmbeddedLimits>) =>
  openEmbeddedStore({
    runtime: systemRuntime,
    persistence,
    log: silentLog,
    limits: { storeBytes: 1_000_000, historyBytes: 1_000_000, historyRevisions: 1_000, ...given },
  });

/** An error as the SQLite driver throws it. */
const sqliteError = (errcode: number) => Object.assign(new Error('disk trouble'), { errcode });

describe('group commit of the embedded store', () => {
  test('what is written in one turn is committed at once, in order', async () => {
    const batches: LogBatch[] = [];
    const store = await open(observed((batch) => batches.push(batch)));
    await Promise.all(Array.from({ length: 10 }, (_, index) => write(store, put(`/${index}`), put('/x'))));
    assert.deepEqual(
      batches.map((batch) => batch.records.length),
      [20],
    );
    assert.deepEqual(
      batches[0]?.records.map((record) => record.row),
      Array.from({ length: 20 }, (_, row) => row + 1),
    );
    await store.get(withPrefix('/'));
    await write(store, remove('/none'));
    assert.equal(batches.length, 1);
    await store.close();
  });

  test('nothing is answered or told before it is durable', async () => {
    const order: string[] = [];
    const store = await open(observed(() => order.push('commit')));
    store.watch(withPrefix('/'), {}, { onEvents: () => order.push('event'), onCompacted: () => {} });
    const written = write(store, put('/a', '1')).then(() => order.push('write'));
    const read = textOf(store, '/a').then((value) => order.push(`read ${value}`));
    await Promise.resolve();
    assert.deepEqual(order, []);
    await Promise.all([written, read]);
    assert.deepEqual(order, ['commit', 'event', 'write', 'read 1']);
    await store.close();
  });

  test('a failed commit refuses what waited and everything after it; a restart has what was acknowledged', async () => {
    let failing = false;
    const persistence = observed(() => {
      if (failing) throw sqliteError(10);
    });
    const store = await open(persistence);
    const recorder = new Recorder();
    store.watch(withPrefix('/'), {}, recorder);
    const lease = await store.lease(1_000);
    await write(store, put('/kept', '1'));
    failing = true;
    const answers = await Promise.allSettled([write(store, put('/lost')), store.get(withPrefix('/'))]);
    for (const answer of answers) {
      assert.equal(answer.status, 'rejected');
      if (answer.status === 'rejected') withCode('STORE_UNAVAILABLE')(answer.reason);
    }
    failing = false;
    await assert.rejects(store.get(withPrefix('/')), withCode('STORE_UNAVAILABLE'));
    await assert.rejects(write(store, put('/late')), withCode('STORE_UNAVAILABLE'));
    await assert.rejects(store.compact(2), withCode('STORE_UNAVAILABLE'));
    assert.equal(lease.lost.aborted, true);
    assert.deepEqual(recorder.lines, ['put /kept=1']);
    await store.close();
    const next = await open(persistence);
    assert.deepEqual(
      (await next.get(withPrefix('/'))).entries.map(({ key }) => key),
      ['/kept'],
    );
    await next.close();
  });

  test('takes no more than its limit of waiting requests', async () => {
    const store = await open(memoryPersistence());
    const over = 5;
    const writes = Array.from({ length: limits.storeQueueRequests + over }, () => write(store, put('/a')));
    const answers = await Promise.allSettled(writes);
    const refused = answers.filter((answer) => answer.status === 'rejected');
    assert.equal(refused.length, over);
    for (const answer of refused) withCode('OVERLOADED')(answer.reason);
    await store.close();
  });
});

describe('limits of the embedded store', () => {
  test('keeps the last revisions for watchers, and forgets older ones by itself', async () => {
    const batches: LogBatch[] = [];
    const store = await open(observed((batch) => batches.push(batch)));
    const first = await write(store, put('/a', '1'));
    for (let turn = 0; turn < 30; turn++) {
      await Promise.all(Array.from({ length: 50 }, (_, index) => write(store, put(`/${index}`), remove('/a'))));
    }
    const { revision } = await store.get({ from: '/0' });
    await assert.rejects(store.get({ from: '/a' }, { revision: first }), withCode('STORE_REFUSED'));
    const recorder = new Recorder();
    store.watch(withPrefix('/'), { fromRevision: revision - 999 }, recorder);
    await recorder.seen(revision);
    assert.equal(recorder.calls.length, 1_000);
    const obsolete = batches.flatMap((batch) => batch.compaction?.obsolete ?? []);
    assert.ok(obsolete.length > 200);
    assert.equal(new Set(obsolete).size, obsolete.length);
    await store.close();
  });

  test('keeps less history where its values are big', async () => {
    const store = await open(memoryPersistence(), { historyBytes: 10_000 });
    const first = await write(store, put('/a', 'x'.repeat(4_000)));
    for (let index = 0; index < 10; index++) await write(store, put('/a', 'y'.repeat(4_000)));
    await assert.rejects(store.get({ from: '/a' }, { revision: first }), withCode('STORE_REFUSED'));
    await store.close();
  });
});

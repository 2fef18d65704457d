import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { withPrefix } from '../../src/store/store.ts';
import type { ContractTest } from './contract-test.ts';
import { put, Recorder, remove, revisionOf, withCode, write } from './helpers.ts';

/** Watching: from the past, from now, order, previous values, compaction, the end. */
export function watchContract(test: ContractTest): void {
  test('tells from now on, one call for each revision, in the order of the transaction', async (store, p) => {
    await write(store, put(`${p}old`, '0'));
    const recorder = new Recorder();
    store.watch(withPrefix(p), {}, recorder);
    const first = await write(store, put(`${p}b`, '1'), remove(`${p}old`), put(`${p}a`, '2'));
    const second = await write(store, put(`${p}b`, '3'));
    const third = await write(store, remove(p, `${p}~`));
    await recorder.seen(third);
    assert.deepEqual(recorder.revisions, [first, second, third]);
    assert.deepEqual(recorder.lines, [
      ...[`put ${p}b=1`, `delete ${p}old`, `put ${p}a=2`],
      `put ${p}b=3`,
      ...[`delete ${p}a`, `delete ${p}b`],
    ]);
    const [entry] = recorder.calls[1]?.events ?? [];
    const expected = { key: `${p}b`, value: '3', createRevision: first, modRevision: second, version: 2, lease: null };
    assert.deepEqual(entry, { type: 'put', entry: expected, previous: null });
    assert.deepEqual(recorder.calls[2]?.events[0], {
      type: 'delete',
      key: `${p}a`,
      modRevision: third,
      previous: null,
    });
  });

  test('a watch misses nothing that is written after it, even without waiting', async (store, p) => {
    for (let round = 0; round < 10; round++) {
      const recorder = new Recorder();
      const watch = store.watch(withPrefix(p), {}, recorder);
      const revision = await write(store, put(`${p}a`, `${round}`));
      await recorder.seen(revision);
      assert.deepEqual(recorder.lines, [`put ${p}a=${round}`]);
      watch.close();
    }
  });

  test('tells the past from a revision, then what comes, without a gap or a repeat', async (store, p) => {
    const start = await write(store, put(`${p}0`));
    const revisions = [];
    for (let index = 1; index < 30; index++) revisions.push(await write(store, put(`${p}${index}`), put(`${p}x`)));
    const recorder = new Recorder();
    store.watch(withPrefix(p), { fromRevision: start + 1 }, recorder);
    const more = Array.from({ length: 30 }, (_, index) => write(store, put(`${p}${index}`), remove(`${p}x`)));
    revisions.push(...(await Promise.all(more)).sort((a, b) => a - b));
    await recorder.seen(Math.max(...revisions));
    assert.deepEqual(recorder.revisions, revisions);
  });

  test('never calls while it is still being opened', async (store, p) => {
    const revision = await write(store, put(`${p}a`));
    const recorder = new Recorder();
    store.watch(withPrefix(p), { fromRevision: revision }, recorder);
    assert.deepEqual(recorder.calls, []);
    await recorder.seen(revision);
  });

  test('waits for a revision in the future', async (store, p) => {
    const now = await revisionOf(store);
    const recorder = new Recorder();
    store.watch(withPrefix(p), { fromRevision: now + 3 }, recorder);
    for (let index = 0; index < 4; index++) await write(store, put(`${p}${index}`));
    await recorder.seen(now + 4);
    assert.deepEqual(recorder.revisions, [now + 3, now + 4]);
  });

  test('tells only what is in its range', async (store, p) => {
    const one = new Recorder();
    const some = new Recorder();
    const all = new Recorder();
    store.watch({ from: `${p}b` }, {}, one);
    store.watch({ from: `${p}b`, to: `${p}d` }, {}, some);
    store.watch({ from: p, to: '\0' }, {}, all);
    await write(store, put(`${p}a`), put(`${p}b`), put(`${p}b/x`), put(`${p}d`));
    await write(store, put(`${p}a`));
    const last = await write(store, put(`${p}b`), put(`${p}c`));
    await Promise.all([one.seen(last), some.seen(last), all.seen(last)]);
    assert.deepEqual(one.lines, [`put ${p}b=`, `put ${p}b=`]);
    assert.deepEqual(some.lines, [`put ${p}b=`, `put ${p}b/x=`, `put ${p}b=`, `put ${p}c=`]);
    assert.equal(all.lines.length, 7);
  });

  test('carries previous values where they were asked for', async (store, p) => {
    const first = await write(store, put(`${p}a`, '1'));
    await write(store, put(`${p}a`, '2'), put(`${p}b`, '1'));
    const last = await write(store, remove(`${p}a`));
    const again = await write(store, put(`${p}a`, '3'));
    const recorder = new Recorder();
    store.watch(withPrefix(p), { fromRevision: first, previous: true }, recorder);
    await recorder.seen(again);
    const previous = recorder.calls.flatMap(({ events }) =>
      events.map((event) => event.previous && `${event.previous.value} ${event.previous.modRevision - first}`),
    );
    assert.deepEqual(previous, [null, '1 0', null, '2 1', null]);
    assert.equal(recorder.calls[2]?.revision, last);
  });

  test('tells nothing after close, not even what was under way', async (store, p) => {
    const first = await write(store, put(`${p}a`));
    await write(store, put(`${p}a`));
    const revisions: number[] = [];
    const watch = store.watch(
      withPrefix(p),
      { fromRevision: first },
      {
        onEvents: (_events, revision) => {
          revisions.push(revision);
          watch.close();
        },
        onCompacted: () => {},
      },
    );
    const other = new Recorder();
    store.watch(withPrefix(p), { fromRevision: first }, other);
    const last = await write(store, put(`${p}a`));
    await other.seen(last);
    await pause(50);
    assert.deepEqual(revisions, [first]);
    watch.close();
  });

  test('a watcher that throws keeps nobody from being told, itself included', async (store, p) => {
    const revisions: number[] = [];
    store.watch(
      withPrefix(p),
      {},
      {
        onEvents: (_events, revision) => {
          revisions.push(revision);
          throw new Error('a fault of the watcher');
        },
        onCompacted: () => {},
      },
    );
    const other = new Recorder();
    store.watch(withPrefix(p), {}, other);
    await write(store, put(`${p}a`));
    const last = await write(store, put(`${p}b`));
    await other.seen(last);
    await pause(50);
    assert.equal(revisions.length, 2);
  });

  test('reports a compacted past, once, and ends', async (store, p) => {
    const first = await write(store, put(`${p}a`, '1'));
    const second = await write(store, put(`${p}a`, '2'));
    const third = await write(store, put(`${p}a`, '3'));
    await store.compact(second);
    const recorders = [first, second, third].map((fromRevision) => {
      const recorder = new Recorder();
      store.watch(withPrefix(p), { fromRevision, previous: true }, recorder);
      return recorder;
    });
    const last = await write(store, put(`${p}a`, '4'));
    await recorders[2]?.seen(last);
    await pause(100);
    assert.deepEqual(
      recorders.map((recorder) => recorder.compacted),
      [[second], [second], []],
    );
    assert.deepEqual(
      recorders.map((recorder) => recorder.revisions),
      [[], [], [third, last]],
    );
    const [event] = recorders[2]?.calls[0]?.events ?? [];
    assert.equal(event?.previous?.value, '2');
  });

  test('a watch that is up to date outlives compaction', async (store, p) => {
    const recorder = new Recorder();
    store.watch(withPrefix(p), { previous: true }, recorder);
    await recorder.seen(await write(store, put(`${p}a`, '1')));
    await store.compact(await revisionOf(store));
    const last = await write(store, remove(`${p}a`));
    await recorder.seen(last);
    assert.deepEqual(recorder.compacted, []);
    assert.equal(recorder.calls[1]?.events[0]?.previous?.value, '1');
  });

  test('carries big revisions whole', async (store, p) => {
    const recorder = new Recorder();
    store.watch(withPrefix(p), { previous: true }, recorder);
    const puts = (value: string) => Array.from({ length: 128 }, (_, index) => put(`${p}${index}`, value));
    await write(store, ...puts('竈'.repeat(3_000)));
    const last = await write(store, ...puts('🔥'.repeat(2_000)));
    await recorder.seen(last);
    assert.deepEqual(
      recorder.calls.map(({ events }) => events.length),
      [128, 128],
    );
    assert.equal(recorder.calls[1]?.events[127]?.previous?.value, '竈'.repeat(3_000));
  });

  test('refuses ranges and revisions that cannot be', async (store) => {
    assert.throws(() => store.watch({ from: '' }, {}, new Recorder()), withCode('STORE_REFUSED'));
    assert.throws(() => store.watch({ from: 'a' }, { fromRevision: 0 }, new Recorder()), withCode('STORE_REFUSED'));
  });
}

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { systemRuntime } from '../../src/app/process/system-runtime.ts';
import { startController } from '../../src/controller/controller.ts';
import { limits } from '../../src/kernel/limits.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { encodeHandler, handlerKey } from '../../src/records/handler-record.ts';
import { encodeFailure, failureKey } from '../../src/records/job-failure.ts';
import { encodeRequest, requestKey } from '../../src/records/job-request.ts';
import { families, jobKey, jobQueues, keys } from '../../src/records/keys.ts';
import type { Store } from '../../src/store/store.ts';
import { faultyStore } from '../support/faulty-store.ts';
import { until } from '../support/until.ts';
import { Desk, keyOf, objectOf, openStore, recordingLog, typeOf, workModel } from '../support/work.ts';

async function openDesk(t: TestContext): Promise<Desk> {
  const desk = new Desk(await openStore());
  t.after(() => desk.store.close());
  await desk.put(handlerKey('looker'), encodeHandler({ handler: 'looker', canModify: false }));
  await desk.templates();
  return desk;
}

function start(t: TestContext, store: Store, log = silentLog) {
  const controller = startController({ runtime: systemRuntime, log, model: workModel, store }, (error) => {
    throw error;
  });
  t.after(() => controller.close());
  return controller;
}

/** Waits until everything that was written before has been looked at. */
async function settled(desk: Desk): Promise<void> {
  const id = `probe-${await desk.revision()}`;
  await desk.config('plain', id, 1);
  await desk.answer('plain', id, 1);
}

test('a resource that nothing works on is read: READ_COMPLETE, and what was read', async (t) => {
  const desk = await openDesk(t);
  start(t, desk.store);
  await desk.config('plain', 'x', 1, { name: 'X' });
  assert.deepEqual(await desk.answer('plain', 'x', 1), {
    error: '',
    state: { worker_state: 'READ_COMPLETE' },
    version: 1,
  });
  assert.deepEqual(objectOf(await desk.value(keyOf('processed', 'plain', 'x'))), {
    body: { id: 'x', name: 'X' },
    deleted: false,
    version: 1,
  });
  await desk.config('sometimes', 'y', 1, { kind: 'idle' });
  assert.equal((await desk.answer('sometimes', 'y', 1)).state.worker_state, 'READ_COMPLETE');
  assert.deepEqual(await desk.list('all'), []);
});

test('a life: create, modify, logical_delete, gone', async (t) => {
  const desk = await openDesk(t);
  start(t, desk.store);
  await desk.config('part', 'a', 1, { name: 'A' });
  await desk.work('create:builder:part:a:1');
  await desk.gone('create:builder:part:a:1');
  await desk.config('part', 'a', 2, { name: 'A2' });
  await desk.work('modify:builder:part:a:2');
  await desk.gone('modify:builder:part:a:2');
  assert.equal(await desk.value(keyOf('applied', 'part', 'a')), undefined);
  await desk.config('part', 'a', 3, { name: 'A2' }, true);
  await desk.work('logical_delete:builder:part:a:3');
  await desk.gone('logical_delete:builder:part:a:3');
  assert.equal(objectOf(await desk.value(keyOf('processed', 'part', 'a'))).deleted, true);
  await desk.removeConfig('part', 'a');
  await until(async () => (await desk.value(keyOf('processed', 'part', 'a'))) === undefined, 'all traces gone');
  for (const prefix of [...Object.values(families), '/jobs']) {
    const left = (await desk.keys(prefix)).filter((key) => !key.includes('heat_template'));
    assert.deepEqual(left, [], prefix);
  }
});

test('P9: a failed version keeps what was applied; the next one is planned against that', async (t) => {
  const desk = await openDesk(t);
  start(t, desk.store);
  await desk.config('part', 'old', 1);
  await desk.config('part', 'a', 1, { name: 'A', on_id: 'old' });
  await desk.work('create:builder:part:old:1');
  await desk.work('create:builder:part:a:1');
  await desk.gone('create:builder:part:a:1');
  await desk.config('part', 'a', 2, { name: 'B' });
  await desk.work('modify:builder:part:a:2', 'it broke');
  assert.equal((await desk.answer('part', 'a', 2)).error, 'it broke');
  await desk.gone('modify:builder:part:a:2');
  await desk.config('part', 'a', 3, { name: 'C' });
  await desk.job('ready', 'modify:builder:part:a:3');
  const [queued] = await desk.jobs();
  const on = queued?.job.params.find(({ param }) => param === 'on');
  assert.deepEqual(on?.resources, [{ resource_type: 'part', resource_id: 'old' }], 'the old body is the applied one');
});

test('P1: a first version that failed is created again', async (t) => {
  const desk = await openDesk(t);
  start(t, desk.store);
  await desk.config('part', 'a', 1);
  await desk.work('create:builder:part:a:1', 'it broke');
  await desk.gone('create:builder:part:a:1');
  await desk.config('part', 'a', 2);
  await desk.work('create:builder:part:a:2');
});

test('P9: the old body is the applied one, also when the versions between were superseded', async (t) => {
  const desk = await openDesk(t);
  start(t, desk.store);
  await desk.config('part', 'old', 1);
  await desk.work('create:builder:part:old:1');
  await desk.config('part', 'a', 1, { on_id: 'old' });
  const first = await desk.job('ready', 'create:builder:part:a:1');
  await desk.claim(first);
  await desk.config('part', 'a', 2, { name: 'never applied' });
  await desk.job('waiting', 'create:builder:part:a:2');
  await desk.finish(first);
  await desk.job('ready', 'create:builder:part:a:2');
  await desk.config('part', 'a', 3, { name: 'C' });
  await desk.job('ready', 'modify:builder:part:a:3');
  const job = (await desk.jobs())[0]?.job;
  assert.equal(job?.params.find(({ param }) => param === 'on')?.resources.length, 1);
  await desk.work('modify:builder:part:a:3');
  await desk.gone('modify:builder:part:a:3');
  assert.equal(await desk.value(keyOf('applied', 'part', 'a')), undefined);
});

test('P5: a missing reference is a state; the plan is made again when it appears, as what it is', async (t) => {
  const desk = await openDesk(t);
  start(t, desk.store);
  await desk.config('look', 'l', 1, { at_id: 'late' });
  assert.match((await desk.answer('look', 'l', 1)).error, /part.*late/);
  await desk.config('part', 'late', 1);
  await desk.work('create:builder:part:late:1');
  await desk.work('create:looker:look:l:1');
  await desk.gone('create:looker:look:l:1');
  await desk.config('look', 'l', 2, { at_id: 'later' });
  assert.match((await desk.answer('look', 'l', 2)).error, /part.*later/);
  await desk.config('part', 'later', 1);
  await desk.work('create:builder:part:later:1');
  await desk.work('delete:looker:look:l:2');
  await desk.work('create:looker:look:l:2');
  assert.equal((await desk.answer('look', 'l', 2)).error, '');
});

test('a template that is missing or wrong is a state; when it is mended the plan is made', async (t) => {
  const desk = new Desk(await openStore());
  t.after(() => desk.store.close());
  start(t, desk.store);
  await desk.config('part', 'a', 1);
  assert.match((await desk.answer('part', 'a', 1)).error, /heat_template.*part/);
  await desk.config('heat_template', 'part', 1, { parameter_mappings: { name: { no_such_form: 1 } } });
  await until(async () => /name/.test((await desk.state('part', 'a'))?.error ?? ''), 'the other error');
  await desk.config('heat_template', 'part', 0, { parameter_mappings: {} });
  await desk.work('create:builder:part:a:1');
  assert.equal((await desk.answer('part', 'a', 1)).error, '');
});

test('an error is not written over a version that is still worked on, but after it', async (t) => {
  const desk = await openDesk(t);
  start(t, desk.store);
  await desk.config('sometimes', 's', 1, { kind: 'work' });
  const first = await desk.job('ready', 'create:builder:sometimes:s:1');
  await desk.claim(first);
  await desk.config('sometimes', 's', 2, { kind: 'idle' });
  await settled(desk);
  assert.equal(await desk.state('sometimes', 's'), null);
  await desk.finish(first, 'it broke');
  // What was built before it broke is undone.
  await desk.work('delete:builder:sometimes:s:2');
  assert.equal((await desk.answer('sometimes', 's', 2)).error, '');
  await desk.config('sometimes', 's', 3, { kind: 'rest' });
  assert.equal((await desk.answer('sometimes', 's', 3)).state.worker_state, 'READ_COMPLETE');
  await settled(desk);
  assert.equal((await desk.state('sometimes', 's'))?.version, 3);
});

test('an undo that fails is asked for again: by the deletion, of a resource that never worked', async (t) => {
  const desk = await openDesk(t);
  start(t, desk.store);
  const fail = async (jobId: string): Promise<void> => {
    const job = await desk.job('ready', jobId);
    await desk.claim(job);
    await desk.finish(job, 'it broke');
    await desk.gone(jobId);
  };
  await desk.config('sometimes', 's', 1, { kind: 'work' });
  await fail('create:builder:sometimes:s:1');
  await desk.config('sometimes', 's', 2, { kind: 'idle' });
  await fail('delete:builder:sometimes:s:2');
  await desk.config('sometimes', 's', 3, { kind: 'idle' }, true);
  await fail('logical_delete:builder:sometimes:s:3');
  await desk.config('sometimes', 's', 4, { kind: 'idle' }, true);
  await desk.work('logical_delete:builder:sometimes:s:4');
  assert.equal((await desk.answer('sometimes', 's', 4)).error, '');
  await until(async () => (await desk.value(keyOf('applied', 'sometimes', 's'))) === undefined, 'nothing is kept');
});

test('a config that is removed without a mark is undone from what was applied, then forgotten', async (t) => {
  const desk = await openDesk(t);
  start(t, desk.store);
  await desk.config('part', 'a', 1, { name: 'A' });
  await desk.work('create:builder:part:a:1');
  await desk.gone('create:builder:part:a:1');
  await desk.removeConfig('part', 'a');
  await desk.work('logical_delete:builder:part:a:1');
  await until(async () => (await desk.value(keyOf('processed', 'part', 'a'))) === undefined, 'forgotten');
  assert.equal(await desk.state('part', 'a'), null);
});

test('a config that is removed without a mark after a version that failed: what that had begun is undone, too', async (t) => {
  const desk = await openDesk(t);
  start(t, desk.store);
  await desk.config('sometimes', 's', 1, { kind: 'idle' });
  await desk.answer('sometimes', 's', 1);
  await desk.config('sometimes', 's', 2, { kind: 'work' });
  const begun = await desk.job('ready', 'modify:builder:sometimes:s:2');
  await desk.claim(begun);
  await desk.finish(begun, 'it broke');
  await desk.gone('modify:builder:sometimes:s:2');
  await desk.removeConfig('sometimes', 's');
  await desk.work('logical_delete:builder:sometimes:s:1');
  await until(async () => (await desk.value(keyOf('processed', 'sometimes', 's'))) === undefined, 'forgotten');
});

test('a resource that is gone while its job is cancelled leaves nothing behind', async (t) => {
  const desk = await openDesk(t);
  start(t, desk.store);
  await desk.config('part', 'a', 1);
  await desk.config('part', 'b', 1, { on_id: 'a' });
  await desk.job('waiting', 'create:builder:part:b:1');
  const first = await desk.job('ready', 'create:builder:part:a:1');
  await desk.claim(first);
  await desk.removeConfig('part', 'b');
  await settled(desk);
  await desk.finish(first, 'it broke');
  await desk.gone('create:builder:part:a:1');
  // No worker has begun with it: there is nothing to undo.
  assert.deepEqual(await desk.list('all'), []);
  await until(async () => (await desk.keys(keyOf('processed', 'part', 'b'))).length === 0, 'b is forgotten');
  assert.equal(await desk.state('part', 'b'), null);
});

test('what was made and marked while nobody led was never begun: its deletion needs no template', async (t) => {
  const desk = await openDesk(t);
  await desk.config('look', 'l', 1, { at_id: null });
  await desk.config('look', 'l', 2, { at_id: null }, true);
  start(t, desk.store);
  assert.deepEqual(await desk.answer('look', 'l', 2), {
    error: '',
    state: { worker_state: 'READ_COMPLETE' },
    version: 2,
  });
});

test('a deletion that was refused proves nothing: where the past is lost, the next controller refuses it, too', async (t) => {
  const desk = await openDesk(t);
  await desk.put(failureKey('look:l'), encodeFailure({ jobId: '', version: 1, atMs: 0, begun: true }));
  await desk.config('look', 'l', 2, { at_id: null }, true);
  const first = start(t, desk.store);
  assert.equal((await desk.answer('look', 'l', 2)).state.worker_state, 'DELETE_ERROR');
  await first.close();
  start(t, desk.store);
  await settled(desk);
  assert.equal((await desk.state('look', 'l'))?.state.worker_state, 'DELETE_ERROR');
});

test('where the past is lost and no worker is there, a deletion is left for one', async (t) => {
  const desk = await openDesk(t);
  start(t, desk.store);
  await desk.put(failureKey('part:a'), encodeFailure({ jobId: '', version: 1, atMs: 0, begun: true }));
  await desk.config('part', 'a', 1);
  await desk.job('ready', 'create:builder:part:a:1');
  await desk.config('part', 'a', 2, {}, true);
  await desk.job('ready', 'logical_delete:builder:part:a:2');
});

test('what was noted about a resource goes with it, also where nothing was planned for it', async (t) => {
  const desk = await openDesk(t);
  start(t, desk.store);
  await desk.put(failureKey('part:a'), encodeFailure({ jobId: '', version: 1, atMs: 0, begun: true }));
  await until(async () => (await desk.value(failureKey('part:a'))) === undefined, 'it is gone');
});

test('a request that an older copy of the store still holds is not carried out again', async (t) => {
  const desk = await openDesk(t);
  const first = start(t, desk.store);
  await desk.config('part', 'a', 1);
  await desk.config('part', 'b', 1);
  const [held, due] = [
    await desk.job('ready', 'create:builder:part:a:1'),
    await desk.job('ready', 'create:builder:part:b:1'),
  ];
  await first.close();
  const nowMs = systemRuntime.nowMs();
  const cancel = (jobId: string, atMs: number) =>
    encodeRequest({ kind: 'cancel', jobId, dryRun: false, dependents: 0, atMs });
  await desk.put(requestKey('old'), cancel(held, nowMs - limits.jobAnswerMs - 1));
  // A clock that has gone back since, too.
  await desk.put(requestKey('ahead'), cancel(held, nowMs + 2 * limits.jobAnswerMs));
  await desk.put(requestKey('new'), cancel(due, nowMs));
  start(t, desk.store);
  await desk.gone('create:builder:part:b:1');
  await until(async () => (await desk.keys(keys.jobRequests)).length === 1, 'only what was asked now is answered');
  assert.match((await desk.value(requestKey('new'))) ?? '', /done/);
  assert.deepEqual(await desk.list('ready'), ['create:builder:part:a:1']);
});

test('the same id anew, at once: worked on although its version was seen before', async (t) => {
  const desk = await openDesk(t);
  const first = start(t, desk.store);
  await desk.config('part', 'a', 1, { name: 'A' });
  await desk.work('create:builder:part:a:1');
  await desk.gone('create:builder:part:a:1');
  await first.close();
  await desk.removeConfig('part', 'a');
  await desk.config('part', 'a', 1, { name: 'A' });
  start(t, desk.store);
  await desk.job('ready', 'create:builder:part:a:1');
});

test('types without versions are told apart by their bodies', async (t) => {
  const desk = await openDesk(t);
  start(t, desk.store);
  await desk.config('unversioned', 'u', 0, { name: 'one' });
  await desk.answer('unversioned', 'u', 0);
  await desk.config('unversioned', 'u', 0, { name: 'two' });
  await until(
    async () =>
      objectOf(await desk.value(keyOf('processed', 'unversioned', 'u'))).version === 0 &&
      (await desk.value(keyOf('processed', 'unversioned', 'u')))?.includes('two'),
    'the second body',
  );
});

test('a burst of resources that refer to each other: all dependencies are right', async (t) => {
  const desk = await openDesk(t);
  const count = 500;
  const base = await desk.revision();
  for (let first = 0; first < count; first += 100) {
    await desk.store.transact({
      success: Array.from({ length: 100 }, (_, i) => {
        const n = first + i;
        const body = JSON.stringify({ id: `p${n}`, on_id: n === 0 ? null : `p${Math.floor((n - 1) / 2)}` });
        return {
          type: 'put',
          key: keyOf('config', 'part', `p${n}`),
          value: JSON.stringify({ body, marked_for_deletion: false, version: 1 }),
        } as const;
      }),
    });
  }
  start(t, desk.store);
  const jobs = await until(async () => {
    const found = await desk.jobs();
    return found.length === count && found;
  }, 'all jobs');
  const byResource = new Map(jobs.map(({ job }) => [job.resource_id, job]));
  for (let n = 1; n < count; n++) {
    const above = byResource.get(`p${Math.floor((n - 1) / 2)}`);
    // Within one revision the order is that of the keys: who comes first is waited for.
    const job = byResource.get(`p${n}`);
    const related =
      job?.dependency.includes(above?.id ?? '') === true || above?.dependency.includes(job?.id ?? '') === true;
    assert.ok(related, `p${n}`);
  }
  assert.ok((await desk.revision()) - base < 100, 'many in one transaction');
  const order: string[] = [];
  while (byResource.size > order.length) {
    const [ready] = await desk.keys('/jobs/ready/');
    if (ready === undefined) {
      await new Promise(setImmediate);
      continue;
    }
    const jobId = ready.slice('/jobs/ready/'.length);
    await desk.claim(jobId);
    await desk.finish(jobId);
    order.push(jobId);
  }
  assert.equal(new Set(order).size, count);
  const place = new Map(order.map((id, i) => [id, i]));
  for (const { job } of jobs) {
    for (const before of job.dependency) assert.ok((place.get(before) ?? count) < (place.get(job.id) ?? -1));
  }
});

test('J6: two controllers: one leads; the other follows at once when it ends', async (t) => {
  const desk = await openDesk(t);
  const first = start(t, desk.store);
  await settled(desk);
  start(t, desk.store);
  const before = await desk.value(keys.controllerLeader);
  await first.close();
  await settled(desk);
  assert.notEqual(await desk.value(keys.controllerLeader), before);
});

test('J6: a deposed leader can’t write, and its term ends', async (t) => {
  const desk = await openDesk(t);
  let held: (() => void) | null = null;
  const gate = { closed: false };
  const slow: Store = {
    ...faultyStore(desk.store, () => null),
    transact: async (transaction) => {
      const isPlan = transaction.success.some(
        (operation) => operation.type === 'put' && operation.key.startsWith('/jobs/all/'),
      );
      if (gate.closed && isPlan) {
        await new Promise<void>((resolve) => {
          held = resolve;
        });
      }
      return desk.store.transact(transaction);
    },
  };
  start(t, slow);
  await settled(desk);
  gate.closed = true;
  await desk.config('part', 'a', 1, { name: 'A' });
  await until(() => held !== null, 'the first leader is about to write');
  await desk.remove(keys.controllerLeader);
  start(t, desk.store);
  await desk.job('ready', 'create:builder:part:a:1');
  gate.closed = false;
  const release: (() => void) | null = held;
  assert.ok(release !== null);
  (release as () => void)();
  await settled(desk);
  assert.equal((await desk.list('all')).length, 1);
});

test('P11: history that was compacted in the middle is made up for by a list', async (t) => {
  const desk = await openDesk(t);
  const hushed: Store = {
    ...faultyStore(desk.store, () => null),
    // The watch tells nothing, then that it has missed something.
    watch: (range, options, watcher) => {
      if (range.from !== '/') return desk.store.watch(range, options, watcher);
      watches++;
      if (watches > 1) return desk.store.watch(range, options, watcher);
      compacted = () => watcher.onCompacted(1);
      return { close: () => {} };
    },
  };
  let watches = 0;
  let compacted: (() => void) | null = null;
  start(t, hushed);
  await until(() => compacted !== null, 'the first watch');
  await desk.config('plain', 'x', 1);
  await desk.config('part', 'a', 1);
  const tell: (() => void) | null = compacted;
  (tell as unknown as () => void)();
  await desk.answer('plain', 'x', 1);
  await desk.job('ready', 'create:builder:part:a:1');
});

test('a store that is away is waited for, whether or not the write got through', async (t) => {
  for (const fault of ['before', 'after'] as const) {
    const desk = await openDesk(t);
    let faults = 3;
    const store = faultyStore(desk.store, ({ success }) => {
      const plans = success.some((operation) => operation.type === 'put' && operation.key.startsWith('/jobs/'));
      return plans && faults-- > 0 ? fault : null;
    });
    start(t, store);
    await desk.config('part', 'a', 1);
    await desk.work('create:builder:part:a:1');
    await desk.gone('create:builder:part:a:1');
    await desk.config('part', 'b', 1, { on_id: 'a' });
    await desk.work('create:builder:part:b:1');
  }
});

test('J3: a restart between the chunks of a cancellation goes on with it', async (t) => {
  const desk = await openDesk(t);
  let chunks = 0;
  const store = faultyStore(desk.store, ({ success }) => {
    const cancels = success.some(
      (operation) =>
        operation.type === 'put' && operation.key.startsWith('/state/') && operation.value.includes('canceled'),
    );
    if (cancels) chunks++;
    return cancels && chunks === 2 ? 'after' : null;
  });
  start(t, store);
  await desk.config('part', 'a', 1);
  for (let i = 0; i < 50; i++) await desk.config('part', `u${i}`, 1, { on_id: 'a' });
  await until(async () => (await desk.list('waiting')).length === 50, 'all wait');
  await desk.work('create:builder:part:a:1', 'it broke');
  for (let i = 0; i < 50; i++)
    assert.match((await desk.answer('part', `u${i}`, 1)).error, /canceled: dependency .* failed/);
  await desk.gone('create:builder:part:a:1');
  assert.deepEqual(await desk.list('all'), []);
  assert.ok(chunks >= 3);
});

test('J7, J8: a claim that ends without a result is put back, attempt one up, and orphans are found at the start', async (t) => {
  const desk = await openDesk(t);
  const first = start(t, desk.store);
  await desk.config('part', 'a', 1);
  const jobId = await desk.job('ready', 'create:builder:part:a:1');
  const lease = await desk.store.lease(10_000);
  await desk.claim(jobId, lease.id);
  await lease.close();
  await desk.job('ready', 'create:builder:part:a:1');
  assert.equal((await desk.jobs())[0]?.attempt, 1);
  await first.close();
  // As a crash between the lists would leave it.
  await desk.remove(jobKey('ready', jobId));
  const orphan = jobKey('waiting', 'create:builder:part:gone:1:aaaaa');
  await desk.put(orphan, 'builder');
  start(t, desk.store);
  await desk.job('ready', 'create:builder:part:a:1');
  assert.equal((await desk.jobs())[0]?.attempt, 2);
  await until(async () => (await desk.value(orphan)) === undefined, 'the orphan is swept away');
});

test('J8: a waiting job whose last dependency went unnoticed is promoted at the start', async (t) => {
  const desk = await openDesk(t);
  const first = start(t, desk.store);
  await desk.config('part', 'a', 1);
  await desk.config('part', 'b', 1, { on_id: 'a' });
  await desk.job('waiting', 'create:builder:part:b:1');
  const jobId = await desk.job('ready', 'create:builder:part:a:1');
  await first.close();
  await desk.remove(...jobQueues.map((queue) => jobKey(queue, jobId)));
  await desk.put(keyOf('state', 'part', 'a'), JSON.stringify({ error: '', state: {}, version: 1 }));
  start(t, desk.store);
  await desk.job('ready', 'create:builder:part:b:1');
});

test('when nothing changes nothing is written', async (t) => {
  const desk = await openDesk(t);
  const first = start(t, desk.store);
  await desk.config('plain', 'x', 1);
  await desk.config('part', 'a', 1);
  await desk.config('part', 'b', 1, { on_id: 'a' });
  await desk.config('look', 'l', 1, { at_id: 'nobody' });
  await desk.work('create:builder:part:a:1', 'it broke');
  await desk.gone('create:builder:part:a:1');
  await desk.answer('part', 'b', 1);
  await desk.answer('look', 'l', 1);
  await settled(desk);
  await first.close();
  const before = await desk.store.get({ from: '/', to: '0' });
  start(t, desk.store);
  await settled(desk);
  const after = await desk.store.get({ from: '/', to: '0' });
  const changed = after.entries.filter((entry) => entry.modRevision > before.revision).map((entry) => entry.key);
  assert.deepEqual(
    changed.filter((key) => !key.includes('probe-')),
    [keys.controllerLeader],
  );
});

test('garbage under every family ends nothing', async (t) => {
  const desk = await openDesk(t);
  const { log, lines } = recordingLog();
  start(t, desk.store, log);
  const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
  const values = [
    '',
    '{',
    'null',
    '7',
    '[]',
    '{}',
    '[null,null]',
    '\u0000',
    deep,
    `{"body":${JSON.stringify(`{"a":${deep}}`)},"version":1}`,
  ];
  const job = {
    id: 'create:builder:part:g:1:abcde',
    action: 'create',
    handler: 'builder',
    params: [null],
    dependency: [null],
  };
  for (const value of [...values, JSON.stringify(['builder', job, 0])]) {
    for (const prefix of Object.values(families)) await desk.put(`${prefix}${typeOf('part').url}/g`, value);
    for (const queue of jobQueues) {
      await desk.put(`/jobs/${queue}/${job.id}`, value);
      await desk.put(`/jobs/${queue}/x`, value);
    }
    await desk.put('/kamado/handlers/x', value);
    await desk.put('/kamado/model', value);
    await settled(desk);
  }
  await desk.config('part', 'a', 1);
  await desk.work('create:builder:part:a:1');
  await desk.gone('create:builder:part:a:1');
  assert.deepEqual(
    lines.filter(({ message }) => message.includes('watcher')),
    [],
  );
});

test('a job of a type that the model doesn’t know disturbs nobody', async (t) => {
  const desk = await openDesk(t);
  const job = {
    id: 'create:builder:alien:z:1:abcde',
    action: 'create',
    handler: 'builder',
    resource_type: 'alien',
    resource_id: 'z',
    version: 1,
    job_name: 'alien:z:1',
    is_first: true,
    is_last: true,
    on_failure: 'fail',
    dependency: [],
    params: [],
    resource_input: {},
  };
  await desk.put(jobKey('all', job.id), JSON.stringify(['builder', job, 0]));
  await desk.put(jobKey('finished', job.id), '["it broke"]');
  start(t, desk.store);
  await until(async () => (await desk.list('all')).length === 0, 'it is settled like any other');
  await settled(desk);
});

test('a workflow that is too large is a state, not the end', async (t) => {
  const desk = await openDesk(t);
  start(t, desk.store);
  await desk.config('part', 'a', 1, { name: 'n'.repeat(limits.workflowBytes / 2) });
  assert.match((await desk.answer('part', 'a', 1)).error, /bytes/);
  await settled(desk);
});

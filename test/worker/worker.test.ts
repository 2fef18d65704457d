import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../src/kernel/json.ts';
import { limits } from '../../src/kernel/limits.ts';
import type { Job } from '../../src/records/job.ts';
import { jobKey } from '../../src/records/keys.ts';
import type { Handler, JobTools } from '../../src/worker/handler.ts';
import { faultyStore, withMortalLeases } from '../support/faulty-store.ts';
import { manualRuntime } from '../support/manual-runtime.ts';
import { until } from '../support/until.ts';
import { keyOf, objectOf, recordingLog } from '../support/work.ts';
import { finished, jobOf, openDesk, ready, start } from './jobs.ts';

/** A handler that waits until the test lets it go. */
class Gate {
  readonly running = new Map<string, (error?: Error) => void>();
  readonly runs: string[] = [];

  readonly run = (job: Job, { signal }: JobTools): Promise<JsonObject> => {
    this.runs.push(job.resource_id);
    return new Promise((resolve, reject) => {
      this.running.set(job.resource_id, (error) => (error === undefined ? resolve({}) : reject(error)));
      signal.addEventListener('abort', () => reject(new Error('stopped')), { once: true });
    });
  };
}

test('J5: a job, from claim to finish: the keys and values as recorded', async (t) => {
  const desk = await openDesk(t);
  const seen: (readonly string[])[] = [];
  const job = await ready(desk, jobOf('a'));
  start(t, desk.store, {
    run: async (given, { attempt }) => {
      assert.deepEqual(given, job);
      assert.equal(attempt, 0);
      seen.push(await desk.keys('/jobs/'), [(await desk.value(keyOf('jobState', 'part', 'a'))) ?? 'none']);
      return { state_monitoring: { primary: 'ACTIVE' }, orchestration_state: 'CREATE_COMPLETE' };
    },
  });
  assert.equal(await finished(desk, job), '');
  assert.deepEqual(seen, [[jobKey('all', job.id), jobKey('working', job.id)], ['{}']]);
  assert.deepEqual(await desk.state('part', 'a'), {
    error: '',
    state: {
      state_monitoring: '{"primary": "ACTIVE"}',
      orchestration_state: 'CREATE_COMPLETE',
      worker_state: 'CREATE_COMPLETED',
    },
    version: 1,
  });
  assert.deepEqual(await desk.keys('/jobs/'), [jobKey('all', job.id), jobKey('finished', job.id)]);
  assert.equal(await desk.value(keyOf('jobState', 'part', 'a')), undefined);
});

test('K10, S2: what fails is a state and a list of errors; the job state goes', async (t) => {
  const desk = await openDesk(t);
  const job = await ready(desk, jobOf('a'));
  start(t, desk.store, { run: () => Promise.reject(new TypeError('it broke')) });
  assert.equal(await finished(desk, job), '["it broke"]');
  assert.deepEqual(await desk.state('part', 'a'), {
    error: 'it broke',
    state: { worker_state: 'CREATE_ERROR' },
    version: 1,
  });
  assert.equal(await desk.value(keyOf('jobState', 'part', 'a')), undefined);
});

test('a handler that throws before it waits, or hands on what no store can hold, fails its job alone', async (t) => {
  const desk = await openDesk(t);
  const thrown = await ready(desk, jobOf('thrown'));
  const large = await ready(desk, jobOf('large'));
  const quoted = await ready(desk, jobOf('quoted'));
  const fine = await ready(desk, jobOf('fine'));
  const handedOn: { readonly [id: string]: string } = {
    large: 'x'.repeat(limits.transactionBytes),
    // The job state fits, the resource's state, which quotes it once more, doesn't.
    quoted: '"'.repeat(limits.transactionBytes * 0.3),
  };
  start(t, desk.store, {
    run: (job) => {
      if (job.resource_id === 'thrown') throw new Error('at once');
      return Promise.resolve({ heat_outputs: [handedOn[job.resource_id] ?? ''] });
    },
  });
  assert.equal(await finished(desk, thrown), '["at once"]');
  assert.match(await finished(desk, large), /bytes/);
  assert.match(await finished(desk, quoted), /bytes/);
  assert.equal(await finished(desk, fine), '');
  for (const id of ['large', 'quoted']) {
    assert.deepEqual((await desk.state('part', id))?.state, { worker_state: 'CREATE_ERROR' });
  }
});

test('the jobs of a workflow hand their state on; only the last writes the resource’s', async (t) => {
  const desk = await openDesk(t);
  const outputs = [{ output_key: 'id', output_value: 'v' }];
  start(t, desk.store, { run: async (job) => (job.is_first ? { heat_outputs: outputs } : { state_monitoring: {} }) });
  const first = await ready(desk, jobOf('a', { is_last: false }));
  await finished(desk, first);
  assert.deepEqual(objectOf(await desk.value(keyOf('jobState', 'part', 'a'))), { heat_outputs: outputs });
  assert.equal(await desk.state('part', 'a'), null);
  const last = await ready(desk, jobOf('a', { id: 'create:builder:part:a:1:zzzzz', is_first: false }));
  await finished(desk, last);
  assert.deepEqual((await desk.state('part', 'a'))?.state, {
    heat_outputs: '[{"output_key": "id", "output_value": "v"}]',
    state_monitoring: '{}',
    worker_state: 'CREATE_COMPLETED',
  });
  assert.equal(await desk.value(keyOf('jobState', 'part', 'a')), undefined);
});

test('S2: the state of a workflow that fails in its middle holds what was handed on', async (t) => {
  const desk = await openDesk(t);
  start(t, desk.store, {
    run: (job) => (job.is_first ? Promise.resolve({ state_monitoring: {} }) : Promise.reject(new Error('it broke'))),
  });
  await finished(desk, await ready(desk, jobOf('a', { is_last: false })));
  const id = 'create:builder:part:a:1:zzzzz';
  await finished(desk, await ready(desk, jobOf('a', { id, is_first: false, is_last: false })));
  assert.deepEqual(await desk.state('part', 'a'), {
    error: 'it broke',
    state: { state_monitoring: '{}', worker_state: 'CREATE_ERROR' },
    version: 1,
  });
});

test('a failure that is to be ignored writes no state', async (t) => {
  const desk = await openDesk(t);
  const id = 'delete:builder:part:a:1:abcde';
  const job = await ready(desk, jobOf('a', { id, action: 'delete', on_failure: 'ignore', is_last: false }));
  start(t, desk.store, { run: () => Promise.reject(new Error('nothing there')) });
  assert.equal(await finished(desk, job), '["nothing there"]');
  assert.equal(await desk.state('part', 'a'), null);
  assert.equal(await desk.value(keyOf('jobState', 'part', 'a')), '{}');
});

test('two workers: each job runs once', async (t) => {
  const desk = await openDesk(t);
  const runs: string[] = [];
  const run = async (job: Job): Promise<JsonObject> => {
    runs.push(job.resource_id);
    await new Promise(setImmediate);
    return {};
  };
  start(t, desk.store, { run });
  start(t, desk.store, { run });
  const jobs = await Promise.all(Array.from({ length: 60 }, (_, i) => ready(desk, jobOf(`j${i}`))));
  for (const job of jobs) assert.equal(await finished(desk, job), '');
  assert.equal(runs.length, 60);
  assert.equal(new Set(runs).size, 60);
});

test('J10: no more jobs at a time than slots, in the order in which they came', async (t) => {
  const desk = await openDesk(t);
  const gate = new Gate();
  start(t, desk.store, gate);
  for (let i = 0; i < limits.workerSlots + 2; i++) await ready(desk, jobOf(`j${i}`));
  await until(() => gate.runs.length === limits.workerSlots, 'the slots are full');
  gate.running.get('j3')?.();
  await until(() => gate.runs.length === limits.workerSlots + 1, 'the next one');
  assert.deepEqual(
    gate.runs,
    Array.from({ length: limits.workerSlots + 1 }, (_, i) => `j${i}`),
  );
});

test('a handler whose jobs all hang holds up no other handler', async (t) => {
  const desk = await openDesk(t);
  const gate = new Gate();
  const quick: Handler = { name: 'quick', canModify: true, run: async () => ({}) };
  start(t, desk.store, { ...gate, others: [quick] });
  for (let i = 0; i < limits.workerSlots + 2; i++) await ready(desk, jobOf(`j${i}`));
  await until(() => gate.runs.length === limits.workerSlots, 'the slots are full');
  const id = 'create:quick:part:a:1:abcde';
  assert.equal(await finished(desk, await ready(desk, jobOf('a', { id, handler: 'quick' }))), '');
});

test('W7: jobs that wait without their slot don’t keep others from running', async (t) => {
  const desk = await openDesk(t);
  let release: () => void = () => {};
  const opened = new Promise<void>((resolve) => {
    release = resolve;
  });
  let atATime = 0;
  let most = 0;
  start(t, desk.store, {
    run: async (job, { releaseSlot }) => {
      if (job.resource_id === 'opener') release();
      else await releaseSlot(() => opened);
      atATime++;
      most = Math.max(most, atATime);
      await new Promise(setImmediate);
      atATime--;
      return {};
    },
  });
  const waiters = await Promise.all(
    Array.from({ length: limits.workerSlots * 2 }, (_, i) => ready(desk, jobOf(`w${i}`))),
  );
  await until(async () => (await desk.list('working')).length === waiters.length, 'all wait');
  await ready(desk, jobOf('opener'));
  for (const job of waiters) await finished(desk, job);
  assert.ok(most <= limits.workerSlots, `${most} at a time`);
});

test('J6: a lost claim reports nothing', async (t) => {
  const desk = await openDesk(t);
  const { store, expireAll } = withMortalLeases(desk.store);
  const gate = new Gate();
  start(t, store, gate);
  const job = await ready(desk, jobOf('a'));
  await until(() => gate.running.size === 1, 'it runs');
  await expireAll();
  await until(async () => (await desk.value(jobKey('working', job.id))) === undefined, 'the claim is gone');
  gate.running.get('a')?.();
  await ready(desk, jobOf('b'));
  await until(() => gate.running.has('b'), 'the slot is free again');
  assert.deepEqual(await desk.list('finished'), []);
  assert.equal(await desk.state('part', 'a'), null);
});

test('J6: a claim that another has by now is not reported on, even where the loss went unnoticed', async (t) => {
  const desk = await openDesk(t);
  const gate = new Gate();
  start(t, desk.store, gate);
  const job = await ready(desk, jobOf('a'));
  await until(() => gate.running.size === 1, 'it runs');
  await desk.remove(jobKey('working', job.id));
  await desk.put(jobKey('working', job.id), 'another worker');
  gate.running.get('a')?.();
  await ready(desk, jobOf('b'));
  await until(() => gate.running.has('b'), 'the slot is free again');
  assert.deepEqual(await desk.list('finished'), []);
  assert.equal(await desk.value(jobKey('working', job.id)), 'another worker');
});

test('a worker that ends gives its jobs back at once, also those whose handler doesn’t listen', async (t) => {
  const desk = await openDesk(t);
  const deaf = start(t, desk.store, { run: () => new Promise(() => {}) });
  const job = await ready(desk, jobOf('a'));
  await until(async () => (await desk.list('working')).length === 1, 'it is claimed');
  await deaf.close();
  assert.deepEqual(await desk.list('working'), []);
  assert.deepEqual(await desk.list('finished'), []);
  await desk.put(jobKey('ready', job.id), 'builder');
  start(t, desk.store, { run: async () => ({}) });
  assert.equal(await finished(desk, job), '');
});

test('a store that is away while a job is reported: reported once when it is back', async (t) => {
  for (const fault of ['before', 'after'] as const) {
    const desk = await openDesk(t);
    let faults = 0;
    const store = faultyStore(desk.store, ({ success }) => {
      const reports = success.some(
        (operation) =>
          operation.type === 'put' &&
          /^.(esi-worker.job_state|jobs.finished)/.test(operation.key) &&
          operation.value !== '{}',
      );
      return reports && ++faults % 3 !== 0 ? fault : null;
    });
    start(t, store, { run: async () => ({ state_monitoring: {} }) });
    const puts: string[] = [];
    desk.store.watch(
      { from: '/jobs/finished/', to: '/jobs/finished0' },
      {},
      {
        onEvents: (events) => puts.push(...events.map((event) => event.type)),
        onCompacted: () => {},
      },
    );
    const job = await ready(desk, jobOf('a'));
    assert.equal(await finished(desk, job), '');
    assert.equal((await desk.state('part', 'a'))?.error, '');
    assert.ok(faults >= 2);
    const other = await ready(desk, jobOf('b'));
    await finished(desk, other);
    assert.deepEqual(puts, ['put', 'put']);
  }
});

test('a claim that the store didn’t answer is tried again', async (t) => {
  const desk = await openDesk(t);
  let faults = 0;
  const store = faultyStore(desk.store, ({ success }) => {
    const claims = success.some((operation) => operation.type === 'put' && operation.key.startsWith('/jobs/working/'));
    return claims && faults++ === 0 ? 'before' : null;
  });
  const runtime = manualRuntime();
  start(t, store, { run: async () => ({}), runtime });
  const job = await ready(desk, jobOf('a'));
  await until(() => faults === 1 && runtime.timers() > 0, 'the first try');
  runtime.advance(limits.reconnectLongestMs);
  assert.equal(await finished(desk, job), '');
});

test('a store that is away while a handler needs it fails no job: the job is given back', async (t) => {
  const desk = await openDesk(t);
  const store = faultyStore(desk.store, ({ success }) =>
    success.some((operation) => operation.type === 'get' && operation.range.from === '/x') ? 'before' : null,
  );
  start(t, store, {
    run: async (_job, tools) => {
      await tools.store.transact({ success: [{ type: 'get', range: { from: '/x' } }] });
      return {};
    },
  });
  await ready(desk, jobOf('a'));
  await until(
    async () => (await desk.list('ready')).length === 0 && (await desk.list('working')).length === 0,
    'given back',
  );
  assert.deepEqual(await desk.list('finished'), []);
  assert.equal(await desk.state('part', 'a'), null);
});

test('a handler that never ends fails its job after the limit', async (t) => {
  const desk = await openDesk(t);
  const runtime = manualRuntime();
  let stopped = false;
  start(t, desk.store, {
    runtime,
    run: (_job, { signal }) => {
      signal.addEventListener('abort', () => {
        stopped = true;
      });
      return new Promise(() => {});
    },
  });
  const job = await ready(desk, jobOf('a'));
  await until(async () => (await desk.list('working')).length === 1 && runtime.timers() > 0, 'it runs');
  runtime.advance(limits.handlerTimeoutMs);
  assert.match(await finished(desk, job), /not done after/);
  assert.ok(stopped);
  await until(() => runtime.timers() === 0, 'no timer is left');
});

test('J10: jobs of other handlers, of unknown types, and garbage are left alone', async (t) => {
  const desk = await openDesk(t);
  const { log, lines } = recordingLog();
  start(t, desk.store, { run: async () => ({}), log });
  for (const value of ['', '{', 'null', '[null]', '["builder",{"params":[null]},0]']) {
    await desk.put(jobKey('all', 'create:builder:part:g:1:abcde'), value);
    await desk.put(jobKey('ready', 'create:builder:part:g:1:abcde'), 'builder');
  }
  await ready(desk, jobOf('a', { id: 'create:other:part:a:1:abcde', handler: 'other' }));
  await ready(
    desk,
    jobOf('a', { id: 'create:builder:alien:a:1:abcde', resource_type: 'alien', job_name: 'alien:a:1' }),
  );
  assert.equal(await finished(desk, await ready(desk, jobOf('fine'))), '');
  assert.equal((await desk.list('ready')).length, 3);
  assert.deepEqual(
    lines.filter(({ level }) => level === 'error'),
    [],
  );
});

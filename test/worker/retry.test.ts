import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { systemRuntime } from '../../src/app/process/system-runtime.ts';
import { startController } from '../../src/controller/controller.ts';
import type { JsonObject } from '../../src/kernel/json.ts';
import { limits } from '../../src/kernel/limits.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { decodeJob, type Job } from '../../src/records/job.ts';
import { jobKey } from '../../src/records/keys.ts';
import type { HandlerRetry, Model } from '../../src/schema/model.ts';
import { oneKey } from '../../src/store/store.ts';
import { attemptOperations, type Claim, claimJob, isRecordUnchanged } from '../../src/worker/claim.ts';
import { ClaimLeases } from '../../src/worker/claim-leases.ts';
import { writeClaimed } from '../../src/worker/claim-write.ts';
import type { JobTools } from '../../src/worker/handler.ts';
import { runWithRetries } from '../../src/worker/retry.ts';
import { Slots } from '../../src/worker/slots.ts';
import { withMortalLeases } from '../support/faulty-store.ts';
import { type ManualRuntime, manualRuntime } from '../support/manual-runtime.ts';
import { until } from '../support/until.ts';
import { type Desk, typeOf, workModel } from '../support/work.ts';
import { finished, jobOf, openDesk, ready, start } from './jobs.ts';

const usual: HandlerRetry = { attempts: 3, firstDelayMs: 1_000, longestDelayMs: 60_000 };

/** The model with parts whose builder is tried again. */
function retrying(retry: HandlerRetry = usual): Model {
  const part = typeOf('part');
  const handlers = part.handlers.map((binding) => ({ ...binding, retry }));
  return { ...workModel, types: new Map(workModel.types).set('part', { ...part, handlers }) };
}

/** A handler that fails so many times, and notes when it was run and as which attempt. */
class Flaky {
  readonly runs: { readonly atMs: number; readonly attempt: number }[] = [];
  readonly #failures: number;
  readonly #runtime: ManualRuntime;

  constructor(runtime: ManualRuntime, failures: number) {
    this.#runtime = runtime;
    this.#failures = failures;
  }

  readonly run = async (_job: Job, { attempt }: JobTools): Promise<JsonObject> => {
    this.runs.push({ atMs: this.#runtime.monotonicMs(), attempt });
    if (this.runs.length <= this.#failures) throw new Error(`failure ${this.runs.length}`);
    return { state_monitoring: {} };
  };
}

async function attemptsOf(desk: Desk, job: Job): Promise<readonly number[]> {
  const value = await desk.value(jobKey('all', job.id));
  const queued = value === undefined ? null : decodeJob(value);
  return queued === null ? [] : [queued.attempt, queued.failures ?? 0];
}

/** Waits until the job's n-th failure is noted and its pause has begun. */
async function paused(desk: Desk, runtime: ManualRuntime, job: Job, failures: number): Promise<void> {
  await until(
    async () => (await attemptsOf(desk, job))[1] === failures && runtime.timers() === 1,
    `the pause after failure ${failures}`,
  );
}

test('J9: the third try succeeds: each is one attempt up, and nothing is reported between', async (t) => {
  const desk = await openDesk(t);
  const runtime = manualRuntime();
  const flaky = new Flaky(runtime, 2);
  start(t, desk.store, { run: flaky.run, runtime, model: retrying() });
  const job = await ready(desk, jobOf('a'));
  await paused(desk, runtime, job, 1);
  assert.deepEqual(await attemptsOf(desk, job), [1, 1]);
  assert.deepEqual(await desk.list('finished'), []);
  assert.equal(await desk.state('part', 'a'), null);
  assert.equal((await desk.list('working')).length, 1, 'the claim is kept');
  runtime.advance(999);
  assert.equal(flaky.runs.length, 1);
  runtime.advance(1);
  await paused(desk, runtime, job, 2);
  runtime.advance(2_000);
  assert.equal(await finished(desk, job), '');
  assert.deepEqual(flaky.runs, [
    { atMs: 0, attempt: 0 },
    { atMs: 1_000, attempt: 1 },
    { atMs: 3_000, attempt: 2 },
  ]);
  assert.equal((await desk.state('part', 'a'))?.error, '');
});

test('pauses double up to the longest; after the last try its error is the job’s', async (t) => {
  const desk = await openDesk(t);
  const runtime = manualRuntime();
  const flaky = new Flaky(runtime, Number.POSITIVE_INFINITY);
  const model = retrying({ attempts: 5, firstDelayMs: 100, longestDelayMs: 500 });
  start(t, desk.store, { run: flaky.run, runtime, model });
  const job = await ready(desk, jobOf('a'));
  for (const [i, pauseMs] of [100, 200, 400, 500, 500].entries()) {
    await paused(desk, runtime, job, i + 1);
    runtime.advance(pauseMs - 1);
    assert.equal(flaky.runs.length, i + 1);
    runtime.advance(1);
  }
  assert.equal(await finished(desk, job), '["failure 6"]');
  assert.deepEqual(await desk.state('part', 'a'), {
    error: 'failure 6',
    state: { worker_state: 'CREATE_ERROR' },
    version: 1,
  });
  assert.equal(flaky.runs.length, 6);
});

test('J9: where the schema says nothing, one failure fails the job, as recorded', async (t) => {
  const desk = await openDesk(t);
  const runtime = manualRuntime();
  const flaky = new Flaky(runtime, 1);
  start(t, desk.store, { run: flaky.run, runtime });
  const job = await ready(desk, jobOf('a'));
  assert.equal(await finished(desk, job), '["failure 1"]');
  assert.equal(flaky.runs.length, 1);
  const record: unknown = JSON.parse((await desk.value(jobKey('all', job.id))) ?? '');
  assert.deepEqual(record, ['builder', job, 0]);
});

test('a leg whose failure is to be ignored is tried again too', async (t) => {
  const desk = await openDesk(t);
  const runtime = manualRuntime();
  const flaky = new Flaky(runtime, 1);
  start(t, desk.store, { run: flaky.run, runtime, model: retrying() });
  const id = 'delete:builder:part:a:1:abcde';
  const job = await ready(desk, jobOf('a', { id, action: 'delete', on_failure: 'ignore', is_last: false }));
  await paused(desk, runtime, job, 1);
  runtime.advance(1_000);
  assert.equal(await finished(desk, job), '');
  assert.equal(flaky.runs.length, 2);
});

test('each try has the whole time of a handler, and one that took too long is followed by another', async (t) => {
  const desk = await openDesk(t);
  const runtime = manualRuntime();
  const attempts: number[] = [];
  const signals: AbortSignal[] = [];
  start(t, desk.store, {
    runtime,
    model: retrying({ ...usual, attempts: 1 }),
    run: (_job, { attempt, signal }) => {
      attempts.push(attempt);
      signals.push(signal);
      return new Promise(() => {});
    },
  });
  const job = await ready(desk, jobOf('a'));
  await until(() => attempts.length === 1 && runtime.timers() === 1, 'the first try');
  runtime.advance(limits.handlerTimeoutMs);
  await paused(desk, runtime, job, 1);
  assert.equal(signals[0]?.aborted, true);
  runtime.advance(usual.firstDelayMs);
  await until(() => attempts.length === 2 && runtime.timers() === 1, 'the second try');
  runtime.advance(limits.handlerTimeoutMs - 1);
  assert.equal(signals[1]?.aborted, false);
  runtime.advance(1);
  assert.match(await finished(desk, job), /not done after/);
  assert.deepEqual(attempts, [0, 1]);
});

test('no slot is held in a pause', async (t) => {
  const desk = await openDesk(t);
  const runtime = manualRuntime();
  start(t, desk.store, {
    runtime,
    model: retrying(),
    run: async ({ resource_id: id }, { attempt }) => {
      if (id.startsWith('flaky') && attempt === 0) throw new Error('it broke');
      return {};
    },
  });
  const flaky = await Promise.all(
    Array.from({ length: limits.workerSlots }, (_, i) => ready(desk, jobOf(`flaky${i}`))),
  );
  for (const job of flaky) await until(async () => (await attemptsOf(desk, job))[1] === 1, 'it failed');
  assert.equal(await finished(desk, await ready(desk, jobOf('other'))), '');
  await until(() => runtime.timers() === limits.workerSlots, 'all are in their pause');
  runtime.advance(1_000);
  for (const job of flaky) assert.equal(await finished(desk, job), '');
});

test('a failure that is noted late, or again, takes back no later one', async (t) => {
  const desk = await openDesk(t);
  const job = jobOf('late');
  await ready(desk, job);
  const entry = (await desk.store.get(oneKey(jobKey('ready', job.id)))).entries[0];
  assert.ok(entry);
  const seen = { queued: { job, attempt: 0 }, readyRevision: entry.modRevision };
  const claim = await claimJob(desk.store, workModel, seen, await desk.store.lease(10_000), 'test');
  assert.ok(claim);
  const context = { runtime: manualRuntime(), log: silentLog, model: workModel, store: desk.store, handlers: [] };
  const never = new AbortController().signal;
  const note = (failures: number, known: Claim): Promise<number | null> => {
    const next = { ...known, attempt: failures, failures };
    return writeClaimed(context, next, attemptOperations(next), never, isRecordUnchanged(known));
  };
  const first = await note(1, claim);
  assert.ok(first !== null);
  assert.notEqual(await note(1, claim), null, 'the claim isn’t lost by an answer that was');
  assert.notEqual(await note(2, { ...claim, recordRevision: first }), null);
  await note(1, claim);
  const record = (await desk.jobs()).find((queued) => queued.job.id === job.id);
  assert.deepEqual({ attempt: record?.attempt, failures: record?.failures }, { attempt: 2, failures: 2 });
  await desk.remove(jobKey('working', job.id));
  assert.equal(await note(3, { ...claim, recordRevision: 1_000 }), null);
});

test('where too many jobs wait already, a failure is final', async (t) => {
  const { store } = await openDesk(t);
  const runtime = manualRuntime();
  const slot = new Slots(1, 0).tryTake();
  assert.ok(slot);
  const claim: Claim = {
    job: jobOf('a'),
    attempt: 0,
    failures: 0,
    retry: usual,
    stateForm: '2018',
    recordRevision: 1,
    type: typeOf('part'),
    guard: { key: jobKey('working', jobOf('a').id), target: 'createRevision', is: '=', value: 1 },
    template: null,
    jobState: {},
  };
  const flaky = new Flaky(runtime, 1);
  const handler = { name: 'builder', canModify: true, run: flaky.run };
  const context = { runtime, log: silentLog, model: workModel, store, handlers: [handler] };
  const never = new AbortController().signal;
  const place = { slot, leases: new ClaimLeases(store), onSuspended: () => {}, closing: never };
  const { outcome } = await runWithRetries(context, handler, claim, place, never);
  assert.deepEqual(outcome, { kind: 'failed', error: 'failure 1' });
  assert.equal(flaky.runs.length, 1);
});

test('a worker that ends in a pause gives the job back at once, with its failures noted', async (t) => {
  const desk = await openDesk(t);
  const runtime = manualRuntime();
  const worker = start(t, desk.store, { run: new Flaky(runtime, 1).run, runtime, model: retrying() });
  const job = await ready(desk, jobOf('a'));
  await paused(desk, runtime, job, 1);
  await worker.close();
  assert.deepEqual(await desk.list('working'), []);
  assert.deepEqual(await desk.list('finished'), []);
  assert.deepEqual(await desk.list('ready'), [job.id.slice(0, job.id.lastIndexOf(':'))]);
  // What the try that was given back may have done is told to the next one; the failures stay as noted.
  assert.deepEqual(await attemptsOf(desk, job), [2, 1]);
});

test('a worker that is lost in a pause: another one goes on, one attempt up, with the failures that are left', async (t) => {
  const desk = await openDesk(t);
  const { store, expireAll } = withMortalLeases(desk.store);
  const model = retrying({ ...usual, attempts: 2 });
  const lost = manualRuntime();
  const worker = start(t, store, { run: new Flaky(lost, 1).run, runtime: lost, model });
  const job = await ready(desk, jobOf('a'));
  await paused(desk, lost, job, 1);
  const runtime = manualRuntime();
  const flaky = new Flaky(runtime, Number.POSITIVE_INFINITY);
  await expireAll();
  await worker.close();
  startLeader(t, desk, model);
  start(t, desk.store, { run: flaky.run, runtime, model });
  await paused(desk, runtime, job, 2);
  assert.deepEqual(await attemptsOf(desk, job), [3, 2]);
  runtime.advance(2_000 - 1);
  assert.equal(flaky.runs.length, 1, 'the pauses go on doubling');
  runtime.advance(1);
  await until(async () => (await desk.state('part', 'a'))?.error === 'failure 2', 'the last failure');
  assert.deepEqual(
    flaky.runs.map(({ attempt }) => attempt),
    [2, 3],
  );
});

test('a claim that is lost in a pause is not gone on with', async (t) => {
  const desk = await openDesk(t);
  const { store, expireAll } = withMortalLeases(desk.store);
  const runtime = manualRuntime();
  const flaky = new Flaky(runtime, 1);
  start(t, store, { run: flaky.run, runtime, model: retrying() });
  const job = await ready(desk, jobOf('a'));
  await paused(desk, runtime, job, 1);
  await expireAll();
  await until(() => runtime.timers() === 0, 'the pause is over');
  assert.equal(flaky.runs.length, 1);
  assert.deepEqual(await desk.list('finished'), []);
  assert.deepEqual(await attemptsOf(desk, job), [1, 1]);
});

function startLeader(t: TestContext, desk: Desk, model: Model): void {
  const context = { runtime: systemRuntime, log: silentLog, model, store: desk.store };
  const controller = startController(context, (error) => {
    throw error;
  });
  t.after(() => controller.close());
}

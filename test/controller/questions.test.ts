import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { systemRuntime } from '../../src/app/process/system-runtime.ts';
import { startController } from '../../src/controller/controller.ts';
import type { JsonObject } from '../../src/kernel/json.ts';
import { limits } from '../../src/kernel/limits.ts';
import { type Log, silentLog } from '../../src/kernel/log.ts';
import { encodeConfig } from '../../src/records/config-record.ts';
import { encodeHandler, encodeWorker, handlerKey, workerKey } from '../../src/records/handler-record.ts';
import type { Job, JobParam } from '../../src/records/job.ts';
import { jobKey, jobQueues } from '../../src/records/keys.ts';
import { type Store, withPrefix } from '../../src/store/store.ts';
import type { Handler, JobTools } from '../../src/worker/handler.ts';
import { monitoringWorker } from '../../src/worker/monitoring/monitoring-worker.ts';
import { startWorker, type Worker } from '../../src/worker/worker.ts';
import { withMortalLeases } from '../support/faulty-store.ts';
import { until } from '../support/until.ts';
import { Desk, keyOf, openStore, workModel } from '../support/work.ts';

/** A store with the templates in it, two controllers, and what the workers of the test did. */
async function open(t: TestContext, log: Log = silentLog): Promise<Desk> {
  const desk = new Desk(await openStore());
  t.after(() => desk.store.close());
  await desk.put(handlerKey('looker'), encodeHandler({ handler: 'looker', canModify: false }));
  await desk.templates();
  for (let i = 0; i < 2; i++) lead(t, desk.store, log);
  return desk;
}

function lead(t: TestContext, store: Store, log: Log = silentLog): { readonly close: () => Promise<void> } {
  const controller = startController({ runtime: systemRuntime, log, model: workModel, store }, (error) => {
    throw error;
  });
  t.after(() => controller.close());
  return controller;
}

/** A worker that does nothing but remember; `run` may say otherwise. */
function employ(
  t: TestContext,
  store: Store,
  handlers: readonly Handler[] = [builder(), looker()],
  log: Log = silentLog,
): Worker {
  const worker = startWorker({ runtime: systemRuntime, log, model: workModel, store, handlers });
  t.after(() => worker.close());
  return worker;
}

type Run = Handler['run'];
const builder = (run: Run = async () => ({})): Handler => ({ name: 'builder', canModify: true, run });
const looker = (run: Run = async () => ({})): Handler => ({ name: 'looker', canModify: false, run });

/** What a worker did, 'action id', in the order in which it began. */
function noting(runs: string[], fails: (job: Job) => string | null = () => null): Run {
  return async (job) => {
    runs.push(`${job.action} ${job.resource_id}`);
    const error = fails(job);
    if (error !== null) throw new Error(error);
    return {};
  };
}

/** A handler that goes on when it is told to. */
class Gate {
  readonly #held: (() => void)[] = [];
  readonly attempts: number[] = [];

  readonly run = (_job: Job, { attempt, signal }: JobTools): Promise<JsonObject> => {
    this.attempts.push(attempt);
    return new Promise((resolve, reject) => {
      this.#held.push(() => resolve({}));
      signal.addEventListener('abort', () => reject(new Error('stopped')), { once: true });
    });
  };

  async holds(count = 1): Promise<void> {
    await until(() => this.#held.length >= count, 'the handler runs');
  }

  go(): void {
    for (const go of this.#held.splice(0)) go();
  }
}

/** The values that a list's keys had, by the names of the jobs. */
function watched(t: TestContext, desk: Desk, prefix: string): Map<string, string> {
  const seen = new Map<string, string>();
  const watch = desk.store.watch(
    withPrefix(prefix),
    {},
    {
      onEvents: (events) => {
        for (const event of events) {
          if (event.type === 'put') seen.set(event.entry.key.slice(prefix.length, -6), event.entry.value);
        }
      },
      onCompacted: () => {},
    },
  );
  t.after(() => watch.close());
  return seen;
}

async function quiet(desk: Desk): Promise<void> {
  await until(async () => (await desk.keys('/jobs/')).length === 0, 'no job is left');
}

async function param(desk: Desk, id: string, name: string): Promise<JobParam | undefined> {
  const queued = (await desk.jobs()).find(({ job }) => job.resource_id === id);
  return queued?.job.params.find((one) => one.param === name);
}

test('K10: a finish says nothing where it succeeded, and else a list of errors', async (t) => {
  const desk = await open(t);
  const finishes = watched(t, desk, '/jobs/finished/');
  employ(t, desk.store, [builder(noting([], (job) => (job.resource_id === 'bad' ? 'it broke' : null)))]);
  await desk.config('part', 'good', 1);
  await desk.config('part', 'bad', 1);
  await desk.answer('part', 'good', 1);
  await desk.answer('part', 'bad', 1);
  await quiet(desk);
  assert.equal(finishes.get('create:builder:part:good:1'), '');
  assert.equal(finishes.get('create:builder:part:bad:1'), '["it broke"]');
});

test('S2: what failed says why, cut to its length; what was cancelled names the culprit', async (t) => {
  const desk = await open(t);
  const gate = new Gate();
  employ(t, desk.store, [
    builder(async (job, tools) => {
      await gate.run(job, tools);
      throw new Error('x'.repeat(limits.stateErrorLength * 2));
    }),
  ]);
  await desk.config('part', 'a', 1);
  await gate.holds();
  await desk.config('part', 'b', 1, { on_id: 'a' });
  await desk.config('part', 'c', 1, { on_id: 'b' });
  const jobId = (await desk.keys('/jobs/working/'))[0]?.slice('/jobs/working/'.length);
  await desk.job('waiting', 'create:builder:part:c:1');
  gate.go();
  assert.deepEqual(await desk.answer('part', 'a', 1), {
    error: 'x'.repeat(limits.stateErrorLength),
    state: { worker_state: 'CREATE_ERROR' },
    version: 1,
  });
  for (const id of ['b', 'c']) {
    assert.deepEqual(await desk.answer('part', id, 1), {
      error: `canceled: dependency ${jobId} failed`,
      state: { worker_state: 'CREATE_ERROR' },
      version: 1,
    });
  }
  await quiet(desk);
});

test('J4: of the versions that come while one is worked on, the last is worked on next', async (t) => {
  const desk = await open(t);
  const gate = new Gate();
  const runs: string[] = [];
  employ(t, desk.store, [
    builder((job, tools) => {
      runs.push(`${job.action} ${job.version}`);
      return gate.run(job, tools);
    }),
  ]);
  await desk.config('part', 'a', 1);
  await gate.holds();
  await desk.config('part', 'a', 2);
  await desk.job('waiting', 'create:builder:part:a:2');
  await desk.config('part', 'a', 3);
  await desk.job('waiting', 'create:builder:part:a:3');
  gate.go();
  await gate.holds();
  gate.go();
  assert.equal((await desk.answer('part', 'a', 3)).error, '');
  assert.deepEqual(runs, ['create 1', 'create 3']);
});

test('J9: what failed is not tried again by itself', async (t) => {
  const desk = await open(t);
  const runs: string[] = [];
  employ(t, desk.store, [builder(noting(runs, () => 'it broke'))]);
  await desk.config('part', 'a', 1);
  await desk.answer('part', 'a', 1);
  await quiet(desk);
  await desk.config('plain', 'probe', 1);
  await desk.answer('plain', 'probe', 1);
  assert.deepEqual(runs, ['create a']);
});

test('P5: a reference to nothing, or to null, is an error of its version; it is planned when what is missing comes', async (t) => {
  const desk = await open(t);
  const runs: string[] = [];
  employ(t, desk.store, [builder(noting(runs)), looker(noting(runs))]);
  await desk.config('look', 'l', 1, { at_id: 'late' });
  await desk.config('look', 'nowhere', 1, { at_id: null });
  assert.match((await desk.answer('look', 'l', 1)).error, /part.*late.*at/);
  assert.match((await desk.answer('look', 'nowhere', 1)).error, /at/);
  assert.deepEqual(runs, []);
  await desk.config('part', 'late', 1);
  await until(async () => (await desk.state('look', 'l'))?.error === '', 'it is planned again');
  assert.deepEqual(runs, ['create late', 'create l']);
});

test('P6: what refers to something that failed, or is about to go, is planned as ever', async (t) => {
  const desk = await open(t);
  await desk.config('part', 'failed', 1, { name: 'F' });
  await desk.work('create:builder:part:failed:1', 'it broke');
  await desk.config('look', 'one', 1, { at_id: 'failed' });
  await desk.job('ready', 'create:looker:look:one:1');
  assert.equal((await param(desk, 'one', 'at'))?.value, 'F');
  await desk.config('part', 'marked', 1, { name: 'M' });
  await desk.work('create:builder:part:marked:1');
  await desk.config('part', 'marked', 2, { name: 'M' }, true);
  await desk.job('ready', 'logical_delete:builder:part:marked:2');
  await desk.config('look', 'other', 1, { at_id: 'marked' });
  await desk.job('waiting', 'create:looker:look:other:1');
  assert.equal((await param(desk, 'other', 'at'))?.value, 'M');
});

test('J7: a job whose worker is lost is another one’s, also where nobody led when that happened', async (t) => {
  const desk = new Desk(await openStore());
  t.after(() => desk.store.close());
  await desk.templates();
  const first = lead(t, desk.store);
  await desk.config('part', 'a', 1);
  const jobId = await desk.job('ready', 'create:builder:part:a:1');
  const lease = await desk.store.lease(10_000);
  await desk.claim(jobId, lease.id);
  await first.close();
  await lease.close();
  assert.deepEqual(await desk.keys('/jobs/'), [jobKey('all', jobId)]);
  lead(t, desk.store);
  employ(t, desk.store);
  assert.equal((await desk.answer('part', 'a', 1)).error, '');
  await quiet(desk);
});

test('J8: whatever stands in the lists when a controller begins, it makes sense of', async (t) => {
  const desk = new Desk(await openStore());
  t.after(() => desk.store.close());
  await desk.templates();
  const first = lead(t, desk.store);
  const ids = ['finished', 'nowhere', 'twice', 'cut'];
  for (const id of ids) await desk.config('part', id, 1);
  await desk.config('part', 'user', 1, { on_id: 'finished', also_id: 'cut' });
  await desk.job('waiting', 'create:builder:part:user:1');
  const jobId = (id: string): Promise<string> => desk.job('ready', `create:builder:part:${id}:1`);
  const [finished, nowhere, twice, cut] = [
    await jobId('finished'),
    await jobId('nowhere'),
    await jobId('twice'),
    await jobId('cut'),
  ];
  await first.close();
  await desk.claim(finished);
  await desk.finish(finished);
  await desk.remove(jobKey('ready', nowhere));
  await desk.put(jobKey('waiting', twice), 'builder');
  // Settled half: it is gone, and who waited for it doesn't know.
  await desk.remove(jobKey('all', cut), jobKey('ready', cut));
  await desk.put(keyOf('state', 'part', 'cut'), JSON.stringify({ error: '', state: {}, version: 1 }));
  for (const queue of ['ready', 'waiting', 'finished'] as const) {
    await desk.put(jobKey(queue, `create:builder:part:orphan-${queue}:1:abcde`), queue === 'finished' ? '' : 'builder');
  }
  lead(t, desk.store);
  await desk.job('ready', 'create:builder:part:user:1');
  await until(async () => (await desk.list('waiting')).length === 0, 'no job waits');
  const names = ['nowhere', 'twice', 'user'].map((id) => `create:builder:part:${id}:1`);
  await until(async () => (await desk.list('ready')).length === names.length, 'the orphans are gone');
  assert.deepEqual(await desk.list('ready'), names);
  assert.deepEqual(await desk.list('all'), names);
  assert.deepEqual(await desk.list('finished'), []);
});

test('P7: what was written while nobody led is planned, and nothing else; what is read before what reads it', async (t) => {
  const desk = new Desk(await openStore());
  t.after(() => desk.store.close());
  await desk.templates();
  const first = lead(t, desk.store);
  await desk.config('part', 'done', 1);
  await desk.work('create:builder:part:done:1');
  await desk.gone('create:builder:part:done:1');
  await first.close();
  await desk.config('part', 'parent', 1);
  await desk.config('part', 'child', 1, { on_id: 'parent' });
  await desk.config('look', 'user', 1, { at_id: 'parent' });
  // Its last version is the youngest of all.
  await desk.config('part', 'parent', 2);
  lead(t, desk.store);
  await desk.job('ready', 'create:builder:part:parent:2');
  await desk.job('waiting', 'create:builder:part:child:1');
  await desk.job('waiting', 'create:looker:look:user:1');
  assert.equal((await desk.list('all')).length, 3);
});

test('P8: a template that changes is used by what is planned next, and reissues nothing', async (t) => {
  const desk = await open(t);
  const runs: string[] = [];
  employ(t, desk.store, [builder(noting(runs))]);
  await desk.config('part', 'a', 1, { name: 'A' });
  await desk.answer('part', 'a', 1);
  await quiet(desk);
  await desk.config('heat_template', 'part', 2, { parameter_mappings: { renamed: { field: 'name' } } });
  await desk.config('plain', 'probe', 1);
  await desk.answer('plain', 'probe', 1);
  assert.deepEqual(await desk.keys('/jobs/'), []);
  const planned = watched(t, desk, '/jobs/all/');
  await desk.config('part', 'b', 1, { name: 'B' });
  await desk.answer('part', 'b', 1);
  assert.match(
    planned.get('create:builder:part:b:1') ?? '',
    /"params":\[\{"param":"renamed","type":"value","value":"B"/,
  );
  assert.deepEqual(runs, ['create a', 'create b']);
});

test('J2: parents and children that are marked at once are deleted children first', async (t) => {
  const desk = await open(t);
  const runs: string[] = [];
  employ(t, desk.store, [builder(noting(runs))]);
  const rows = { a: null, b: 'a', c: 'b', z: 'a' };
  for (const [id, on_id] of Object.entries(rows)) await desk.config('part', id, 1, { on_id });
  for (const id of Object.keys(rows)) await desk.answer('part', id, 1);
  await quiet(desk);
  runs.splice(0);
  await desk.store.transact({
    success: Object.entries(rows).map(([id, on_id]) => ({
      type: 'put',
      key: keyOf('config', 'part', id),
      value: encodeConfig(JSON.stringify({ id, on_id }), 2, true),
    })),
  });
  for (const id of Object.keys(rows)) assert.equal((await desk.answer('part', id, 2)).error, '');
  assert.deepEqual(
    runs.toSorted(),
    ['a', 'b', 'c', 'z'].map((id) => `logical_delete ${id}`),
  );
  assert.equal(runs.at(-1), 'logical_delete a');
  assert.ok(runs.indexOf('logical_delete c') < runs.indexOf('logical_delete b'));
});

test('J13: the deletion of what was never made succeeds', async (t) => {
  const desk = await open(t);
  employ(t, desk.store, [builder(), { ...monitoringWorker, name: 'looker' }]);
  await desk.put(workerKey('w'), encodeWorker(['builder', 'looker']));
  await desk.config('part', 'a', 1);
  await desk.config('look', 'failed', 1, { at_id: 'a' });
  // The template that the test's model has is none that could be rendered to entries.
  assert.notEqual((await desk.answer('look', 'failed', 1)).error, '');
  await desk.config('look', 'failed', 2, { at_id: 'a' }, true);
  await desk.config('look', 'never', 1, { at_id: 'a' }, true);
  for (const [id, version] of [['failed', 2] as const, ['never', 1] as const]) {
    assert.deepEqual(await desk.answer('look', id, version), {
      error: '',
      state: { state_monitoring: '{}', worker_state: 'DELETE_COMPLETED' },
      version,
    });
  }
});

test('J12: what is removed while it is worked on is let finish, then undone, then forgotten', async (t) => {
  const desk = await open(t);
  const gate = new Gate();
  const runs: string[] = [];
  employ(t, desk.store, [
    builder((job, tools) => {
      runs.push(job.action);
      return gate.run(job, tools);
    }),
  ]);
  await desk.config('part', 'a', 1);
  await gate.holds();
  await desk.removeConfig('part', 'a');
  await desk.config('plain', 'probe', 1);
  await desk.answer('plain', 'probe', 1);
  assert.deepEqual(await desk.list('working'), ['create:builder:part:a:1']);
  gate.go();
  await gate.holds();
  gate.go();
  await until(async () => (await desk.value(keyOf('processed', 'part', 'a'))) === undefined, 'forgotten');
  assert.deepEqual(runs, ['create', 'logical_delete']);
  assert.equal(await desk.state('part', 'a'), null);
});

test('J7: the number behind a job says how often it was tried, and its handler hears it', async (t) => {
  const desk = await open(t);
  const { store, expireAll } = withMortalLeases(desk.store);
  const gate = new Gate();
  employ(t, store, [builder(gate.run)]);
  await desk.config('part', 'a', 1);
  await gate.holds();
  assert.equal(JSON.parse((await desk.value((await desk.keys('/jobs/all/'))[0] ?? '')) ?? '[]')[2], 0);
  await expireAll();
  await gate.holds(2);
  assert.equal(JSON.parse((await desk.value((await desk.keys('/jobs/all/'))[0] ?? '')) ?? '[]')[2], 1);
  gate.go();
  await desk.answer('part', 'a', 1);
  assert.deepEqual(gate.attempts, [0, 1]);
});

test('P4: what is read twice is recorded twice, and waited for once', async (t) => {
  const desk = await open(t);
  await desk.config('part', 'p', 1);
  await desk.work('create:builder:part:p:1');
  await desk.config('part', 'a', 1, { on_id: 'p' });
  await desk.work('create:builder:part:a:1');
  await desk.gone('create:builder:part:a:1');
  await desk.config('part', 'p', 2);
  const awaited = await desk.job('ready', 'modify:builder:part:p:2');
  await desk.config('part', 'a', 2, { on_id: 'p' });
  await desk.job('waiting', 'modify:builder:part:a:2');
  const reference = { resource_type: 'part', resource_id: 'p' };
  assert.deepEqual((await param(desk, 'a', 'on'))?.resources, [reference, reference]);
  const queued = (await desk.jobs()).find(({ job }) => job.resource_id === 'a');
  assert.deepEqual(queued?.job.dependency, [awaited]);
});

test('P10: with nothing but the store there, changes are planned, worked on and answered', async (t) => {
  const desk = await open(t);
  employ(t, desk.store);
  await desk.config('both', 'x', 1, { name: 'X' });
  assert.equal((await desk.answer('both', 'x', 1)).state.worker_state, 'CREATE_COMPLETED');
  await desk.config('both', 'x', 2, { name: 'Y' });
  assert.equal((await desk.answer('both', 'x', 2)).error, '');
});

test('J11: a password stands in its job, and in no line of a log', async (t) => {
  const lines: unknown[] = [];
  const note = (...line: readonly unknown[]): void => {
    lines.push(line);
  };
  const log: Log = { debug: note, info: note, warn: note, error: note, child: () => log };
  const desk = await open(t, log);
  employ(t, desk.store, [builder(() => Promise.reject(new Error('it broke')))], log);
  const planned = watched(t, desk, '/jobs/all/');
  await desk.config('part', 'a', 1, { secret: 'hunter2' });
  assert.equal((await desk.answer('part', 'a', 1)).error, 'it broke');
  assert.match(planned.get('create:builder:part:a:1') ?? '', /hunter2/);
  assert.ok(lines.length > 0);
  assert.doesNotMatch(JSON.stringify(lines), /hunter2/);
});

test('J10: jobs for a handler that nobody has stay ready until a worker has it', async (t) => {
  const desk = await open(t);
  employ(t, desk.store, [builder()]);
  await desk.config('part', 'a', 1);
  await desk.config('look', 'l', 1, { at_id: 'a' });
  await desk.answer('part', 'a', 1);
  await desk.job('ready', 'create:looker:look:l:1');
  await desk.config('part', 'b', 1);
  await desk.answer('part', 'b', 1);
  assert.deepEqual(await desk.list('ready'), ['create:looker:look:l:1']);
  employ(t, desk.store, [looker()]);
  assert.equal((await desk.answer('look', 'l', 1)).error, '');
});

test('J14: a version that failed takes its users along, and not a newer one of its resource', async (t) => {
  const desk = await open(t);
  const gate = new Gate();
  employ(t, desk.store, [
    builder(async (job, tools) => {
      await gate.run(job, tools);
      if (job.version === 1) throw new Error('it broke');
      return {};
    }),
  ]);
  await desk.config('part', 'a', 1);
  await gate.holds();
  await desk.config('part', 'user', 1, { on_id: 'a' });
  await desk.job('waiting', 'create:builder:part:user:1');
  await desk.config('part', 'a', 2);
  await desk.job('waiting', 'create:builder:part:a:2');
  gate.go();
  assert.match((await desk.answer('part', 'user', 1)).error, /^canceled: dependency create:builder:part:a:1:/);
  await gate.holds();
  gate.go();
  assert.equal((await desk.answer('part', 'a', 2)).error, '');
});

test('J14: what is made anew while its predecessor fails is worked on all the same', async (t) => {
  const desk = await open(t);
  const first = await desk
    .config('part', 'a', 1, { name: 'old' })
    .then(() => desk.job('ready', 'create:builder:part:a:1'));
  await desk.claim(first);
  await desk.removeConfig('part', 'a');
  await desk.config('part', 'a', 1, { name: 'new' });
  await desk.job('waiting', 'create:builder:part:a:1');
  await desk.finish(first, 'it broke');
  await desk.work('create:builder:part:a:1');
  await quiet(desk);
  assert.equal((await desk.state('part', 'a'))?.error, '');
});

test('J4: a version that waits gives way, and a claim decides', async (t) => {
  const desk = await open(t);
  await desk.config('part', 'a', 1, { name: 'one' });
  await desk.job('ready', 'create:builder:part:a:1');
  await desk.config('part', 'a', 2, { name: 'two' });
  const second = await desk.job('ready', 'create:builder:part:a:2');
  assert.deepEqual(await desk.list('all'), ['create:builder:part:a:2']);
  await desk.claim(second);
  await desk.config('part', 'a', 3, { name: 'three' });
  await desk.job('waiting', 'create:builder:part:a:3');
  assert.deepEqual(await desk.list('working'), ['create:builder:part:a:2']);
});

test('J5: a life is five transactions', async (t) => {
  const desk = await open(t);
  employ(t, desk.store);
  await desk.config('plain', 'probe', 1);
  await desk.answer('plain', 'probe', 1);
  const before = await desk.revision();
  const kinds: string[] = [];
  const watch = desk.store.watch(
    withPrefix('/'),
    { fromRevision: before + 1 },
    {
      onEvents: (events) => {
        const keys = events.map((event) => (event.type === 'put' ? event.entry.key : `-${event.key}`));
        kinds.push(
          keys
            .map((key) => key.replace(/(create:builder:part:a:1:.{5}|a)$/, ''))
            .sort()
            .join(' '),
        );
      },
      onCompacted: () => {},
    },
  );
  t.after(() => watch.close());
  await desk.config('part', 'a', 1);
  await desk.answer('part', 'a', 1);
  await quiet(desk);
  await until(() => kinds.length >= 6, 'the watch tells all');
  const of = (family: 'config' | 'processed' | 'jobState' | 'state'): string => keyOf(family, 'part', '');
  assert.deepEqual(kinds, [
    of('config'),
    [of('processed'), '/jobs/all/', '/jobs/ready/', '/kamado/secrets/jobs/'].sort().join(' '),
    ['-/jobs/ready/', of('jobState'), '/jobs/working/'].sort().join(' '),
    of('jobState'),
    [`-${of('jobState')}`, '-/jobs/working/', '/jobs/finished/', of('state')].sort().join(' '),
    ['-/jobs/all/', '-/jobs/finished/', '-/kamado/secrets/jobs/'].sort().join(' '),
  ]);
});

test('J6: a hung handler loses its own claim alone; who has the job then reports it', async (t) => {
  const desk = await open(t);
  const { store, expireAll } = withMortalLeases(desk.store);
  const hung = new Gate();
  const first = employ(t, store, [
    builder((job, tools) => hung.run(job, { ...tools, signal: new AbortController().signal })),
  ]);
  await desk.config('part', 'a', 1);
  await hung.holds();
  const runs: string[] = [];
  employ(t, desk.store, [builder(noting(runs))]);
  await expireAll();
  await until(() => hung.attempts.length + runs.length === 2, 'somebody has it again');
  hung.go();
  assert.equal((await desk.answer('part', 'a', 1)).error, '');
  await quiet(desk);
  await first.close();
  for (const queue of jobQueues) assert.deepEqual(await desk.list(queue), [], queue);
  assert.deepEqual([limits.leaderLeaseMs, limits.claimLeaseMs], [3_000, 10_000]);
});

test('J3: many dependents are cancelled in chunks, no transaction beyond the store’s limit', async (t) => {
  const desk = await open(t);
  const count = limits.transactionOperations;
  await desk.config('part', 'a', 1);
  const jobId = await desk.job('ready', 'create:builder:part:a:1');
  await desk.claim(jobId);
  for (let i = 0; i < count; i++) await desk.config('part', `u${i}`, 1, { on_id: i === 0 ? 'a' : `u${(i - 1) >> 1}` });
  await until(async () => (await desk.list('waiting')).length === count, 'all wait');
  await desk.finish(jobId, 'it broke');
  for (let i = 0; i < count; i++) {
    assert.equal((await desk.answer('part', `u${i}`, 1)).error, `canceled: dependency ${jobId} failed`);
  }
  await quiet(desk);
});

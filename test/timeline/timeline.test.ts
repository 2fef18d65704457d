import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { systemRuntime } from '../../src/app/process/system-runtime.ts';
import { openSqliteDriver } from '../../src/database/sqlite/sqlite-driver.ts';
import {
  openTimelineLog,
  type ResourceTimelineEntry,
  type TimelineEntry,
  type TimelineLog,
} from '../../src/database/timeline-log.ts';
import { kamadoError } from '../../src/kernel/errors.ts';
import { limits } from '../../src/kernel/limits.ts';
import { type Log, silentLog } from '../../src/kernel/log.ts';
import { encodeJob, type Job } from '../../src/records/job.ts';
import { families, jobKey, jobQueues } from '../../src/records/keys.ts';
import { openEmbeddedStore } from '../../src/store/embedded/embedded-store.ts';
import { signed } from '../../src/store/signed.ts';
import { oneKey, type Store } from '../../src/store/store.ts';
import { EntryWriter } from '../../src/timeline/entry-writer.ts';
import { startTimeline, type Timeline } from '../../src/timeline/timeline.ts';
import { RewindableLog } from '../support/rewindable-log.ts';
import { until } from '../support/until.ts';
import { Desk, keyOf, openStore, recordingLog, typeOf, workModel } from '../support/work.ts';

interface Stand {
  readonly desk: Desk;
  readonly store: Store;
  readonly timeline: TimelineLog;
  readonly start: (log?: Log, timeline?: TimelineLog) => Timeline;
  /** Starts the room on another store. */
  readonly startOn: (store: Store, log?: Log) => Timeline;
  /** The entries of a resource, once the store's newest revision is recorded. */
  readonly read: (type: string, id: string) => Promise<readonly TimelineEntry[]>;
}

async function stand(t: TestContext): Promise<Stand> {
  const folder = mkdtempSync(join(tmpdir(), 'kamado-timeline-'));
  const store = await openStore();
  const desk = new Desk(store);
  const timeline = await openTimelineLog(openSqliteDriver(systemRuntime, join(folder, 'timeline.db')));
  // The runtime's timers keep no process alive by themselves.
  const alive = setInterval(() => {}, 1_000);
  t.after(async () => {
    clearInterval(alive);
    await store.close();
    await timeline.close();
    rmSync(folder, { recursive: true });
  });
  const startOn = (on: Store, log: Log = silentLog, given: TimelineLog = timeline): Timeline => {
    const component = startTimeline({ runtime: systemRuntime, log, model: workModel, store: on, timeline: given });
    t.after(() => component.close());
    return component;
  };
  const start = (log: Log = silentLog, given: TimelineLog = timeline): Timeline => startOn(store, log, given);
  const read = async (type: string, id: string): Promise<readonly TimelineEntry[]> => {
    const revision = await desk.revision();
    await until(async () => (await timeline.seenRevision()) >= revision, 'everything is recorded');
    return timeline.read(type, id);
  };
  return { desk, store, timeline, start, startOn, read };
}

const lines = (entries: readonly TimelineEntry[]): readonly string[] =>
  entries.map(({ writer, action, key }) => `${writer} ${action} ${key.replace(/[^/]*$/, '')}`);

/** An update, as it stands in the timeline of a resource. */
const entry: ResourceTimelineEntry = {
  type: 'plain',
  id: 'a',
  revision: 1,
  place: 0,
  key: '/x',
  action: 'update',
  timeMs: 0,
  writer: 'x',
  value: '',
};

test('each change is joined with who wrote it and when', async (t) => {
  const { desk, store, start, read } = await stand(t);
  start();
  const sync = new Desk(signed(store, systemRuntime, 'sync'));
  await sync.config('part', 'a', 1, { name: 'A' });
  await sync.config('part', 'a', 2, { name: 'B' });
  const lease = await store.lease(10_000);
  const jobId = 'create:builder:part:a:2:abcde';
  await signed(store, systemRuntime, 'worker').transact({
    success: [{ type: 'put', key: jobKey('working', jobId), value: 'claim', lease: lease.id }],
  });
  await desk.put(keyOf('state', 'part', 'a'), '{}');
  await lease.close();
  await sync.remove(keyOf('config', 'part', 'a'));
  const entries = await read('part', 'a');
  assert.deepEqual(lines(entries), [
    'sync create /config/v2.0/parts/',
    'sync update /config/v2.0/parts/',
    'worker create /jobs/working/',
    'unknown create /state/v2.0/parts/',
    'lease expire /jobs/working/',
    'sync delete /config/v2.0/parts/',
  ]);
  assert.ok(entries.every(({ timeMs }) => Math.abs(timeMs - systemRuntime.nowMs()) < 60_000));
  assert.deepEqual(
    entries.map(({ revision }) => revision),
    [...entries.map(({ revision }) => revision)].sort((a, b) => a - b),
  );
  assert.deepEqual(await read('part', 'other'), []);
});

test('a restart goes on without a gap or a repeat', async (t) => {
  const { desk, start, read, timeline } = await stand(t);
  const first = start();
  await desk.config('plain', 'a', 1);
  await read('plain', 'a');
  await first.close();
  await desk.config('plain', 'a', 2);
  const second = start();
  await desk.config('plain', 'a', 3);
  await read('plain', 'a');
  await second.close();
  // As if the last batch had been written, and not noted.
  await timeline.append([], 1);
  start();
  await desk.config('plain', 'a', 4);
  const versions = (await read('plain', 'a')).map(({ value }) => JSON.parse(value).version);
  assert.deepEqual(versions, [1, 2, 3, 4]);
});

test('what the store has forgotten is a gap, and what comes after it is recorded', async (t) => {
  const { desk, store, start, read } = await stand(t);
  const first = start();
  await desk.config('plain', 'a', 1);
  await read('plain', 'a');
  await first.close();
  for (const version of [2, 3, 4]) await desk.config('plain', 'a', version);
  await store.compact(await desk.revision());
  const { log, lines: logged } = recordingLog();
  start(log);
  await until(() => logged.some(({ message }) => message.includes('gap')), 'the gap');
  await desk.config('plain', 'a', 5);
  const versions = (await read('plain', 'a')).map(({ value }) => JSON.parse(value).version);
  assert.deepEqual(versions, [1, 5]);
  assert.equal(logged.filter(({ message }) => message.includes('gap')).length, 1);
});

test('an idle store after a gap is not listed again and again', async (t) => {
  const { desk, store, start, timeline } = await stand(t);
  for (const version of [1, 2, 3]) await desk.config('plain', 'a', version);
  const revision = await desk.revision();
  await store.compact(revision);
  const { log, lines: logged } = recordingLog();
  start(log);
  await until(async () => (await timeline.seenRevision()) === revision, 'the gap is noted');
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.equal(logged.length, 1);
});

test('a store that is another one, or has lost what came last, is recorded from where it is', async (t) => {
  const { desk, start, read, timeline } = await stand(t);
  await timeline.append([], 1_000_000);
  const { log, lines: logged } = recordingLog();
  start(log);
  await until(() => logged.some(({ message }) => message.includes('gap')), 'the gap');
  await until(async () => (await timeline.seenRevision()) < 1_000_000, 'where it is');
  await desk.config('plain', 'a', 1);
  assert.equal((await read('plain', 'a')).length, 1);
});

for (const [name, later] of [
  ['is behind what was recorded', 0],
  ['has come past what was recorded', 20],
] as const) {
  test(`what a store says that has gone back comes after what is lost, where it ${name}`, async (t) => {
    const { timeline, startOn } = await stand(t);
    const log = new RewindableLog();
    const open = () => openEmbeddedStore({ runtime: systemRuntime, persistence: log, log: silentLog });
    const recorded = async (store: Store): Promise<void> => {
      const { revision } = await store.get(oneKey('/none'));
      await until(async () => (await timeline.seenRevision()) === revision, 'everything is recorded');
    };
    const config = async (store: Store, ...names: readonly string[]): Promise<void> => {
      const sync = new Desk(signed(store, systemRuntime, 'sync'));
      for (const [i, body] of names.entries()) await sync.config('plain', 'a', i + 1, { name: body });
    };

    const first = await open();
    const component = startOn(first);
    await config(first, 'common 1', 'common 2');
    await recorded(first);
    log.save();
    await config(first, 'lost 1', 'lost 2', 'lost 3');
    await recorded(first);
    await component.close();
    await first.close();
    log.goBack();

    const second = await open();
    t.after(() => second.close());
    await config(second, 'new 1', 'new 2', ...Array.from({ length: later }, () => 'later'));
    const { log: logged, lines: messages } = recordingLog();
    startOn(second, logged);
    await recorded(second);
    await config(second, 'last');
    await recorded(second);

    const entries = await timeline.read('plain', 'a');
    const names = entries.map(({ value }) => JSON.parse(JSON.parse(value).body).name);
    const before = ['common 1', 'common 2', 'lost 1', 'lost 2', 'lost 3'];
    assert.deepEqual(names, [...before, 'new 1', 'new 2', ...Array(later).fill('later'), 'last']);
    assert.ok(entries.every(({ writer }) => writer === 'sync'));
    const revisions = entries.map(({ revision }) => revision);
    assert.deepEqual(revisions.slice(5, 7), revisions.slice(2, 4), 'the same revisions once more');
    const positions = entries.map(({ position }) => position);
    assert.deepEqual(
      positions,
      [...new Set(positions)].sort((a, b) => a - b),
    );
    const page = await timeline.read('plain', 'a', { afterRevision: positions[3] ?? 0, limit: 2 });
    assert.deepEqual(
      page.map(({ value }) => JSON.parse(JSON.parse(value).body).name),
      ['lost 3', 'new 1'],
    );
    assert.deepEqual(
      messages.map(({ message }) => message),
      ['The timeline continues in another history of the store.'],
    );
  });
}

const job: Job = {
  id: 'create:builder:part:a:1:abcde',
  action: 'create',
  handler: 'builder',
  resource_type: 'part',
  resource_id: 'a',
  version: 1,
  job_name: 'part:a:1',
  is_first: true,
  is_last: true,
  on_failure: 'fail',
  dependency: [],
  params: [
    { param: 'name', type: 'value', value: 'A', resources: [] },
    { param: 'secret', type: 'value', value: 'hunter2', resources: [] },
    { param: 'surprise', type: 'value', value: 'hunter2', resources: [] },
  ],
  resource_input: { id: 'a', name: 'A', secret: 'hunter2' },
};

test('no secret is recorded: not of a config, a processed one, a job, nor a parameter that nobody knows', async (t) => {
  const { desk, start, timeline, read } = await stand(t);
  await desk.templates();
  start();
  await desk.config('part', 'a', 1, { name: 'A', secret: 'hunter2' });
  for (const family of ['processed', 'applied'] as const) {
    await desk.put(
      keyOf(family, 'part', 'a'),
      JSON.stringify({ body: job.resource_input, deleted: false, version: 1 }),
    );
  }
  await desk.put(jobKey('all', job.id), encodeJob({ job, attempt: 0 }));
  await desk.put(
    jobKey('all', 'create:builder:alien:a:1:abcde'),
    encodeJob({
      job: { ...job, id: 'create:builder:alien:a:1:abcde', resource_type: 'alien', job_name: 'alien:a:1' },
      attempt: 0,
    }),
  );
  const entries = await read('part', 'a');
  assert.equal(entries.length, 4);
  const all = JSON.stringify([entries, await timeline.read('alien', 'a')]);
  assert.doesNotMatch(all, /hunter2/);
  const shown = JSON.parse(entries.at(-1)?.value ?? '')[1];
  assert.deepEqual(
    shown.params.map((param: { value: string }) => param.value === 'A'),
    [true, false, false],
  );
});

test('a database that is slow or away holds nobody back: beyond a limit there is a gap, then it goes on', async (t) => {
  const { desk, store, start, timeline } = await stand(t);
  let release: (() => void) | null = null;
  let fail = true;
  const slow: TimelineLog = {
    ...timeline,
    append: async (entries, revision) => {
      if (fail) {
        await new Promise<void>((resolve) => {
          release = resolve;
        });
        throw kamadoError('DATABASE_UNAVAILABLE', { reason: 'the test says so' });
      }
      return timeline.append(entries, revision);
    },
  };
  const { log, lines: logged } = recordingLog();
  start(log, slow);
  await desk.config('plain', 'first', 1);
  await until(() => release !== null, 'the database hangs');
  const each = 100;
  for (let n = 0; n * each <= limits.timelineQueueEntries; n++) {
    await store.transact({
      success: Array.from(
        { length: each },
        (_, i) => ({ type: 'put', key: keyOf('monitoring', 'plain', `p${i}`), value: '{}' }) as const,
      ),
    });
  }
  await until(() => logged.some(({ message }) => message.includes('gap')), 'the gap');
  fail = false;
  const go: (() => void) | null = release;
  (go as unknown as () => void)();
  await desk.config('plain', 'last', 1);
  const revision = await desk.revision();
  await until(async () => (await timeline.seenRevision()) >= revision, 'it goes on');
  assert.equal((await timeline.read('plain', 'first')).length, 1, 'what was being written isn’t lost');
  assert.equal((await timeline.read('plain', 'last')).length, 1);
});

test('a write that failed is tried again by itself', async (t) => {
  const { desk, start, timeline, read } = await stand(t);
  let faults = 0;
  const away: TimelineLog = {
    ...timeline,
    append: async (entries, revision) => {
      if (faults++ < 2) throw kamadoError('DATABASE_UNAVAILABLE', { reason: 'the test says so' });
      return timeline.append(entries, revision);
    },
    seenRevision: async () => {
      if (faults++ < 1) throw kamadoError('DATABASE_UNAVAILABLE', { reason: 'the test says so' });
      return timeline.seenRevision();
    },
  };
  start(silentLog, away);
  await desk.config('plain', 'a', 1);
  assert.equal((await read('plain', 'a')).length, 1);
  assert.ok(faults > 2);
});

test('a fault that does not pass is asked about with pauses that grow, and what comes after it is recorded', async (t) => {
  const { timeline } = await stand(t);
  let broken = true;
  const asked: number[] = [];
  const faulty: TimelineLog = {
    ...timeline,
    append: async (entries, revision) => {
      asked.push(systemRuntime.monotonicMs());
      if (broken) throw new Error('disk I/O error');
      return timeline.append(entries, revision);
    },
  };
  const writer = new EntryWriter({ runtime: systemRuntime, log: silentLog, timeline: faulty }, 0);
  const closing = new AbortController();
  const running = writer.run(closing.signal);
  writer.add([{ ...entry, revision: 1 }], 1);
  await until(() => asked.length >= 4, 'it is tried again');
  const pauses = asked.slice(1).map((atMs, i) => atMs - (asked[i] ?? 0));
  const least = [0, 1, 2].map((i) => limits.reconnectFirstMs * 2 ** i - 1);
  assert.ok(
    least.every((leastMs, i) => (pauses[i] ?? 0) >= leastMs),
    `pauses of ${pauses.map(Math.round).join(', ')} ms`,
  );
  broken = false;
  writer.add([{ ...entry, revision: 2 }], 2);
  await until(async () => (await timeline.seenRevision()) === 2, 'it goes on');
  assert.deepEqual(
    (await timeline.read('plain', 'a')).map(({ revision }) => revision),
    [2],
  );
  closing.abort();
  await running;
});

test('garbage under every family is recorded as what it is, or masked, and ends nothing', async (t) => {
  const { desk, start, read } = await stand(t);
  const { log, lines: logged } = recordingLog();
  start(log);
  const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
  for (const value of [
    '',
    '{',
    'null',
    '[null]',
    deep,
    `{"body":{"a":${deep}},"version":1}`,
    '["x",{"params":[null]},0]',
  ]) {
    for (const prefix of Object.values(families)) await desk.put(`${prefix}${typeOf('part').url}/g`, value);
    for (const queue of jobQueues) await desk.put(jobKey(queue, job.id), value);
    await desk.put('/kamado/writers/x', value);
    await desk.put('/config/v2.0/heat_templates/part', value);
  }
  await desk.config('plain', 'a', 1);
  assert.equal((await read('plain', 'a')).length, 1);
  assert.deepEqual(
    logged.filter(({ message }) => message.includes('watcher')),
    [],
  );
});

test('old entries are removed while it runs, not only at the start', async (t) => {
  const { timeline } = await stand(t);
  let prunes = 0;
  let appended = 0;
  const counted: TimelineLog = {
    ...timeline,
    append: async (entries) => {
      appended += entries.length;
    },
    prune: async () => {
      prunes++;
      return 0;
    },
  };
  const writer = new EntryWriter({ runtime: systemRuntime, log: silentLog, timeline: counted }, 0);
  const closing = new AbortController();
  const running = writer.run(closing.signal);
  for (let revision = 1; revision <= 3; revision++) {
    writer.add(
      Array.from({ length: limits.timelinePruneEntries }, (_, place) => ({ ...entry, revision, place })),
      revision,
    );
    await until(() => prunes === revision + 1, `prune ${revision}`);
  }
  writer.add([{ ...entry, revision: 3 }], 3);
  await new Promise(setImmediate);
  assert.equal(writer.seenRevision, 3);
  assert.equal(appended, 3 * limits.timelinePruneEntries, 'what is told again is not written again');
  closing.abort();
  await running;
});

test('the room ends though the store is closed already', async (t) => {
  const { desk, start, store } = await stand(t);
  const component = start();
  await desk.put('/x', '');
  await store.get(oneKey('/x'));
  await store.close();
  await component.close();
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { kamadoError } from '../../../src/kernel/errors.ts';
import { limits } from '../../../src/kernel/limits.ts';
import type { Stack, StackEngine, StackProgress } from '../../../src/southbound/stack/stack.ts';
import { type ObservedStatus, StackWatch } from '../../../src/southbound/stack/stack-watch.ts';
import { manualRuntime } from '../../support/manual-runtime.ts';

/** An engine that tells what it was asked, and what the test has put there. */
class Engine implements StackEngine {
  readonly asked: string[] = [];
  readonly stacks = new Map<string, Stack>();
  error: Error | null = null;
  /** What the requests for many answer. */
  listError: Error | null = null;

  put(name: string, progress: StackProgress): void {
    this.stacks.set(name, { id: name, name, action: 'CREATE', progress, reason: '', revision: '1.0', outputs: [] });
  }

  readonly create = () => Promise.reject(new Error('not asked here'));
  readonly update = this.create;
  readonly delete = this.create;
  readonly events = this.create;
  readonly close = async () => {};

  readonly show: StackEngine['show'] = async ({ project, name }) => {
    this.asked.push(`show ${project}/${name}`);
    if (this.error !== null) throw this.error;
    return this.stacks.get(name) ?? null;
  };

  readonly statuses: StackEngine['statuses'] = async (project, names) => {
    this.asked.push(`statuses ${project}/${names.length}`);
    const error = this.error ?? this.listError;
    if (error !== null) throw error;
    return new Map(names.flatMap((name) => [[name, this.stacks.get(name)] as const]).filter(isThere));
  };
}

function isThere(entry: readonly [string, Stack | undefined]): entry is readonly [string, Stack] {
  return entry[1] !== undefined;
}

const isDone = (seen: ObservedStatus): boolean => seen === null || seen.progress !== 'IN_PROGRESS';

function watching() {
  const runtime = manualRuntime();
  const engine = new Engine();
  const watch = new StackWatch(runtime, engine);
  const stop = new AbortController();
  const away: unknown[] = [];
  return {
    runtime,
    engine,
    stop,
    away,
    until: (name: string, project = 'p', signal = stop.signal) =>
      watch.until({ project, name }, isDone, signal, (error) => away.push(error)),
    pass: async (ms: number) => {
      for (let passed = 0; passed < ms; passed += limits.stackLookFirstMs / 5) {
        runtime.advance(limits.stackLookFirstMs / 5);
        for (let i = 0; i < 5; i++) await turn();
      }
    },
  };
}

test('one stack alone is shown, with its outputs', async () => {
  const { engine, until, pass } = watching();
  engine.put('a', 'IN_PROGRESS');
  const seen = until('a');
  await pass(limits.stackLookFirstMs * 2);
  engine.put('a', 'COMPLETE');
  await pass(limits.stackLookFirstMs * 2);
  assert.deepEqual(await seen, engine.stacks.get('a'));
  assert.ok(engine.asked.every((one) => one === 'show p/a'));
});

test('many stacks of a project are one request, those of another one their own', async () => {
  const { engine, until, pass, runtime } = watching();
  const names = Array.from({ length: 500 }, (_, i) => `s${i}`);
  for (const name of names) engine.put(name, 'IN_PROGRESS');
  engine.put('other', 'COMPLETE');
  const all = names.map((name) => until(name));
  const other = until('other', 'q');
  await pass(limits.stackLookFirstMs * 1.2);
  assert.deepEqual(engine.asked.sort(), ['show q/other', 'statuses p/500']);
  assert.equal((await other)?.name, 'other');
  for (const name of names) engine.put(name, 'COMPLETE');
  await pass(limits.stackLookFirstMs * 2);
  assert.equal((await Promise.all(all)).filter((seen) => seen?.progress === 'COMPLETE').length, 500);
  assert.equal(engine.asked.length, 3);
  assert.equal(runtime.timers(), 0);
});

test('a stack that takes long is looked at ever more seldom', async () => {
  const { engine, until, pass, stop } = watching();
  engine.put('a', 'IN_PROGRESS');
  const seen = until('a');
  const looks = async (ms: number): Promise<number> => {
    const before = engine.asked.length;
    await pass(ms);
    return engine.asked.length - before;
  };
  const minuteMs = 60_000;
  const first = await looks(5_000);
  await looks(4 * minuteMs);
  const later = await looks(minuteMs);
  assert.ok(first >= 10 && first <= 21, `${first} looks in the first 5 s`);
  assert.ok(later >= 10 && later <= 12, `${later} looks in a minute`);
  stop.abort();
  assert.equal(await seen, undefined);
});

test('who comes along saves a request, and a short one is not held up by a long one', async () => {
  const { engine, until, pass, stop } = watching();
  engine.put('long', 'IN_PROGRESS');
  const long = until('long');
  await pass(60_000);
  engine.asked.length = 0;
  engine.put('short', 'COMPLETE');
  const short = until('short');
  await pass(limits.stackLookFirstMs * 1.2);
  assert.equal((await short)?.name, 'short');
  stop.abort();
  assert.equal(await long, undefined);
});

test('an engine that is away is asked ever more seldom, for all at once, and its error is told', async () => {
  const { engine, until, pass, away } = watching();
  for (const name of ['a', 'b']) engine.put(name, 'COMPLETE');
  engine.error = kamadoError('STACK_UNAVAILABLE', { service: 'Heat', endpoint: 'http://h', reason: 'refused' });
  const both = Promise.all([until('a'), until('b')]);
  await pass(60_000);
  const asked = engine.asked.length;
  assert.ok(asked >= 8 && asked <= 14, `${asked} requests in a minute`);
  assert.equal(away.length, 2 * asked);
  engine.error = null;
  await pass(limits.stackRetryLongestMs * 1.1);
  assert.deepEqual(
    (await both).map((seen) => seen?.name),
    ['a', 'b'],
  );
});

test('who joins or leaves while the engine is away does not put off when it is asked again', async () => {
  const { engine, until, pass } = watching();
  engine.put('a', 'COMPLETE');
  engine.error = kamadoError('STACK_UNAVAILABLE', { service: 'Heat', endpoint: 'http://h', reason: 'refused' });
  const first = until('a');
  await pass(60_000);
  engine.error = null;
  let isSeen = false;
  void first.then(() => {
    isSeen = true;
  });
  for (let passed = 0; passed < 2 * limits.stackRetryLongestMs; passed += 1_000) {
    const visit = new AbortController();
    const visitor = until('visitor', 'p', visit.signal);
    await pass(1_000);
    visit.abort();
    await visitor;
  }
  assert.ok(isSeen);
});

test('where the request for many has no use, each is asked for alone, and fails alone', async () => {
  const { engine, until, pass } = watching();
  for (const name of ['a', 'b', 'c']) engine.put(name, 'COMPLETE');
  const odd = (reason: string) =>
    kamadoError('STACK_ANSWER_INVALID', { service: 'Heat', endpoint: 'http://h', reason });
  engine.listError = odd('status 414');
  const all = Promise.allSettled([until('a'), until('b'), until('c')]);
  await pass(limits.stackLookFirstMs * 3);
  assert.deepEqual(
    (await all).map(({ status }) => status),
    ['fulfilled', 'fulfilled', 'fulfilled'],
  );
  assert.deepEqual(engine.asked, ['statuses p/3', 'show p/a', 'show p/b', 'show p/c']);
});

test("an error that does not pass is everybody's who was asked for", async () => {
  const { engine, until, pass } = watching();
  engine.error = kamadoError('STACK_ACCESS', {
    service: 'Heat',
    endpoint: 'http://h',
    project: 'p',
    reason: 'no role',
  });
  const both = Promise.allSettled([until('a'), until('b')]);
  await pass(limits.stackLookFirstMs * 2);
  assert.deepEqual(
    (await both).map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  // It is asked again for those who come after that.
  engine.error = null;
  const later = until('a');
  await pass(limits.stackLookFirstMs * 2);
  assert.equal(await later, null);
});

test('who stops waiting is not looked at any more', async () => {
  const { engine, until, pass, stop, runtime } = watching();
  const one = until('a');
  stop.abort();
  assert.equal(await one, undefined);
  assert.equal(await until('b'), undefined);
  await pass(limits.stackLookFirstMs * 3);
  assert.deepEqual(engine.asked, []);
  assert.equal(runtime.timers(), 0);
});

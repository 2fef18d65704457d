import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { KeyedFifo } from '../../src/kernel/keyed-fifo.ts';
import { KeyedQueue } from '../../src/kernel/keyed-queue.ts';
import { manualRuntime } from '../support/manual-runtime.ts';
import { until } from '../support/until.ts';

/** A queue whose work ends when the test says so. */
function controlled(concurrency: number) {
  const runtime = manualRuntime();
  const under = new Map<string, (error?: Error) => void>();
  const done: string[] = [];
  const errors: string[] = [];
  const queue = new KeyedQueue({
    runtime,
    concurrency,
    work: (key) =>
      new Promise((resolve, reject) => {
        assert.ok(!under.has(key), `${key} is worked on twice at a time`);
        under.set(key, (error) => {
          under.delete(key);
          done.push(key);
          if (error === undefined) resolve();
          else reject(error);
        });
      }),
    onError: (key, error) => {
      errors.push(`${key}: ${String(error)}`);
      return error instanceof RangeError ? null : 100;
    },
  });
  const end = async (key: string, error?: Error): Promise<void> => {
    under.get(key)?.(error);
    await new Promise(setImmediate);
  };
  return { runtime, queue, under, done, errors, end };
}

test('a key is worked on once at a time, and again when it was pushed meanwhile', async () => {
  const { queue, under, done, end } = controlled(2);
  for (const key of ['a', 'a', 'b', 'c', 'a', 'c']) queue.push(key);
  assert.deepEqual([...under.keys()], ['a', 'b']);
  await end('b');
  assert.deepEqual([...under.keys()], ['a', 'c']);
  await end('a');
  assert.deepEqual([...under.keys()].sort(), ['a', 'c']);
  queue.push('c');
  await end('c');
  await end('a');
  await end('c');
  assert.deepEqual(done, ['b', 'a', 'c', 'a', 'c']);
  assert.equal(under.size, 0);
});

test('work that threw is tried again when onError says so', async () => {
  const { runtime, queue, under, errors, end } = controlled(1);
  queue.push('a');
  await end('a', new Error('once'));
  assert.deepEqual(errors, ['a: Error: once']);
  assert.equal(under.size, 0);
  runtime.advance(99);
  assert.equal(under.size, 0);
  runtime.advance(1);
  assert.deepEqual([...under.keys()], ['a']);
  await end('a', new RangeError('never again'));
  assert.equal(runtime.timers(), 0);
  queue.push('b');
  assert.deepEqual([...under.keys()], ['b']);
  await end('b');
});

test('close forgets what waits, cancels what is to be tried again, and waits for what is worked on', async () => {
  const { runtime, queue, under, done, end } = controlled(1);
  queue.push('a');
  await end('a', new Error('once'));
  assert.equal(runtime.timers(), 1);
  queue.push('b');
  queue.push('b');
  queue.push('c');
  let closed = false;
  const closing = queue.close().then(() => {
    closed = true;
  });
  assert.equal(runtime.timers(), 0);
  await new Promise(setImmediate);
  assert.equal(closed, false);
  await end('b', new Error('while it closes'));
  await closing;
  assert.equal(runtime.timers(), 0);
  queue.push('d');
  assert.equal(under.size, 0);
  assert.deepEqual(done, ['a', 'b']);
});

test('no push is lost and no key is worked on twice at a time, in any order of turns', async () => {
  const pushes = fc.array(fc.tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 3 })), { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(pushes, fc.integer({ min: 1, max: 3 }), async (given, concurrency) => {
      const expected = new Map<string, number>();
      const seen = new Map<string, number>();
      const under = new Set<string>();
      const queue = new KeyedQueue({
        runtime: manualRuntime(),
        concurrency,
        work: async (key) => {
          assert.ok(!under.has(key) && under.size < concurrency);
          under.add(key);
          const value = expected.get(key);
          for (let turns = key.length; turns > 0; turns--) await Promise.resolve();
          seen.set(key, value ?? -1);
          under.delete(key);
        },
        onError: () => null,
      });
      for (const [key, turns] of given) {
        expected.set(`${key}`, (expected.get(`${key}`) ?? 0) + 1);
        queue.push(`${key}`);
        for (let i = 0; i < turns; i++) await Promise.resolve();
      }
      await until(() => [...expected].every(([key, value]) => seen.get(key) === value), 'every key seen as it is');
      await queue.close();
    }),
    { numRuns: 100 },
  );
});

test('the keyed FIFO gives keys in the order in which they came', () => {
  const operations = fc.array(
    fc.record({ kind: fc.constantFrom('set', 'delete', 'shift', 'clear'), key: fc.constantFrom('a', 'b', 'c', 'd') }),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(operations, (given) => {
      const fifo = new KeyedFifo<number>();
      let model: [string, number][] = [];
      given.forEach(({ kind, key }, i) => {
        const known = model.find(([name]) => name === key);
        if (kind === 'set') {
          fifo.set(key, i);
          if (known === undefined) model.push([key, i]);
          else known[1] = i;
        } else if (kind === 'delete') {
          fifo.delete(key);
          model = model.filter(([name]) => name !== key);
        } else if (kind === 'clear') {
          fifo.clear();
          model = [];
        } else assert.deepEqual(fifo.shift(), model.shift());
        assert.equal(fifo.size, model.length);
        assert.equal(
          fifo.has(key),
          model.some(([name]) => name === key),
        );
      });
      while (model.length > 0) assert.deepEqual(fifo.shift(), model.shift());
      assert.equal(fifo.shift(), undefined);
    }),
  );
});

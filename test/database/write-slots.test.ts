import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WriteSlots } from '../../src/database/write-slots.ts';
import { limits } from '../../src/kernel/limits.ts';
import { manualRuntime } from '../support/manual-runtime.ts';
import { withCode } from './helpers.ts';

class Lost extends Error {}
const hasLost = (error: unknown): boolean => error instanceof Lost;

/** Work that ends when it is told to, and how much of it runs. */
class Work {
  readonly #ends: ((error: Error | null) => void)[] = [];
  most = 0;
  started = 0;

  readonly run = async (): Promise<void> => {
    this.started++;
    await new Promise<void>((resolve, reject) => {
      this.#ends.push((error) => (error === null ? resolve() : reject(error)));
      this.most = Math.max(this.most, this.#ends.length);
    });
  };

  async end(error: Error | null = null): Promise<void> {
    this.#ends.shift()?.(error);
    await this.settle();
  }

  async settle(): Promise<void> {
    for (let i = 0; i < 10; i++) await Promise.resolve();
  }
}

test('begins with one, lets more run the more come through, and fewer where they lose', async () => {
  const slots = new WriteSlots(manualRuntime(), 3);
  const work = new Work();
  const all = Array.from({ length: 200 }, () => slots.run(work.run, hasLost).catch(() => null));
  await work.settle();
  assert.equal(work.started, 1);
  for (let i = 0; i < 10; i++) await work.end();
  assert.equal(work.most, 1);
  for (let i = 0; i < 60; i++) await work.end();
  assert.equal(work.most, 3);
  for (let i = 0; i < 10; i++) await work.end(new Lost());
  work.most = 0;
  await work.end(new Lost());
  const before = work.started;
  await work.end();
  assert.deepEqual([work.most <= 1, work.started], [true, before + 1]);
  while (work.started < 200) await work.end();
  await work.end();
  await work.end();
  await work.end();
  await Promise.all(all);
});

test('other errors change nothing, and give the slot back', async () => {
  const slots = new WriteSlots(manualRuntime(), 2);
  for (let i = 0; i < 5; i++) {
    await assert.rejects(
      slots.run(() => Promise.reject(new TypeError('a mistake')), hasLost),
      TypeError,
    );
  }
  assert.equal(await slots.run(async () => 'fine', hasLost), 'fine');
});

test('who waits too long is told so', async () => {
  const runtime = manualRuntime();
  const slots = new WriteSlots(runtime, 2);
  const work = new Work();
  const running = slots.run(work.run, hasLost);
  const waiting = slots.run(work.run, hasLost);
  const refused = assert.rejects(waiting, withCode('DATABASE_BUSY', { attempts: 0 }));
  runtime.advance(limits.databaseTurnMs);
  await refused;
  await work.end();
  await running;
  assert.equal(work.started, 1);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Slots } from '../../src/worker/slots.ts';
import { withCode } from '../store/helpers.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('as many slots as there are, and no more', () => {
  const slots = new Slots(2, 10);
  const first = slots.tryTake();
  assert.ok(first && slots.tryTake());
  assert.equal(slots.tryTake(), null);
  first.release();
  assert.ok(slots.tryTake());
  assert.equal(slots.tryTake(), null);
});

test('who waits outside gives its slot, and has one again before it goes on; it comes before new ones', async () => {
  const slots = new Slots(1, 10);
  const first = slots.tryTake();
  assert.ok(first);
  let come: () => void = () => {};
  let back = false;
  const outside = first
    .suspendDuring(() => new Promise<void>((resolve) => (come = resolve)))
    .then(() => {
      back = true;
    });
  const second = slots.tryTake();
  assert.ok(second);
  come();
  await turn();
  assert.equal(back, false);
  second.release();
  await outside;
  assert.equal(slots.tryTake(), null);
  first.release();
  assert.ok(slots.tryTake());
});

test('several waits of one job give one slot', async () => {
  const slots = new Slots(1, 10);
  const slot = slots.tryTake();
  assert.ok(slot);
  const ends: (() => void)[] = [];
  const wait = (): Promise<void> => slot.suspendDuring(() => new Promise((resolve) => ends.push(resolve)));
  const all = [wait(), wait()];
  const other = slots.tryTake();
  assert.ok(other);
  assert.equal(slots.tryTake(), null);
  other.release();
  for (const end of ends) end();
  await Promise.all(all);
  assert.equal(slots.tryTake(), null);
  slot.release();
  assert.ok(slots.tryTake());
});

test('so many may wait outside, no more', async () => {
  const slots = new Slots(2, 1);
  const [first, second] = [slots.tryTake(), slots.tryTake()];
  assert.ok(first && second);
  const outside = first.suspendDuring(turn);
  await assert.rejects(second.suspendDuring(turn), withCode('OVERLOADED'));
  await outside;
  first.release();
  second.release();
  assert.ok(slots.tryTake() && slots.tryTake());
});

test('when the worker ends nobody waits for a slot', async () => {
  const slots = new Slots(1, 10);
  const first = slots.tryTake();
  assert.ok(first);
  const outside = first.suspendDuring(turn);
  assert.ok(slots.tryTake());
  await turn();
  slots.open();
  await outside;
});

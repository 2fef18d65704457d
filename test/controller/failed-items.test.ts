import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FailedItems } from '../../src/controller/failed-items.ts';
import type { WorkItem } from '../../src/controller/work-list.ts';
import { limits } from '../../src/kernel/limits.ts';
import { manualRuntime } from '../support/manual-runtime.ts';

const { controllerRetryFirstMs: firstMs } = limits;
const item: WorkItem = { kind: 'resource', path: 'part:a' };

function failedItems() {
  const runtime = manualRuntime();
  const again: WorkItem[] = [];
  return { runtime, again, failed: new FailedItems(runtime, (one) => again.push(one)) };
}

test('what could not be looked at is tried again, slower each time, and counted', () => {
  const { runtime, again, failed } = failedItems();
  assert.deepEqual(failed.add(item), { tries: 1, pauseMs: firstMs });
  runtime.advance(firstMs - 1);
  assert.deepEqual(again, []);
  runtime.advance(1);
  assert.deepEqual(again, [item]);
  assert.deepEqual(failed.add(item), { tries: 2, pauseMs: 2 * firstMs });
  runtime.advance(2 * firstMs);
  assert.deepEqual(again, [item, item]);
});

test('one that fails again before its time waits for one time alone', () => {
  const { runtime, again, failed } = failedItems();
  failed.add(item);
  failed.add(item);
  runtime.advance(2 * firstMs);
  assert.deepEqual(again, [item]);
});

test('one that went through begins anew, and others have counts of their own', () => {
  const { runtime, again, failed } = failedItems();
  const other: WorkItem = { kind: 'sweep', jobId: 'j' };
  failed.add(item);
  failed.remove(item);
  runtime.advance(firstMs);
  assert.deepEqual(again, []);
  assert.equal(failed.add(item).tries, 1);
  assert.equal(failed.add(other).tries, 1);
});

test('nothing is tried again after the end', () => {
  const { runtime, again, failed } = failedItems();
  failed.add(item);
  failed.close();
  runtime.advance(10 * firstMs);
  assert.deepEqual(again, []);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Backoff } from '../../src/kernel/backoff.ts';
import { errorCatalogue } from '../../src/kernel/error-catalogue.ts';
import { isRetryable, kamadoError } from '../../src/kernel/errors.ts';
import { manualRuntime } from '../support/manual-runtime.ts';

test('pauses double up to the longest, and begin anew after a reset', () => {
  const pauses = new Backoff({ firstMs: 10, longestMs: 60 });
  assert.deepEqual(
    [pauses.nextMs(), pauses.nextMs(), pauses.nextMs(), pauses.nextMs(), pauses.nextMs()],
    [10, 20, 40, 60, 60],
  );
  for (let i = 0; i < 2_000; i++) pauses.nextMs();
  assert.equal(pauses.nextMs(), 60, 'however many there were');
  pauses.reset();
  assert.equal(pauses.nextMs(), 10);
});

test('with jitter, up to a half is taken off', () => {
  const jitter = { ...manualRuntime(), randomInteger: (below: number) => below - 1 };
  const pauses = new Backoff({ firstMs: 10, longestMs: 60, jitter });
  assert.deepEqual([pauses.nextMs(), pauses.nextMs()], [6, 11]);
});

test('the catalogue says which errors may pass by themselves', () => {
  const entries: readonly [string, { readonly status: number; readonly retryable?: boolean }][] =
    Object.entries(errorCatalogue);
  const retryable = entries.filter(([, entry]) => entry.retryable === true).map(([code]) => code);
  assert.deepEqual(retryable.toSorted(), [
    'DATABASE_BUSY',
    'DATABASE_UNAVAILABLE',
    'OVERLOADED',
    'SHUTTING_DOWN',
    'STACK_SERVER_ERROR',
    'STACK_UNAVAILABLE',
    'STORAGE_FULL',
    'STORE_REFUSED',
    'STORE_UNAVAILABLE',
  ]);
  assert.equal(isRetryable(kamadoError('STORE_UNAVAILABLE', { reason: 'r' })), true);
  assert.equal(isRetryable(kamadoError('USAGE', { reason: 'r' })), false);
  assert.equal(isRetryable(new Error('x')), false);
});

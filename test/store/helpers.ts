import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import type { ErrorCode } from '../../src/kernel/error-catalogue.ts';
import { isKamadoError } from '../../src/kernel/errors.ts';
import type { KeyRange, Operation, Store, StoreEvent, Watcher } from '../../src/store/store.ts';

const PATIENCE_MS = 15_000;

/** Waits until the condition holds, and fails where it doesn't in time. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!condition()) {
    assert.ok(performance.now() < deadline, `not in time: ${what}`);
    await pause(5);
  }
}

/** A watcher that remembers what it is told. */
export class Recorder implements Watcher {
  readonly calls: { readonly revision: number; readonly events: readonly StoreEvent[] }[] = [];
  readonly compacted: number[] = [];

  readonly onEvents = (events: readonly StoreEvent[], revision: number) => {
    this.calls.push({ revision, events });
  };

  readonly onCompacted = (compactRevision: number) => {
    this.compacted.push(compactRevision);
  };

  get revisions(): number[] {
    return this.calls.map((call) => call.revision);
  }

  /** 'put key=value' and 'delete key', in order. */
  get lines(): string[] {
    return this.calls.flatMap(({ events }) =>
      events.map((event) =>
        event.type === 'put' ? `put ${event.entry.key}=${event.entry.value}` : `delete ${event.key}`,
      ),
    );
  }

  async seen(revision: number): Promise<void> {
    await until(() => (this.calls.at(-1)?.revision ?? 0) >= revision, `events of revision ${revision}`);
  }
}

export const put = (key: string, value = '', lease?: string): Operation =>
  lease === undefined ? { type: 'put', key, value } : { type: 'put', key, value, lease };
export const remove = (from: string, to?: string): Operation => ({ type: 'delete', range: range(from, to) });
export const get = (from: string, to?: string): Operation => ({ type: 'get', range: range(from, to) });
export const range = (from: string, to?: string): KeyRange => (to === undefined ? { from } : { from, to });

/** Does the operations without a condition and returns their revision. */
export async function write(store: Store, ...success: Operation[]): Promise<number> {
  return (await store.transact({ success })).revision;
}

/** What a key holds, or undefined. */
export async function textOf(store: Store, key: string): Promise<string | undefined> {
  return (await store.get({ from: key })).entries[0]?.value;
}

export async function revisionOf(store: Store): Promise<number> {
  return (await store.get({ from: '/' })).revision;
}

/** For assert.rejects and assert.throws. */
export const withCode = (code: ErrorCode) => (error: unknown) => {
  assert.ok(isKamadoError(error), `not an error of the catalogue: ${String(error)}`);
  assert.equal(error.code, code, error.message);
  return true;
};

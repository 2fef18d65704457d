import { systemRuntime } from '../../src/app/process/system-runtime.ts';
import type { Runtime, Timer } from '../../src/kernel/runtime.ts';

/** A runtime whose clock moves only when it is told to. */
export interface ManualRuntime extends Runtime {
  /** Moves the clock, and runs what was due, in order of time. */
  readonly advance: (ms: number) => void;
  /** How many timers are pending. */
  readonly timers: () => number;
}

export function manualRuntime(): ManualRuntime {
  const pending = new Map<Timer, { readonly dueMs: number; readonly task: () => void }>();
  let now = 0;
  const nextDue = (byMs: number) =>
    [...pending].filter(([, { dueMs }]) => dueMs <= byMs).sort(([, a], [, b]) => a.dueMs - b.dueMs)[0];
  return {
    nowMs: () => 1_000_000 + now,
    monotonicMs: () => now,
    after: (delayMs, task) => {
      const timer: Timer = { cancel: () => pending.delete(timer) };
      pending.set(timer, { dueMs: now + delayMs, task });
      return timer;
    },
    nextTurn: systemRuntime.nextTurn,
    randomInteger: systemRuntime.randomInteger,
    uuid: systemRuntime.uuid,
    advance: (ms) => {
      const end = now + ms;
      for (let due = nextDue(end); due !== undefined; due = nextDue(end)) {
        const [timer, { dueMs, task }] = due;
        pending.delete(timer);
        now = dueMs;
        task();
      }
      now = end;
    },
    timers: () => pending.size,
  };
}

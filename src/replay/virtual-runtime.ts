import type { Runtime, Timer } from '../kernel/index.ts';

/** A runtime whose clock is advanced explicitly. */
export interface VirtualRuntime extends Runtime {
  /** Advances the clock to a time, unless it is past it already, and runs the timers that are due. */
  readonly at: (timeMs: number) => void;
  /** Advances the clock to the next timer, and runs it; false if there is none. */
  readonly next: () => boolean;
}

interface Waiting {
  readonly dueMs: number;
  readonly task: () => void;
}

/**
 * A deterministic runtime: only `at` and `next` advance the clock, turns follow at once, and the random numbers come
 * from a fixed sequence.
 */
export function virtualRuntime(): VirtualRuntime {
  let nowMs = 0;
  let random = 1;
  let ids = 0;
  const timers = new Map<Timer, Waiting>();
  const run = (timer: Timer, { dueMs, task }: Waiting): void => {
    timers.delete(timer);
    nowMs = Math.max(nowMs, dueMs);
    task();
  };
  return {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    after: (delayMs, task) => {
      const timer: Timer = { cancel: () => timers.delete(timer) };
      timers.set(timer, { dueMs: nowMs + delayMs, task });
      return timer;
    },
    nextTurn: (task) => void Promise.resolve().then(task),
    randomInteger: (below) => {
      // Lehmer's generator (Park, Miller 1988): its product stays below 2^53.
      random = (random * 48_271) % 2_147_483_647;
      return random % below;
    },
    uuid: () => `00000000-0000-4000-8000-${String(++ids).padStart(12, '0')}`,
    at: (timeMs) => {
      nowMs = Math.max(nowMs, timeMs);
      for (const [timer, waiting] of timers) {
        if (waiting.dueMs <= nowMs) run(timer, waiting);
      }
    },
    next: () => {
      let first: readonly [Timer, Waiting] | null = null;
      for (const entry of timers) {
        if (first === null || entry[1].dueMs < first[1].dueMs) first = entry;
      }
      if (first !== null) run(...first);
      return first !== null;
    },
  };
}

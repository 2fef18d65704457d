import type { Runtime, Timer } from '../kernel/runtime.ts';

/**
 * A runtime in which nothing is left to chance: the clock stands where `at` puts it, turns follow at once, the random
 * numbers are those of a fixed sequence. Timers run when the clock is put past them.
 */
export function virtualRuntime(): Runtime & { readonly at: (timeMs: number) => void } {
  let nowMs = 0;
  let random = 1;
  let ids = 0;
  const timers = new Map<Timer, { readonly dueMs: number; readonly task: () => void }>();
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
      for (const [timer, { dueMs, task }] of timers) {
        if (dueMs > nowMs) continue;
        timers.delete(timer);
        task();
      }
    },
  };
}

import { randomInt, randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import type { Runtime } from '../../kernel/index.ts';

/** The runtime of a real process: the machine's clock, timers and randomness. */
export const systemRuntime: Runtime = {
  nowMs: () => performance.timeOrigin + performance.now(),
  monotonicMs: () => performance.now(),
  after: (delayMs, task) => {
    const timer = setTimeout(task, delayMs);
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
  nextTurn: (task) => {
    setImmediate(task);
  },
  randomInteger: (below) => randomInt(below),
  uuid: () => randomUUID(),
};

import { systemRuntime } from '../../src/app/process/system-runtime.ts';
import type { Runtime } from '../../src/kernel/runtime.ts';

/** A runtime in which time passes so many times as fast: what takes minutes by its limits is over in a second. */
export function fastRuntime(factor: number): Runtime {
  const startMs = systemRuntime.nowMs();
  const passedMs = () => (systemRuntime.nowMs() - startMs) * factor;
  return {
    ...systemRuntime,
    nowMs: () => startMs + passedMs(),
    monotonicMs: passedMs,
    after: (delayMs, task) => systemRuntime.after(delayMs / factor, task),
  };
}

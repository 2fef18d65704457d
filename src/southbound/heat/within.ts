import { setMaxListeners } from 'node:events';
import type { Runtime } from '../../kernel/index.ts';

/** Returns a controller whose signal has as many listeners as there are pending calls. */
export function manyListened(): AbortController {
  const controller = new AbortController();
  // Node warns of a leak beyond ten listeners.
  setMaxListeners(0, controller.signal);
  return controller;
}

/**
 * Runs work with a signal of its own, which aborts with any of `signals` and when the time is up. Then it no longer
 * waits: the promise rejects with the error of `ended`, however the work reacts to its signal.
 */
export function within<Result>(
  runtime: Runtime,
  timeoutMs: number,
  signals: readonly AbortSignal[],
  ended: (reason: string) => Error,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const inner = new AbortController();
    const end = (reason: string) => {
      reject(ended(reason));
      inner.abort();
    };
    const cancel = () => end('the call was cancelled');
    if (signals.some((signal) => signal.aborted)) {
      cancel();
      return;
    }
    const timer = runtime.after(timeoutMs, () => end(`no answer within ${timeoutMs} ms`));
    for (const signal of signals) signal.addEventListener('abort', cancel, { once: true });
    const free = () => {
      timer.cancel();
      for (const signal of signals) signal.removeEventListener('abort', cancel);
    };
    work(inner.signal).then(resolve, reject).finally(free);
  });
}

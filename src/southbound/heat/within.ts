import { setMaxListeners } from 'node:events';
import type { Runtime } from '../../kernel/index.ts';

/** A controller whose signal as many calls listen to as are under way at once. */
export function manyListened(): AbortController {
  const controller = new AbortController();
  // Node takes more than ten for a leak.
  setMaxListeners(0, controller.signal);
  return controller;
}

/**
 * Work with a signal of its own, which aborts with any of `signals` and when the time is up. It isn't waited for any longer
 * then: the promise rejects with what `ended` gives, whatever the work makes of its signal.
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

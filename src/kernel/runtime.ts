/** A pending timer; `cancel` is harmless after it ran. */
export interface Timer {
  readonly cancel: () => void;
}

/**
 * All sources of nondeterminism: time, timers, randomness, ids and the order of turns. Components receive it as a
 * value, so that a simulator can drive the whole application from a seed.
 */
export interface Runtime {
  /** The wall clock in milliseconds since the epoch, with a fraction of a millisecond. */
  readonly nowMs: () => number;
  /** A clock that never goes back, in milliseconds, for durations. */
  readonly monotonicMs: () => number;
  /** Runs `task` once, after at least `delayMs`. The timer doesn't keep a process alive by itself. */
  readonly after: (delayMs: number, task: () => void) => Timer;
  /** Runs `task` in the next turn of the event loop, after the I/O of this one: group commits are based on it. */
  readonly nextTurn: (task: () => void) => void;
  /** A random integer in [0, below). */
  readonly randomInteger: (below: number) => number;
  /** A random UUID, version 4 (RFC 9562). */
  readonly uuid: () => string;
}

/** Resolves after `delayMs`, or at once when `signal` aborts (it doesn't reject: the caller checks the signal). */
export function sleep(runtime: Runtime, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) {
      resolve();
      return;
    }
    const wake = () => {
      timer.cancel();
      signal?.removeEventListener('abort', wake);
      resolve();
    };
    const timer = runtime.after(delayMs, wake);
    signal?.addEventListener('abort', wake, { once: true });
  });
}

/** Resolves in the next turn of the event loop, so that other pending work comes first. */
export function nextTurn(runtime: Runtime): Promise<void> {
  return new Promise((resolve) => runtime.nextTurn(resolve));
}

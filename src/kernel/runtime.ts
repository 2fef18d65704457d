/** A pending timer; `cancel` is harmless after it ran. */
export interface Timer {
  readonly cancel: () => void;
}

/**
 * Everything that makes a run differ from the next one: time, timers, randomness, ids and the order of turns.
 * Components take it as a value, so that one day a simulator can drive the whole house from a seed.
 */
export interface Runtime {
  /** Wall clock in milliseconds since the epoch, with a fraction of a millisecond. */
  readonly nowMs: () => number;
  /** A clock that never goes back, in milliseconds, for durations. */
  readonly monotonicMs: () => number;
  /** Runs `task` once, after at least `delayMs`. The timer doesn't keep a process alive by itself. */
  readonly after: (delayMs: number, task: () => void) => Timer;
  /** Runs `task` in the next turn of the event loop, after the I/O of this one: the beat of group commits. */
  readonly nextTurn: (task: () => void) => void;
  /** A random integer in [0, below). */
  readonly randomInteger: (below: number) => number;
  /** A random UUID, version 4 (RFC 9562). */
  readonly uuid: () => string;
}

/** Resolves after `delayMs`, or at once when `signal` aborts (it doesn't reject: the caller looks at the signal). */
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

/** Resolves in the next turn of the event loop: what others wait for comes first. */
export function nextTurn(runtime: Runtime): Promise<void> {
  return new Promise((resolve) => runtime.nextTurn(resolve));
}

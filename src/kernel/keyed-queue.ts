import { KeyedFifo } from './keyed-fifo.ts';
import type { Runtime, Timer } from './runtime.ts';

/**
 * A queue of keys. Each key is in it at most once, and is never processed twice at a time. The worker reads the current
 * data of a key when its turn comes, so that ten changes cost one read. A key that is pushed while it is processed
 * comes again.
 */
export class KeyedQueue {
  readonly #runtime: Runtime;
  readonly #concurrency: number;
  readonly #work: (key: string) => Promise<void>;
  readonly #onError: (key: string, error: unknown) => number | null;
  readonly #waiting = new KeyedFifo<true>();
  readonly #working = new Set<string>();
  readonly #again = new Set<string>();
  readonly #retries = new Set<Timer>();
  #closed = false;
  #idle: (() => void) | null = null;

  /**
   * @param options.onError decides about a key whose processing failed: milliseconds until it is tried again, or null
   * for never
   */
  constructor(options: {
    readonly runtime: Runtime;
    readonly concurrency: number;
    readonly work: (key: string) => Promise<void>;
    readonly onError: (key: string, error: unknown) => number | null;
  }) {
    this.#runtime = options.runtime;
    this.#concurrency = options.concurrency;
    this.#work = options.work;
    this.#onError = options.onError;
  }

  push(key: string): void {
    if (this.#closed) return;
    if (this.#working.has(key)) this.#again.add(key);
    else this.#waiting.set(key, true);
    this.#fill();
  }

  /** Drops waiting keys, and resolves when none is being processed. */
  close(): Promise<void> {
    this.#closed = true;
    this.#waiting.clear();
    this.#again.clear();
    for (const timer of this.#retries) timer.cancel();
    this.#retries.clear();
    if (this.#working.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#idle = resolve;
    });
  }

  #fill(): void {
    while (this.#working.size < this.#concurrency) {
      const first = this.#waiting.shift();
      if (first === undefined) return;
      const [key] = first;
      this.#working.add(key);
      void this.#run(key);
    }
  }

  async #run(key: string): Promise<void> {
    try {
      await this.#work(key);
    } catch (error) {
      const delayMs = this.#onError(key, error);
      if (delayMs !== null) this.#retry(key, delayMs);
    }
    this.#working.delete(key);
    if (this.#again.delete(key)) this.push(key);
    this.#fill();
    if (this.#working.size === 0) this.#idle?.();
  }

  #retry(key: string, delayMs: number): void {
    if (this.#closed) return;
    const timer = this.#runtime.after(delayMs, () => {
      this.#retries.delete(timer);
      this.push(key);
    });
    this.#retries.add(timer);
  }
}

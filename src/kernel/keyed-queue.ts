import type { Runtime } from './runtime.ts';

/**
 * A queue of keys, each at most once in it and never worked on twice at a time: the worker reads what is true of a key
 * when its turn comes, so that ten changes cost one look. A key that is pushed while it is worked on comes again.
 */
export class KeyedQueue {
  readonly #runtime: Runtime;
  readonly #concurrency: number;
  readonly #work: (key: string) => Promise<void>;
  readonly #onError: (key: string, error: unknown) => number | null;
  readonly #waiting = new Set<string>();
  readonly #working = new Set<string>();
  readonly #again = new Set<string>();
  #closed = false;
  #idle: (() => void) | null = null;

  /**
   * @param options.onError decides about a key whose work threw: milliseconds until it is tried again, or null for never
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
    else this.#waiting.add(key);
    this.#fill();
  }

  /** Forgets what waits, and resolves when nothing is worked on. */
  close(): Promise<void> {
    this.#closed = true;
    this.#waiting.clear();
    this.#again.clear();
    if (this.#working.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#idle = resolve;
    });
  }

  #fill(): void {
    for (const key of this.#waiting) {
      if (this.#working.size >= this.#concurrency) return;
      this.#waiting.delete(key);
      this.#working.add(key);
      void this.#run(key);
    }
  }

  async #run(key: string): Promise<void> {
    try {
      await this.#work(key);
    } catch (error) {
      const delayMs = this.#onError(key, error);
      if (delayMs !== null) this.#runtime.after(delayMs, () => this.push(key));
    }
    this.#working.delete(key);
    if (this.#again.delete(key)) this.push(key);
    this.#fill();
    if (this.#working.size === 0) this.#idle?.();
  }
}

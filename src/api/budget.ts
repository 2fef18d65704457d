import { type KamadoError, kamadoError, type Runtime, type Timer } from '../kernel/index.ts';

export interface BudgetOptions {
  /** The name of the counted memory, for the error: 'the memory of answers'. */
  readonly name: string;
  readonly bytes: number;
  /** The time that a request waits for its share before it is refused. */
  readonly waitMs: number;
}

interface Waiting {
  readonly bytes: number;
  readonly admit: () => void;
  readonly timer: Timer;
}

/** Bytes that requests share. Shares are given in the order of the requests, so that none starves. */
export class Budget {
  readonly #runtime: Runtime;
  readonly #options: BudgetOptions;
  readonly #waiting = new Set<Waiting>();
  #free: number;

  constructor(runtime: Runtime, options: BudgetOptions) {
    this.#runtime = runtime;
    this.#options = options;
    this.#free = options.bytes;
  }

  /** The sum of the shares given out, in bytes. */
  get used(): number {
    return this.#options.bytes - this.#free;
  }

  /**
   * Calls `done` with null as soon as the bytes fit, and counts them; or with OVERLOADED after the time that a request
   * waits. A share that is larger than the whole budget is admitted alone. Returns a function that ends the wait
   * without a call.
   */
  take(bytes: number, done: (error: KamadoError | null) => void): () => void {
    const share = Math.min(bytes, this.#options.bytes);
    if (this.#waiting.size === 0 && share <= this.#free) {
      this.#free -= share;
      done(null);
      return () => {};
    }
    const leave = (): void => {
      this.#waiting.delete(waiting);
      waiting.timer.cancel();
    };
    const refuse = (): void => {
      leave();
      done(kamadoError('OVERLOADED', { queue: this.#options.name, limit: `${this.#options.bytes} bytes` }));
      this.#admit();
    };
    const admit = (): void => {
      leave();
      done(null);
    };
    const waiting: Waiting = { bytes: share, admit, timer: this.#runtime.after(this.#options.waitMs, refuse) };
    this.#waiting.add(waiting);
    return () => {
      if (!this.#waiting.has(waiting)) return;
      leave();
      this.#admit();
    };
  }

  /** Changes a share to its real size; 0 returns it. The new size may exceed the budget. */
  change(taken: number, bytes: number): void {
    this.#free += Math.min(taken, this.#options.bytes) - Math.min(bytes, this.#options.bytes);
    this.#admit();
  }

  #admit(): void {
    for (const waiting of this.#waiting) {
      if (waiting.bytes > this.#free) return;
      this.#free -= waiting.bytes;
      waiting.admit();
    }
  }
}

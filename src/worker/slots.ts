import { kamadoError } from '../kernel/index.ts';

/** A number of slots, given in the order of the requests. */
export class Slots {
  #free: number;
  #suspended = 0;
  readonly #largestSuspended: number;
  readonly #waiting: (() => void)[] = [];
  #open = false;

  constructor(count: number, largestSuspended: number) {
    this.#free = count;
    this.#largestSuspended = largestSuspended;
  }

  /** Takes a slot, or null if none is free. */
  tryTake(): Slot | null {
    if (this.#free === 0 || this.#waiting.length > 0) return null;
    this.#free--;
    return new Slot({ suspend: () => this.#suspend(), resume: () => this.#resume(), release: () => this.#release() });
  }

  /** Grants a slot to every waiting job from now on: the worker ends, and so must the jobs. */
  open(): void {
    this.#open = true;
    for (const resume of this.#waiting.splice(0)) resume();
  }

  #release(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free++;
    else next();
  }

  #suspend(): void {
    if (this.#suspended >= this.#largestSuspended) {
      throw kamadoError('OVERLOADED', { queue: 'the jobs that wait without a slot', limit: this.#largestSuspended });
    }
    this.#suspended++;
    this.#release();
  }

  async #resume(): Promise<void> {
    this.#suspended--;
    if (this.#open) return;
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}

/** A slot that one job holds, except while the job only waits. */
export class Slot {
  readonly #owner: {
    readonly suspend: () => void;
    readonly resume: () => Promise<void>;
    readonly release: () => void;
  };
  #waits = 0;

  constructor(owner: {
    readonly suspend: () => void;
    readonly resume: () => Promise<void>;
    readonly release: () => void;
  }) {
    this.#owner = owner;
  }

  /**
   * Waits without the slot, and has a slot again when it resolves. A job may wait for several things at a time.
   * @throws OVERLOADED if too many jobs wait already
   */
  async suspendDuring<Result>(wait: () => Promise<Result>): Promise<Result> {
    if (this.#waits === 0) this.#owner.suspend();
    this.#waits++;
    try {
      return await wait();
    } finally {
      this.#waits--;
      if (this.#waits === 0) await this.#owner.resume();
    }
  }

  /** Returns the job's slot. */
  release(): void {
    this.#owner.release();
  }
}

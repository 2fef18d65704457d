import { kamadoError } from '../kernel/index.ts';

/** A number of slots, given in the order in which they were asked for. */
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
    return new Slot({ suspend: () => this.#suspend(), unpark: () => this.#unpark(), give: () => this.#give() });
  }

  /** Lets everybody pass from now on: the worker ends, and what waits for a slot is to end too. */
  open(): void {
    this.#open = true;
    for (const pass of this.#waiting.splice(0)) pass();
  }

  #give(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free++;
    else next();
  }

  #suspend(): void {
    if (this.#suspended >= this.#largestSuspended) {
      throw kamadoError('OVERLOADED', { queue: 'the jobs that wait without a slot', limit: this.#largestSuspended });
    }
    this.#suspended++;
    this.#give();
  }

  async #unpark(): Promise<void> {
    this.#suspended--;
    if (this.#open) return;
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}

/** A slot that is held by one job, except while all that the job does is to wait. */
export class Slot {
  readonly #doors: {
    readonly suspend: () => void;
    readonly unpark: () => Promise<void>;
    readonly give: () => void;
  };
  #waits = 0;

  constructor(doors: {
    readonly suspend: () => void;
    readonly unpark: () => Promise<void>;
    readonly give: () => void;
  }) {
    this.#doors = doors;
  }

  /**
   * Waits without the slot, and has one again when it resolves. A job may wait for several things at a time.
   * @throws OVERLOADED if too many jobs wait already
   */
  async outside<Result>(wait: () => Promise<Result>): Promise<Result> {
    if (this.#waits === 0) this.#doors.suspend();
    this.#waits++;
    try {
      return await wait();
    } finally {
      this.#waits--;
      if (this.#waits === 0) await this.#doors.unpark();
    }
  }

  /** Ends the job's hold of the slot. */
  give(): void {
    this.#doors.give();
  }
}

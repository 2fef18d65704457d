import { kamadoError, limits, type Runtime } from '../kernel/index.ts';

/**
 * The step of the number of slots: one down for a transaction that loses a conflict, this much up for one that
 * succeeds. So about one in twenty loses.
 */
const RECOVERY = 0.05;

/**
 * Limits how many serializable transactions run at a time, so that they rarely conflict: the number follows the outcome
 * of earlier ones. The others wait in order.
 */
export class WriteSlots {
  readonly #runtime: Runtime;
  readonly #most: number;
  readonly #waiting = new Set<() => void>();
  /** It begins with one, and grows as long as transactions succeed. */
  #slots = 1;
  #running = 0;

  constructor(runtime: Runtime, most: number) {
    this.#runtime = runtime;
    this.#most = most;
  }

  /** Runs an attempt of a transaction in its turn. `hasLost` tells from the error whether it lost a conflict. */
  async run<Result>(work: () => Promise<Result>, hasLost: (error: unknown) => boolean): Promise<Result> {
    await this.#enter();
    try {
      const result = await work();
      this.#slots = Math.min(this.#most, this.#slots + RECOVERY);
      return result;
    } catch (error) {
      if (hasLost(error)) this.#slots = Math.max(1, this.#slots - 1);
      throw error;
    } finally {
      this.#running--;
      this.#admit();
    }
  }

  /** Waits for a slot. @throws OVERLOADED, DATABASE_BUSY if no slot becomes free in time */
  async #enter(): Promise<void> {
    if (this.#waiting.size >= limits.databaseQueueTransactions) {
      throw kamadoError('OVERLOADED', { queue: 'the database', limit: limits.databaseQueueTransactions });
    }
    await new Promise<void>((resolve, reject) => {
      const begin = (): void => {
        timer.cancel();
        resolve();
      };
      const timer = this.#runtime.after(limits.databaseTurnMs, () => {
        this.#waiting.delete(begin);
        reject(kamadoError('DATABASE_BUSY', { attempts: 0 }));
      });
      this.#waiting.add(begin);
      this.#admit();
    });
  }

  #admit(): void {
    for (const begin of this.#waiting) {
      if (this.#running >= Math.floor(this.#slots)) return;
      this.#waiting.delete(begin);
      this.#running++;
      begin();
    }
  }
}

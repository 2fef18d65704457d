import { limits, warnUnlessFull } from '../kernel/index.ts';
import type { Cursor } from './cursor.ts';
import type { SyncContext } from './sync-context.ts';

/**
 * Mirrored events that are still in the queue. The cursor names them, so that they are not written twice, whenever the
 * process ends. They are removed in the background, and mirroring waits for that only if they are many.
 */
export class DoneEvents {
  readonly #context: SyncContext;
  #ids: readonly number[];
  #sequence: number;
  #removing: Promise<void> | null = null;

  constructor(context: SyncContext, { events, sequence }: Cursor) {
    this.#context = context;
    this.#ids = events;
    this.#sequence = sequence;
    this.#remove();
  }

  get ids(): readonly number[] {
    return this.#ids;
  }

  /**
   * Adds mirrored events; `sequence` counts all mirrored events. Resolves at once, or when their number is small again.
   */
  async add(ids: readonly number[], sequence: number): Promise<void> {
    this.#ids = [...this.#ids, ...ids];
    this.#sequence = sequence;
    this.#remove();
    if (this.#ids.length > limits.eventBatchRows) await this.#removing;
  }

  #remove(): void {
    if (this.#removing !== null || this.#ids.length === 0) return;
    const { database, log } = this.#context;
    const removed = new Set(this.#ids);
    this.#removing = database
      .removeEvents([...removed], this.#sequence)
      .then(() => {
        this.#ids = this.#ids.filter((id) => !removed.has(id));
        this.#removing = null;
        this.#remove();
      })
      .catch((error: unknown) => {
        // Their removal is tried again with the next ones.
        this.#removing = null;
        warnUnlessFull(log, error, {}, 'Mirrored events could not be removed yet.');
      });
  }
}

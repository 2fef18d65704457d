import { Backoff, limits, type Runtime, type Timer } from '../kernel/index.ts';
import { itemKey, type WorkItem } from './work-list.ts';

interface FailedItem {
  tries: number;
  readonly pauses: Backoff;
  timer: Timer;
}

/** Items that could not be reconciled. Each is tried again, with growing pauses, until it succeeds. */
export class FailedItems {
  readonly #runtime: Runtime;
  readonly #again: (item: WorkItem) => void;
  readonly #failed = new Map<string, FailedItem>();

  /** @param again puts an item back on the list of work */
  constructor(runtime: Runtime, again: (item: WorkItem) => void) {
    this.#runtime = runtime;
    this.#again = again;
  }

  /** Records a failure; returns the number of failures in a row, and the pause before the next try. */
  add(item: WorkItem): { readonly tries: number; readonly pauseMs: number } {
    const key = itemKey(item);
    const known = this.#failed.get(key);
    known?.timer.cancel();
    const { controllerRetryFirstMs: firstMs, controllerRetryLongestMs: longestMs } = limits;
    const pauses = known?.pauses ?? new Backoff({ firstMs, longestMs });
    const tries = (known?.tries ?? 0) + 1;
    const pauseMs = pauses.nextMs();
    this.#failed.set(key, { tries, pauses, timer: this.#runtime.after(pauseMs, () => this.#again(item)) });
    return { tries, pauseMs };
  }

  /** Forgets the failures of an item that succeeded. */
  remove(item: WorkItem): void {
    const key = itemKey(item);
    this.#failed.get(key)?.timer.cancel();
    this.#failed.delete(key);
  }

  close(): void {
    for (const { timer } of this.#failed.values()) timer.cancel();
    this.#failed.clear();
  }
}

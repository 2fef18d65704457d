import { KeyedFifo } from '../kernel/keyed-fifo.ts';

/** Something to look at: a resource, or a job for one of the reasons for which jobs move. */
export type WorkItem =
  | { readonly kind: 'resource'; readonly path: string }
  | { readonly kind: 'finished' | 'promote' | 'putBack' | 'sweep'; readonly jobId: string };

/** What is to be looked at, each thing once, in the order in which it came. */
export class WorkList {
  readonly #items = new KeyedFifo<WorkItem>();
  readonly #first: WorkItem[] = [];
  #wake: (() => void) | null = null;

  get isEmpty(): boolean {
    return this.#items.size === 0 && this.#first.length === 0;
  }

  push(item: WorkItem): void {
    const key = `${item.kind} ${item.kind === 'resource' ? item.path : item.jobId}`;
    if (!this.#items.has(key)) this.#items.set(key, item);
    this.#wake?.();
  }

  /** Puts an item that was taken out back in front of all others. */
  putFirst(item: WorkItem): void {
    this.#first.push(item);
    this.#wake?.();
  }

  /** Takes the first item out. */
  shift(): WorkItem | undefined {
    const front = this.#first.pop();
    if (front !== undefined) return front;
    return this.#items.shift()?.[1];
  }

  /** Resolves when there is something, or when `signal` aborts. */
  wait(signal: AbortSignal): Promise<void> {
    if (!this.isEmpty || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        this.#wake = null;
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.#wake = done;
      signal.addEventListener('abort', done, { once: true });
    });
  }
}

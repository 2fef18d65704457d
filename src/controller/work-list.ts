import { KeyedFifo } from '../kernel/index.ts';

/** An item to reconcile: a resource, or a job with the reason why it may move. */
export type WorkItem =
  | { readonly kind: 'resource'; readonly path: string }
  | { readonly kind: 'finished' | 'promote' | 'putBack' | 'sweep'; readonly jobId: string }
  /** An operator's request about a job, by its key. */
  | { readonly kind: 'request'; readonly key: string }
  /** All jobs that lost a worker, together. */
  | { readonly kind: 'suspects' };

/** The items to reconcile, each once, in the order of arrival. */
export class WorkList {
  readonly #items = new KeyedFifo<WorkItem>();
  readonly #first: WorkItem[] = [];
  #wake: (() => void) | null = null;

  get isEmpty(): boolean {
    return this.#items.size === 0 && this.#first.length === 0;
  }

  push(item: WorkItem): void {
    const key = itemKey(item);
    if (!this.#items.has(key)) this.#items.set(key, item);
    this.#wake?.();
  }

  /** Puts a removed item back to the front. */
  putFirst(item: WorkItem): void {
    this.#first.push(item);
    this.#wake?.();
  }

  /** Removes and returns the first item. */
  shift(): WorkItem | undefined {
    const front = this.#first.pop();
    if (front !== undefined) return front;
    return this.#items.shift()?.[1];
  }

  /** Resolves when there is an item, or when `signal` aborts. */
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

/** The key of an item: the list holds items with equal keys once. */
export function itemKey(item: WorkItem): string {
  switch (item.kind) {
    case 'resource':
      return `resource ${item.path}`;
    case 'request':
      return `request ${item.key}`;
    case 'suspects':
      return 'suspects';
    case 'finished':
    case 'promote':
    case 'putBack':
    case 'sweep':
      return `${item.kind} ${item.jobId}`;
  }
}

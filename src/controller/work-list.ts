import { KeyedFifo } from '../kernel/index.ts';

/** Something to look at: a resource, or a job for one of the reasons for which jobs move. */
export type WorkItem =
  | { readonly kind: 'resource'; readonly path: string }
  | { readonly kind: 'finished' | 'promote' | 'putBack' | 'sweep'; readonly jobId: string }
  /** What an operator asks about a job; the key of the request. */
  | { readonly kind: 'request'; readonly key: string }
  /** The jobs that lost a worker, all together. */
  | { readonly kind: 'suspects' };

/** What is to be looked at, each thing once, in the order in which it came. */
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

/** The name of an item: things of the same name are looked at once. */
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

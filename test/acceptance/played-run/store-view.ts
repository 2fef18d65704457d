import { type GetResult, type Store, type StoreEvent, type Watch, withPrefix } from '../../../src/store/store.ts';

const LIMIT_MS = 30_000;

/** A write of a key; null: its deletion. */
export interface SeenWrite {
  readonly key: string;
  readonly value: string | null;
}

/** All that is in a store, kept up by watching it. The caller closes it. */
export class StoreView {
  /** What each key holds; null where it was removed meanwhile. */
  readonly values = new Map<string, string | null>();
  readonly #onWrite: (write: SeenWrite) => void;
  readonly #watch: Watch;
  #wake = (): void => {};

  /** `onWrite` hears of each key that is there, and then of each write that changes something. */
  static async open(store: Store, onWrite: (write: SeenWrite) => void = () => {}): Promise<StoreView> {
    return new StoreView(store, await store.get(withPrefix('/')), onWrite);
  }

  private constructor(store: Store, { entries, revision }: GetResult, onWrite: (write: SeenWrite) => void) {
    this.#onWrite = onWrite;
    for (const { key, value } of entries) this.#note({ key, value });
    this.#watch = store.watch(
      withPrefix('/'),
      { fromRevision: revision + 1 },
      {
        onEvents: (events) => {
          for (const event of events) this.#note(writeOf(event));
          this.#wake();
        },
        onCompacted: () => {
          throw new Error('the history of the store was forgotten');
        },
      },
    );
  }

  /** Resolves when something holds, which is asked again with each write; fails after a generous time. */
  async until(what: string, holds: () => boolean): Promise<void> {
    const endMs = performance.now() + LIMIT_MS;
    while (!holds()) {
      await new Promise<void>((resolve, reject) => {
        const late = (): void => reject(new Error(`not in ${LIMIT_MS} ms: ${what}`));
        const timer = setTimeout(late, endMs - performance.now());
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  close(): void {
    this.#watch.close();
  }

  #note(write: SeenWrite): void {
    if (this.values.get(write.key) === write.value) return;
    this.values.set(write.key, write.value);
    this.#onWrite(write);
  }
}

function writeOf(event: StoreEvent): SeenWrite {
  return event.type === 'put' ? event.entry : { key: event.key, value: null };
}

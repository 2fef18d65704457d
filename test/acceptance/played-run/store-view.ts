import { type Store, type StoreEvent, type Watch, withPrefix } from '../../../src/store/store.ts';

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
  #watch: Watch | null = null;
  #wake = (): void => {};

  /** `onWrite` hears of each key that is there, and then of each write. */
  static async open(store: Store, onWrite: (write: SeenWrite) => void = () => {}): Promise<StoreView> {
    const view = new StoreView(onWrite);
    const { entries, revision } = await store.get(withPrefix('/'));
    for (const { key, value } of entries) view.#note({ key, value });
    view.#watch = store.watch(
      withPrefix('/'),
      { fromRevision: revision + 1 },
      {
        onEvents: (events) => {
          for (const event of events) view.#note(writeOf(event));
          view.#wake();
        },
        onCompacted: () => {
          throw new Error('the history of the store was forgotten');
        },
      },
    );
    return view;
  }

  private constructor(onWrite: (write: SeenWrite) => void) {
    this.#onWrite = onWrite;
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
    this.#watch?.close();
  }

  #note(write: SeenWrite): void {
    this.values.set(write.key, write.value);
    this.#onWrite(write);
  }
}

function writeOf(event: StoreEvent): SeenWrite {
  return event.type === 'put' ? event.entry : { key: event.key, value: null };
}

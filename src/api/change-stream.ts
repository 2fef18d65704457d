import { limits } from '../kernel/index.ts';
import { keys } from '../records/index.ts';
import { type KeyRange, oneKey, type Store, type StoreEvent, type Watch } from '../store/index.ts';
import { bytesOf, type ChangeLines, lineOf } from './change-lines.ts';
import type { LineStream } from './line-stream.ts';

/** The changes that a reader asks for. */
export interface ChangeSource {
  readonly store: Store;
  readonly range: KeyRange;
  /** The first revision. */
  readonly fromRevision: number;
  /** Selects and masks the changes of a revision. Called in order, before any of them is rendered. */
  readonly visible: (events: readonly StoreEvent[]) => readonly StoreEvent[];
  /** Renders a change, the same for all readers. */
  readonly text: (event: StoreEvent) => string;
}

/** Missing history: it was compacted up to a revision, or the store has gone back to an earlier one. */
interface Gap {
  readonly revision: number;
  readonly rewound: boolean;
}

/**
 * Sends the changes of a store to one reader. Changes that are history at the start are read in slices, the next one
 * when the reader has taken the last. Later changes are sent as they come, and a reader that falls behind is cut off:
 * what it has received is complete up to some line.
 */
export class ChangeStream {
  readonly #source: ChangeSource;
  readonly #lines: ChangeLines;
  readonly #body: LineStream;
  #watch: Watch | null = null;
  /** The next revision to read. */
  #next: number;
  /** The store's revision when the history was read. */
  #historyRevision = 0;
  #read: StoreEvent[] = [];
  #readBytes = 0;
  #sending = false;
  /** The reason why the reader has to list again; null as long as no history is missing. */
  #gap: Gap | null = null;

  constructor(source: ChangeSource, lines: ChangeLines, body: LineStream) {
    this.#source = source;
    this.#lines = lines;
    this.#body = body;
    this.#next = source.fromRevision;
    body.once('close', () => this.#watch?.close());
  }

  /** Begins to read; called again after each slice of history. @throws the store's errors */
  async begin(): Promise<void> {
    const { store, range } = this.#source;
    this.#historyRevision = (await store.get(oneKey(keys.cluster), { keysOnly: true, limit: 1 })).revision;
    if (this.#body.destroyed) return;
    // A reader that asks for later revisions has seen them before the store went back: it would receive nothing for a
    // long time.
    if (this.#next > this.#historyRevision + 1) {
      this.#miss({ revision: this.#historyRevision, rewound: true });
      return;
    }
    this.#watch = store.watch(
      range,
      { fromRevision: this.#next },
      {
        onEvents: (events, revision) => this.#receive(events, revision),
        onCompacted: (revision) => this.#miss({ revision, rewound: false }),
        onRewound: (revision) => this.#miss({ revision, rewound: true }),
      },
    );
  }

  #miss(gap: Gap): void {
    this.#gap = gap;
    this.#continue();
  }

  #receive(events: readonly StoreEvent[], revision: number): void {
    this.#next = revision + 1;
    for (const event of this.#source.visible(events)) {
      this.#read.push(event);
      this.#readBytes += bytesOf(event);
    }
    if (revision > this.#historyRevision) this.#checkLag();
    else if (this.#readBytes >= limits.streamSliceBytes) {
      this.#watch?.close();
      this.#watch = null;
    }
    this.#continue();
  }

  /** Cuts off a reader that is too slow for the changes. */
  #checkLag(): void {
    if (this.#readBytes + this.#body.waitingBytes > limits.streamBufferBytes) this.#body.destroy();
  }

  #continue(): void {
    if (this.#sending) return;
    this.#sending = true;
    // The store is unavailable, or is closing: the reader asks again.
    this.#sendAll().catch(() => this.#body.destroy());
  }

  async #sendAll(): Promise<void> {
    while (this.#read.length > 0) {
      const events = this.#read;
      this.#read = [];
      for (const event of events) {
        const line = await this.#lines.of(event, this.#source.text);
        if (this.#body.destroyed) return;
        this.#readBytes -= bytesOf(event);
        this.#body.add(line);
      }
    }
    if (this.#gap !== null) {
      const { revision, rewound } = this.#gap;
      const line = { type: 'compacted', compactRevision: revision, ...(rewound && { rewound }) };
      this.#body.add(lineOf(JSON.stringify(line)));
      this.#body.finish();
      return;
    }
    if (this.#watch === null) {
      await this.#body.emptied();
      this.#sending = false;
      await this.begin();
    } else this.#sending = false;
  }
}

import { limits } from '../kernel/index.ts';
import { keys } from '../records/index.ts';
import { type KeyRange, oneKey, type Store, type StoreEvent, type Watch } from '../store/index.ts';
import { bytesOf, type ChangeLines, lineOf } from './change-lines.ts';
import type { LineStream } from './line-stream.ts';

/** Which changes a reader asks for. */
export interface ChangeSource {
  readonly store: Store;
  readonly range: KeyRange;
  /** The first revision. */
  readonly fromRevision: number;
  /** What is shown of the changes of a revision; called in order, before any of them is made into text. */
  readonly shown: (events: readonly StoreEvent[]) => readonly StoreEvent[];
  /** What is shown of a change, the same for all readers. */
  readonly text: (event: StoreEvent) => string;
}

/** History that is missing: it was compacted up to a revision, or the store has gone back to it. */
interface Gap {
  readonly revision: number;
  readonly rewound: boolean;
}

/**
 * Brings the changes of a store to one reader. What is history when it is read is read in slices, the next one when the
 * reader has taken the last; what comes after that is sent as it comes, and a reader that falls behind is cut off: what
 * it has is complete up to some line.
 */
export class ChangeStream {
  readonly #source: ChangeSource;
  readonly #lines: ChangeLines;
  readonly #body: LineStream;
  #watch: Watch | null = null;
  /** The next revision to read. */
  #next: number;
  /** Revisions up to this one were there when they were asked for. */
  #historyRevision = 0;
  #read: StoreEvent[] = [];
  #readBytes = 0;
  #sending = false;
  /** Why the reader has to list again; null as long as nothing is missing. */
  #gap: Gap | null = null;

  constructor(source: ChangeSource, lines: ChangeLines, body: LineStream) {
    this.#source = source;
    this.#lines = lines;
    this.#body = body;
    this.#next = source.fromRevision;
    body.once('close', () => this.#watch?.close());
  }

  /** Begins to read, again after a slice of history. @throws what the store throws */
  async begin(): Promise<void> {
    const { store, range } = this.#source;
    this.#historyRevision = (await store.get(oneKey(keys.cluster), { keysOnly: true, limit: 1 })).revision;
    if (this.#body.destroyed) return;
    // Who has seen later revisions has seen them before the store went back: nothing would be told for a long time.
    if (this.#next > this.#historyRevision + 1) {
      this.#miss({ revision: this.#historyRevision, rewound: true });
      return;
    }
    this.#watch = store.watch(
      range,
      { fromRevision: this.#next },
      {
        onEvents: (events, revision) => this.#take(events, revision),
        onCompacted: (revision) => this.#miss({ revision, rewound: false }),
        onRewound: (revision) => this.#miss({ revision, rewound: true }),
      },
    );
  }

  #miss(gap: Gap): void {
    this.#gap = gap;
    this.#goOn();
  }

  #take(events: readonly StoreEvent[], revision: number): void {
    this.#next = revision + 1;
    for (const event of this.#source.shown(events)) {
      this.#read.push(event);
      this.#readBytes += bytesOf(event);
    }
    if (revision > this.#historyRevision) this.#checkLag();
    else if (this.#readBytes >= limits.streamSliceBytes) {
      this.#watch?.close();
      this.#watch = null;
    }
    this.#goOn();
  }

  /** Cuts off a reader that is too slow for the changes. */
  #checkLag(): void {
    if (this.#readBytes + this.#body.waitingBytes > limits.streamBufferBytes) this.#body.destroy();
  }

  #goOn(): void {
    if (this.#sending) return;
    this.#sending = true;
    // The store is away, or ends: the reader asks again.
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

import { isKamadoError } from '../../src/kernel/errors.ts';
import type { KeyRange, StoreEvent, Watch, Watcher, WatchOptions } from '../../src/store/store.ts';
import type { LinkContext } from './link-context.ts';
import type { Random } from './random.ts';

/** The pause before a stream is opened again. */
const REOPEN_MS = 500;
/** How many deliveries can be told again. */
const REMEMBERED = 12;

interface Delivery {
  readonly events: readonly StoreEvent[];
  readonly revision: number;
}

/**
 * A watch over streams that break, and are opened again where the last one ended. Deliveries take their time, but keep
 * their order; after a new stream was opened, what was told last may be told again.
 */
export class LinkWatch implements Watch {
  readonly #context: LinkContext;
  readonly #random: Random;
  readonly #range: KeyRange;
  readonly #watcher: Watcher;
  readonly #told: Delivery[] = [];
  #next: number;
  /** Which of the store's histories it tells of. */
  readonly #history: number;
  /** The stream in use; the deliveries of earlier ones are lost. */
  #stream = 0;
  /** How much later everything comes. */
  readonly #lagMs: number;
  #lastDueMs = 0;
  #endStream: () => void = () => {};
  #closed = false;

  constructor(context: LinkContext, random: Random, range: KeyRange, { fromRevision }: WatchOptions, watcher: Watcher) {
    this.#context = context;
    this.#random = random;
    this.#range = range;
    this.#watcher = watcher;
    if (fromRevision === undefined) throw new Error('a watch here begins at a revision');
    this.#next = fromRevision;
    this.#history = context.network.server.histories;
    const { lag, slowestMs } = context.world.profile;
    this.#lagMs = random.chance(lag) ? random.between(0, slowestMs) : 0;
    this.#reopen(0);
  }

  close(): Promise<void> {
    this.#closed = true;
    this.#endStream();
    return Promise.resolve();
  }

  #reopen(pauseMs: number): void {
    const { process, network, place } = this.#context;
    this.#endStream();
    const stream = ++this.#stream;
    process.at(pauseMs + network.delayMs(), () => {
      if (this.#closed || stream !== this.#stream) return;
      if (network.reaches(place)) this.#open(stream);
      else this.#reopen(this.#random.between(50, REOPEN_MS));
    });
  }

  #open(stream: number): void {
    const { network, process } = this.#context;
    const { server } = network;
    if (server.histories !== this.#history) {
      this.#rewind(stream);
      return;
    }
    if (this.#told.length > 0 && this.#random.chance(this.#context.world.profile.repeats)) this.#repeat();
    try {
      const serverWatch = server.watch(this.#range, this.#next, {
        onEvents: (events, revision) => this.#send(stream, () => this.#tell({ events, revision })),
        onCompacted: (compactRevision) => {
          this.#send(stream, () => {
            void this.close();
            this.#context.world.count('a watch has lost history');
            this.#watcher.onCompacted(compactRevision);
          });
        },
      });
      const forget = server.onDown(() => {
        if (process.isAlive) this.#reopen(this.#random.between(50, REOPEN_MS));
      });
      this.#endStream = () => {
        serverWatch.close();
        forget();
      };
    } catch (error) {
      if (!isKamadoError(error, 'STORE_UNAVAILABLE')) throw error;
      this.#reopen(this.#random.between(50, REOPEN_MS));
    }
  }

  /** The store has gone back. How that is noticed, for all the store may say, is the business of the real client. */
  #rewind(stream: number): void {
    this.#send(stream, () => {
      void this.close();
      this.#context.world.count('a watch is rewound');
      const { onRewound, onCompacted } = this.#watcher;
      (onRewound ?? onCompacted)(0);
    });
  }

  /** What the server says, some time after it, in its order. */
  #send(stream: number, take: () => void): void {
    const { world, network, process, place } = this.#context;
    this.#lastDueMs = Math.max(this.#lastDueMs, world.nowMs + network.delayMs() + this.#lagMs);
    process.at(this.#lastDueMs - world.nowMs, () => {
      if (this.#closed || stream !== this.#stream) return;
      if (network.isCut(place) || this.#random.chance(world.profile.brokenStream)) {
        this.#reopen(this.#random.between(0, REOPEN_MS));
      } else take();
    });
  }

  #tell(delivery: Delivery): void {
    this.#next = delivery.revision + 1;
    this.#told.push(delivery);
    if (this.#told.length > REMEMBERED) this.#told.shift();
    this.#watcher.onEvents(delivery.events, delivery.revision);
  }

  #repeat(): void {
    this.#context.world.count('a watch repeats itself');
    for (const { events, revision } of this.#told.slice(this.#random.integer(this.#told.length))) {
      if (!this.#closed) this.#watcher.onEvents(events, revision);
    }
  }
}

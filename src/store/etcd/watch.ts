import { type Backoff, errorText, type Log, type Runtime, reconnecting, sleep } from '../../kernel/index.ts';
import { callWatcher } from '../call-watcher.ts';
import type { History } from '../history.ts';
import type { KeyRange, StoreEvent, Watcher, WatchOptions } from '../store.ts';
import type { Connection, Stream } from './connection.ts';
import { fromEvent, toRange } from './convert.ts';
import { Gate } from './gate.ts';
import type { EventMessage, WatchRequest, WatchResponse } from './messages.ts';
import { methods } from './protocol.ts';

/** What a watch needs of its store. */
export interface WatchContext {
  readonly connection: Connection;
  readonly runtime: Runtime;
  readonly log: Log;
  readonly history: History;
}

/**
 * A watch over connections that come and go. It is always created at the last revision that is known to be told, not
 * at the one after it: etcd then says for sure whether the history in between is whole, and what was told is dropped.
 * A stream after the first one tells nothing before it is known that etcd hasn't gone back to an older state.
 */
export class EtcdWatch {
  /** Resolves when the first revision is known: what is written after it is told. */
  readonly positioned: Promise<void>;
  readonly #context: WatchContext;
  readonly #range: KeyRange;
  readonly #previous: boolean;
  readonly #watcher: Watcher;
  readonly #backoff: Backoff;
  readonly #closed = new AbortController();
  /** All events up to this revision have been told. */
  #told = 0;
  /** Whether etcd may have gone back since something was told. */
  #isReopened = false;
  /** What the last progress notice said. It can overtake events, but not by as much as the next notice. */
  #progress = 0;

  constructor(context: WatchContext, range: KeyRange, options: WatchOptions, watcher: Watcher) {
    this.#context = context;
    this.#range = range;
    this.#previous = options.previous === true;
    this.#watcher = watcher;
    this.#backoff = reconnecting(context.runtime);
    this.positioned = this.#position(options.fromRevision);
    void this.positioned.then(() => this.#run());
  }

  /** Aborts when the watch has ended: closed, compacted, or rewound. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  close(): void {
    this.#closed.abort();
  }

  /** Ends the watch: etcd has gone back to an older state, and is at that revision now. */
  rewind(revision: number): void {
    this.#endWith(() => {
      if (this.#watcher.onRewound === undefined) this.#watcher.onCompacted(revision);
      else this.#watcher.onRewound(revision);
    });
  }

  async #position(fromRevision: number | undefined): Promise<void> {
    if (fromRevision !== undefined) {
      this.#told = fromRevision - 1;
      return;
    }
    while (!this.#closed.signal.aborted) {
      try {
        this.#told = await this.#context.history.check();
        return;
      } catch (error) {
        await this.#pause(error);
      }
    }
  }

  async #run(): Promise<void> {
    while (!this.#closed.signal.aborted) {
      try {
        await this.#session();
      } catch (error) {
        await this.#pause(error);
      }
      this.#isReopened = true;
    }
  }

  #endWith(tell: () => void): void {
    if (this.#closed.signal.aborted) return;
    this.close();
    callWatcher(this.#context.log, tell);
  }

  async #pause(error: unknown): Promise<void> {
    if (this.#closed.signal.aborted) return;
    const pauseMs = this.#backoff.nextMs();
    this.#context.log.warn({ reason: errorText(error), pauseMs, revision: this.#told }, 'store watch interrupted');
    await sleep(this.#context.runtime, pauseMs, this.#closed.signal);
  }

  /** One stream, until the watch is closed, or (rejects) the stream ends. */
  #session(): Promise<void> {
    if (this.#closed.signal.aborted) return Promise.resolve();
    this.#progress = 0;
    return new Promise((resolve, reject) => {
      let stream: Stream<WatchRequest> | null = null;
      const cancel = () => {
        gate.shut();
        stream?.cancel();
        resolve();
      };
      const fail = (error: unknown) => {
        this.#closed.signal.removeEventListener('abort', cancel);
        gate.shut();
        stream?.cancel();
        reject(error);
      };
      const check = async () => (this.#isReopened ? await this.#context.history.check() : 0);
      const gate = new Gate<WatchResponse>(check, (message) => this.#take(message), fail);
      this.#closed.signal.addEventListener('abort', cancel, { once: true });
      this.#context.connection.stream(methods.watch, { onMessage: gate.arrive, onEnd: fail }).then((opened) => {
        stream = opened;
        if (this.#closed.signal.aborted) stream.cancel();
        else stream.send(this.#request());
      }, fail);
    });
  }

  #request(): WatchRequest {
    return {
      create_request: {
        ...toRange(this.#range),
        start_revision: Math.max(this.#told, 1),
        progress_notify: true,
        prev_kv: this.#previous,
      },
    };
  }

  /** Throws where the stream is of no more use. */
  #take(message: WatchResponse): void {
    if (message.compact_revision !== '0') {
      this.#endWith(() => this.#watcher.onCompacted(Number(message.compact_revision)));
      return;
    }
    if (message.canceled) {
      // etcd says the same of a token that it has forgotten as of a user that may not.
      this.#context.connection.renewToken();
      throw new Error(message.cancel_reason);
    }
    this.#backoff.reset();
    if (message.events.length > 0) this.#tell(message.events);
    else if (!message.created) this.#takeProgress(Number(message.header.revision));
  }

  #takeProgress(revision: number): void {
    this.#told = Math.max(this.#told, this.#progress);
    this.#progress = revision;
  }

  /** Tells events, one revision at a time; those that were told on an earlier stream are dropped. */
  #tell(messages: readonly EventMessage[]): void {
    for (let start = 0; start < messages.length; ) {
      const revision = messages[start]?.kv.mod_revision;
      let end = start + 1;
      while (messages[end]?.kv.mod_revision === revision) end++;
      if (Number(revision) > this.#told && !this.#closed.signal.aborted) {
        this.#tellRevision(messages.slice(start, end), Number(revision));
      }
      start = end;
    }
  }

  #tellRevision(messages: readonly EventMessage[], revision: number): void {
    if (this.#previous && messages.some(lacksPrevious)) {
      throw new Error('previous values were compacted before they could be read');
    }
    const events: StoreEvent[] = messages.map(fromEvent);
    this.#told = revision;
    this.#context.history.saw(events, revision);
    callWatcher(this.#context.log, () => this.#watcher.onEvents(events, revision));
  }
}

/** etcd leaves the previous value out where it was compacted meanwhile. The next stream then reports it as compacted. */
function lacksPrevious({ type, kv, prev_kv }: EventMessage): boolean {
  return prev_kv === null && (type === 'DELETE' || kv.version !== '1');
}

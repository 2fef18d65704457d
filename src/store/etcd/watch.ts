import { type Backoff, errorText, type Log, type Runtime, reconnecting, sleep } from '../../kernel/index.ts';
import { callWatcher } from '../call-watcher.ts';
import type { History } from '../history.ts';
import type { KeyRange, StoreEvent, Watcher, WatchOptions } from '../store.ts';
import type { Connection, Stream } from './connection.ts';
import { fromEvent, toRange } from './convert.ts';
import { Gate } from './gate.ts';
import type { EventMessage, WatchRequest, WatchResponse } from './messages.ts';
import { methods } from './protocol.ts';

/** The services of the store that a watch needs. */
export interface WatchContext {
  readonly connection: Connection;
  readonly runtime: Runtime;
  readonly log: Log;
  readonly history: History;
}

/**
 * A watch that survives lost connections. It is always created at the last delivered revision, not at the one after it:
 * etcd then reports reliably whether the history in between is complete, and repeated events are dropped. A stream
 * after the first one delivers nothing until it is certain that etcd hasn't gone back to an older state.
 */
export class EtcdWatch {
  /** Resolves when the first revision is known: every later write is delivered. */
  readonly positioned: Promise<void>;
  readonly #context: WatchContext;
  readonly #range: KeyRange;
  readonly #previous: boolean;
  readonly #watcher: Watcher;
  readonly #backoff: Backoff;
  readonly #closed = new AbortController();
  /** All events up to this revision have been delivered. */
  #delivered = 0;
  /** Whether etcd may have gone back since the last delivery. */
  #isReopened = false;
  /** The revision of the last progress notice. It can overtake events, but not by as much as the next notice. */
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
      this.#delivered = fromRevision - 1;
      return;
    }
    while (!this.#closed.signal.aborted) {
      try {
        this.#delivered = await this.#context.history.check();
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

  #endWith(notify: () => void): void {
    if (this.#closed.signal.aborted) return;
    this.close();
    callWatcher(this.#context.log, notify);
  }

  async #pause(error: unknown): Promise<void> {
    if (this.#closed.signal.aborted) return;
    const pauseMs = this.#backoff.nextMs();
    this.#context.log.warn({ reason: errorText(error), pauseMs, revision: this.#delivered }, 'store watch interrupted');
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
        start_revision: Math.max(this.#delivered, 1),
        progress_notify: true,
        prev_kv: this.#previous,
      },
    };
  }

  /** Processes a message. Throws if the stream is of no more use. */
  #take(message: WatchResponse): void {
    if (message.compact_revision !== '0') {
      this.#endWith(() => this.#watcher.onCompacted(Number(message.compact_revision)));
      return;
    }
    if (message.canceled) {
      // etcd gives the same answer for a forgotten token and for a missing permission.
      this.#context.connection.renewToken();
      throw new Error(message.cancel_reason);
    }
    this.#backoff.reset();
    if (message.events.length > 0) this.#deliver(message.events);
    else if (!message.created) this.#takeProgress(Number(message.header.revision));
  }

  #takeProgress(revision: number): void {
    this.#delivered = Math.max(this.#delivered, this.#progress);
    this.#progress = revision;
  }

  /** Delivers events, one revision at a time. Events that an earlier stream delivered are dropped. */
  #deliver(messages: readonly EventMessage[]): void {
    for (let start = 0; start < messages.length; ) {
      const revision = messages[start]?.kv.mod_revision;
      let end = start + 1;
      while (messages[end]?.kv.mod_revision === revision) end++;
      if (Number(revision) > this.#delivered && !this.#closed.signal.aborted) {
        this.#deliverRevision(messages.slice(start, end), Number(revision));
      }
      start = end;
    }
  }

  #deliverRevision(messages: readonly EventMessage[], revision: number): void {
    if (this.#previous && messages.some(lacksPrevious)) {
      throw new Error('previous values were compacted before they could be read');
    }
    const events: StoreEvent[] = messages.map(fromEvent);
    this.#delivered = revision;
    this.#context.history.saw(events, revision);
    callWatcher(this.#context.log, () => this.#watcher.onEvents(events, revision));
  }
}

/**
 * Whether the previous value is missing: etcd leaves it out if it was compacted meanwhile. The next stream then reports
 * the compaction.
 */
function lacksPrevious({ type, kv, prev_kv }: EventMessage): boolean {
  return prev_kv === null && (type === 'DELETE' || kv.version !== '1');
}

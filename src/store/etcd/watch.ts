import { errorText } from '../../kernel/errors.ts';
import type { Log } from '../../kernel/log.ts';
import { type Runtime, sleep } from '../../kernel/runtime.ts';
import { callWatcher } from '../call-watcher.ts';
import type { KeyRange, StoreEvent, Watcher, WatchOptions } from '../store.ts';
import { Backoff } from './backoff.ts';
import type { Connection, Stream } from './connection.ts';
import { fromEvent, toRange } from './convert.ts';
import type { EventMessage, WatchRequest, WatchResponse } from './messages.ts';
import { methods } from './protocol.ts';

/** What a watch needs of its store. */
export interface WatchContext {
  readonly connection: Connection;
  readonly runtime: Runtime;
  readonly log: Log;
}

/**
 * A watch over connections that come and go. It is always created at the last revision that is known to be told, not
 * at the one after it: etcd then says for sure whether the history in between is whole, and what was told is dropped.
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
  /** A revision that etcd is known to have reached. */
  #reached = 0;
  /** What the last progress notice said. It can overtake events, but not by as much as the next notice. */
  #progress = 0;

  constructor(context: WatchContext, range: KeyRange, options: WatchOptions, watcher: Watcher) {
    this.#context = context;
    this.#range = range;
    this.#previous = options.previous === true;
    this.#watcher = watcher;
    this.#backoff = new Backoff(context.runtime);
    this.positioned = this.#position(options.fromRevision);
    void this.positioned.then(() => this.#run());
  }

  /** Aborts when the watch has ended: closed, or compacted. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  close(): void {
    this.#closed.abort();
  }

  async #position(fromRevision: number | undefined): Promise<void> {
    if (fromRevision !== undefined) {
      this.#told = fromRevision - 1;
      return;
    }
    while (!this.#closed.signal.aborted) {
      try {
        const request = { ...toRange({ from: this.#range.from }), count_only: true };
        const { header } = await this.#context.connection.call(methods.range, request, 'repeatable');
        this.#told = Number(header.revision);
        this.#reached = this.#told;
        return;
      } catch (error) {
        await this.#pause(error);
      }
    }
  }

  async #run(): Promise<void> {
    while (!this.#closed.signal.aborted) {
      try {
        await this.#checkHistory();
        await this.#session();
      } catch (error) {
        await this.#pause(error);
      }
    }
  }

  /** An etcd that lost its data begins anew: then what was told is of no use any more, and nothing more would come. */
  async #checkHistory(): Promise<void> {
    if (this.#reached === 0) return;
    const request = { ...toRange({ from: this.#range.from }), count_only: true };
    const { header } = await this.#context.connection.call(methods.range, request, 'repeatable');
    if (Number(header.revision) < this.#reached) this.#endCompacted(Number(header.revision));
  }

  #endCompacted(compactRevision: number): void {
    if (this.#closed.signal.aborted) return;
    this.close();
    callWatcher(this.#context.log, () => this.#watcher.onCompacted(compactRevision));
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
        stream?.cancel();
        resolve();
      };
      const fail = (error: Error) => {
        this.#closed.signal.removeEventListener('abort', cancel);
        stream?.cancel();
        reject(error);
      };
      const onMessage = (message: WatchResponse) => {
        try {
          this.#take(message);
        } catch (error) {
          fail(error instanceof Error ? error : new Error(errorText(error)));
        }
      };
      this.#closed.signal.addEventListener('abort', cancel, { once: true });
      this.#context.connection.stream(methods.watch, { onMessage, onEnd: fail }).then((opened) => {
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
      this.#endCompacted(Number(message.compact_revision));
      return;
    }
    if (message.canceled) {
      // etcd says the same of a token that it has forgotten as of a user that may not.
      this.#context.connection.renewToken();
      throw new Error(message.cancel_reason);
    }
    this.#backoff.reset();
    this.#reached = Math.max(this.#reached, Number(message.header.revision));
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
    callWatcher(this.#context.log, () => this.#watcher.onEvents(events, revision));
  }
}

/** etcd leaves the previous value out where it was compacted meanwhile. The next stream then reports it as compacted. */
function lacksPrevious({ type, kv, prev_kv }: EventMessage): boolean {
  return prev_kv === null && (type === 'DELETE' || kv.version !== '1');
}

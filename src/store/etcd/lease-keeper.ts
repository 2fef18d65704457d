import {
  type Backoff,
  errorText,
  type Log,
  type Runtime,
  reconnecting,
  sleep,
  type Timer,
} from '../../kernel/index.ts';
import type { Lease } from '../store.ts';
import type { Connection, Stream } from './connection.ts';
import type { LeaseRequest, LeaseResponse } from './messages.ts';
import { methods } from './protocol.ts';

/** The number of renewals of a lease within its time to live. */
const BEATS = 3;

interface Kept {
  readonly id: string;
  readonly ttlMs: number;
  readonly lost: AbortController;
  /** The times at which unanswered renewals were sent, oldest first. */
  sentAtMs: number[];
  /** The time until which etcd must keep it, by this process's clock: etcd received the renewal after it was sent. */
  validUntilMs: number;
  beat: Timer | null;
  expiry: Timer | null;
}

export interface LeaseKeeperOptions {
  readonly connection: Connection;
  readonly runtime: Runtime;
  readonly log: Log;
  readonly settle: () => Promise<void>;
}

/** Keeps leases alive over one stream. */
export class LeaseKeeper {
  readonly #connection: Connection;
  readonly #runtime: Runtime;
  readonly #log: Log;
  readonly #settle: () => Promise<void>;
  readonly #backoff: Backoff;
  readonly #kept = new Map<string, Kept>();
  readonly #closed = new AbortController();
  #stream: Stream<LeaseRequest> | null = null;
  #opening = false;

  /** `settle` is waited for before a lease is given back: that deletes keys, and watches must see the deletions. */
  constructor({ connection, runtime, log, settle }: LeaseKeeperOptions) {
    this.#connection = connection;
    this.#runtime = runtime;
    this.#log = log;
    this.#settle = settle;
    this.#backoff = reconnecting(runtime);
  }

  /** Grants a lease of at least `ttlMs` (etcd counts in seconds, and has a minimum) and keeps it alive. */
  async grant(ttlMs: number): Promise<Lease> {
    const sentAtMs = this.#runtime.monotonicMs();
    const request = { TTL: Math.max(1, Math.ceil(ttlMs / 1000)), ID: 0 };
    const response = await this.#connection.call(methods.grantLease, request, 'once');
    const grantedMs = Number(response.TTL) * 1000;
    const kept: Kept = {
      id: response.ID,
      ttlMs: grantedMs,
      lost: new AbortController(),
      sentAtMs: [],
      validUntilMs: sentAtMs + grantedMs,
      beat: null,
      expiry: null,
    };
    this.#kept.set(kept.id, kept);
    this.#scheduleBeat(kept);
    this.#watchExpiry(kept);
    return { id: kept.id, lost: kept.lost.signal, close: () => this.#giveBack(kept) };
  }

  /** Gives back all leases. Their holders are notified of the loss. */
  async close(): Promise<void> {
    const held = [...this.#kept.values()];
    for (const kept of held) this.#lose(kept, 'the store was closed');
    this.#closed.abort();
    this.#stream?.cancel();
    await Promise.allSettled(held.map((kept) => this.#revoke(kept.id)));
  }

  /**
   * Loses all leases, because etcd has gone back to an older state. In that state other keys may be attached to a
   * lease. So it is revoked, to keep no key alive without a worker. If that fails, the lease expires by itself.
   */
  loseAll(): void {
    for (const kept of [...this.#kept.values()]) {
      this.#lose(kept, 'etcd has gone back to an older state');
      this.#revoke(kept.id).catch((error: unknown) => {
        this.#log.warn({ lease: kept.id, reason: errorText(error) }, 'a lease is left to expire');
      });
    }
  }

  async #giveBack(kept: Kept): Promise<void> {
    if (!this.#forget(kept)) return;
    await this.#settle();
    await this.#revoke(kept.id);
  }

  async #revoke(id: string): Promise<void> {
    await this.#connection.call(methods.revokeLease, { ID: id }, 'repeatable').catch((error) => {
      // Already gone: it expired, or an earlier attempt without an answer revoked it.
      if (!errorText(error).includes('requested lease not found')) throw error;
    });
  }

  #scheduleBeat(kept: Kept): void {
    kept.beat = this.#runtime.after(kept.ttlMs / BEATS, () => {
      this.#scheduleBeat(kept);
      // There was no answer since the last renewal: the stream may be dead without an error. A stream that was opened
      // just now has sent a renewal, too.
      const [sentAtMs] = kept.sentAtMs;
      const isLate = sentAtMs !== undefined && this.#runtime.monotonicMs() - sentAtMs > kept.ttlMs / BEATS / 2;
      if (isLate) this.#reopen('no answer to a renewal');
      this.#beat(kept);
    });
  }

  #beat(kept: Kept): void {
    if (this.#stream === null) {
      void this.#open();
      return;
    }
    kept.sentAtMs.push(this.#runtime.monotonicMs());
    this.#stream.send({ ID: kept.id });
  }

  #watchExpiry(kept: Kept): void {
    const remainingMs = kept.validUntilMs - this.#runtime.monotonicMs();
    if (remainingMs <= 0) this.#lose(kept, 'it was not renewed in time');
    else kept.expiry = this.#runtime.after(remainingMs, () => this.#watchExpiry(kept));
  }

  /** Opens the stream, after as many attempts as needed, and renews all leases at once. */
  async #open(): Promise<void> {
    if (this.#opening) return;
    this.#opening = true;
    while (this.#stream === null && this.#kept.size > 0 && !this.#closed.signal.aborted) {
      try {
        const onMessage = (message: LeaseResponse) => this.#take(message);
        const onEnd = (error: Error) => this.#reopen(errorText(error));
        this.#stream = await this.#connection.stream(methods.keepLeaseAlive, { onMessage, onEnd });
      } catch (error) {
        this.#log.warn({ reason: errorText(error) }, 'leases cannot be renewed');
        await sleep(this.#runtime, this.#backoff.nextMs(), this.#closed.signal);
      }
    }
    this.#opening = false;
    if (this.#closed.signal.aborted) this.#stream?.cancel();
    else for (const kept of this.#kept.values()) this.#beat(kept);
  }

  #reopen(reason: string): void {
    this.#stream?.cancel();
    this.#stream = null;
    for (const kept of this.#kept.values()) kept.sentAtMs = [];
    if (this.#closed.signal.aborted || this.#kept.size === 0) return;
    this.#log.warn({ reason }, 'the renewal of leases was interrupted');
    void sleep(this.#runtime, this.#backoff.nextMs(), this.#closed.signal).then(() => this.#open());
  }

  #take(message: LeaseResponse): void {
    this.#backoff.reset();
    const kept = this.#kept.get(message.ID);
    if (kept === undefined) return;
    const sentAtMs = kept.sentAtMs.shift();
    const ttlMs = Number(message.TTL) * 1000;
    if (ttlMs <= 0) this.#lose(kept, 'etcd has ended it');
    else if (sentAtMs !== undefined) kept.validUntilMs = Math.max(kept.validUntilMs, sentAtMs + ttlMs);
  }

  #lose(kept: Kept, reason: string): void {
    if (!this.#forget(kept)) return;
    this.#log.warn({ lease: kept.id, reason }, 'a lease is lost');
    kept.lost.abort();
  }

  /** Stops renewing. Returns false if it was stopped before. */
  #forget(kept: Kept): boolean {
    kept.beat?.cancel();
    kept.expiry?.cancel();
    return this.#kept.delete(kept.id);
  }
}

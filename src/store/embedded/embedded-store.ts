import { kamadoError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import type { Log } from '../../kernel/log.ts';
import type { Runtime } from '../../kernel/runtime.ts';
import { bounds, checkCount, checkGet, checkRange, checkTransaction, refused } from '../check.ts';
import type {
  GetOptions,
  GetResult,
  KeyRange,
  Lease,
  Store,
  Transaction,
  TransactionResult,
  Watch,
  Watcher,
  WatchOptions,
} from '../store.ts';
import { evaluateGet, evaluateTransaction } from './evaluate.ts';
import { GroupCommit } from './group-commit.ts';
import { Leases } from './leases.ts';
import type { Persistence } from './persistence.ts';
import { type Version, Versions } from './versions.ts';
import { Watches } from './watches.ts';

export interface EmbeddedStoreOptions {
  readonly runtime: Runtime;
  readonly persistence: Persistence;
  readonly log: Log;
  readonly limits?: EmbeddedLimits;
}

/** What an embedded store holds at most; the house's limits where none are given. */
export interface EmbeddedLimits {
  readonly storeBytes: number;
  readonly historyBytes: number;
  readonly historyRevisions: number;
}

const HOUSE_LIMITS: EmbeddedLimits = {
  storeBytes: limits.embeddedStoreBytes,
  historyBytes: limits.embeddedHistoryBytes,
  historyRevisions: limits.storeHistoryRevisions,
};

/**
 * Opens the store of this process: etcd v3's semantics in memory, over a log that is kept by `persistence`.
 * What is written in one turn of the event loop becomes durable together; nothing is answered or told before.
 * Leases live as long as their holder and this process; those of an earlier process end here.
 * After a failed write of the log, everything is refused with that error, until the store is opened again.
 * Throws what `persistence.load` throws.
 */
export async function openEmbeddedStore(options: EmbeddedStoreOptions): Promise<Store> {
  const { persistence } = options;
  try {
    const { compactRevision, records } = persistence.load();
    const store = new EmbeddedStore(new Versions(compactRevision, records), options);
    await store.endEarlierLeases();
    return store;
  } catch (error) {
    persistence.close();
    throw error;
  }
}

class EmbeddedStore implements Store {
  readonly #versions: Versions;
  readonly #persistence: Persistence;
  readonly #log: Log;
  readonly #limits: EmbeddedLimits;
  readonly #leases: Leases;
  readonly #watches: Watches;
  readonly #group: GroupCommit;
  /** The compact revision that was asked for; history goes after the group that is under way. */
  #compactTo = 0;
  #closed = false;

  constructor(versions: Versions, options: EmbeddedStoreOptions) {
    const { runtime, persistence, log } = options;
    this.#versions = versions;
    this.#persistence = persistence;
    this.#log = log;
    this.#limits = options.limits ?? HOUSE_LIMITS;
    this.#leases = new Leases(runtime);
    this.#watches = new Watches(versions, runtime, log);
    this.#group = new GroupCommit(persistence, runtime, {
      onDurable: () => {
        this.#watches.tell(versions.revision);
        this.#compact();
      },
      onFailed: (error) => this.#fail(error),
    });
  }

  async endEarlierLeases(): Promise<void> {
    const leased = this.#versions.entries({ from: '', below: null }).filter((entry) => entry.lease !== null);
    await this.#delete(leased.map((entry) => entry.key));
  }

  async get(range: KeyRange, options: GetOptions = {}): Promise<GetResult> {
    this.#group.check();
    checkGet(range, options);
    return this.#group.add([], evaluateGet(this.#versions, range, options));
  }

  async transact(transaction: Transaction): Promise<TransactionResult> {
    this.#group.check();
    checkTransaction(transaction);
    const { result, written } = evaluateTransaction(this.#versions, this.#leases, transaction, () => this.#checkSize());
    for (const version of written) this.#leases.follow(version);
    return this.#group.add(written, result);
  }

  watch(range: KeyRange, options: WatchOptions, watcher: Watcher): Watch {
    this.#group.check();
    checkRange(range);
    if (options.fromRevision !== undefined) checkCount(options.fromRevision, 'fromRevision');
    const next = options.fromRevision ?? this.#versions.revision + 1;
    return this.#watches.add(bounds(range), next, options.previous === true, watcher);
  }

  async lease(ttlMs: number): Promise<Lease> {
    this.#group.check();
    if (!(ttlMs > 0)) throw refused('a lease needs a time to live');
    const { id, lost } = this.#leases.grant();
    return {
      id,
      lost,
      close: async () => {
        if (this.#leases.has(id)) await this.#delete(this.#leases.end(id));
      },
    };
  }

  async compact(revision: number): Promise<void> {
    this.#group.check();
    checkCount(revision, 'revision');
    if (revision > this.#versions.revision) throw refused(`revision ${revision} is in the future`);
    this.#compactTo = Math.max(this.#compactTo, revision);
    if (this.#group.pending) await this.#group.add([], undefined);
    else this.#compact();
    this.#group.check();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#log.debug({ revision: this.#versions.revision }, 'store closing');
    for (const id of this.#leases.ids()) {
      this.#leases.lose(id);
      // Where this fails, the leases end at the next open.
      this.#delete(this.#leases.end(id)).catch(() => undefined);
    }
    this.#group.flush();
    this.#watches.closeAll();
    this.#group.fail(kamadoError('STORE_UNAVAILABLE', { reason: 'it is closed' }));
    this.#persistence.close();
  }

  /** Deletes keys in one revision, without the limits of callers. */
  async #delete(keys: readonly string[]): Promise<void> {
    this.#group.check();
    const revision = this.#versions.revision + 1;
    const written: Version[] = keys.map((key) => this.#versions.change({ key, put: null }, revision));
    await this.#group.add(written, undefined);
  }

  #checkSize(): void {
    const { storeBytes } = this.#limits;
    if (this.#versions.liveBytes + this.#versions.historyBytes <= storeBytes) return;
    throw kamadoError('STORE_FULL', { reason: `it holds its limit of ${storeBytes} bytes` });
  }

  /** Forgets what was asked for, and what is more history than the limits allow. */
  #compact(): void {
    const versions = this.#versions;
    const { historyBytes, historyRevisions } = this.#limits;
    const step = limits.embeddedCompactionRevisions;
    if (this.#compactTo > versions.compactRevision) this.#compactNow(this.#compactTo);
    const surplus = versions.revision - versions.compactRevision - historyRevisions;
    if (surplus >= step) this.#compactNow(versions.compactRevision + surplus);
    while (versions.historyBytes > historyBytes && versions.compactRevision < versions.revision) {
      if (!this.#compactNow(Math.min(versions.compactRevision + step, versions.revision))) return;
    }
  }

  #compactNow(revision: number): boolean {
    const obsolete = this.#versions.compact(revision);
    return this.#group.commit({ records: [], compaction: { revision, obsolete } });
  }

  #fail(error: Error): void {
    if (!this.#closed) this.#log.error({ reason: error.message }, 'the store has failed');
    for (const id of this.#leases.ids()) this.#leases.lose(id);
  }
}

import { isKamadoError, kamadoError, type Log, limits, type Runtime, type Storage } from '../../kernel/index.ts';
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
import { Compaction } from './compaction.ts';
import type { EmbeddedLimits } from './embedded-limits.ts';
import { evaluateGet, evaluateTransaction } from './evaluate.ts';
import { Fullness } from './fullness.ts';
import { GroupCommit } from './group-commit.ts';
import { Leases } from './leases.ts';
import { LoggedValues } from './logged-values.ts';
import { PendingDeletions } from './pending-deletions.ts';
import type { LogRecord, Persistence } from './persistence.ts';
import { type Version, Versions } from './versions.ts';
import { Watches } from './watches.ts';

export interface EmbeddedStoreOptions {
  readonly runtime: Runtime;
  readonly persistence: Persistence;
  readonly log: Log;
  readonly limits?: Partial<EmbeddedLimits>;
}

const DEFAULTS: EmbeddedLimits = {
  storeBytes: limits.embeddedStoreBytes,
  historyBytes: limits.embeddedHistoryBytes,
  historyRevisions: limits.storeHistoryRevisions,
  inlineCharacters: limits.embeddedInlineCharacters,
  recentCharacters: limits.embeddedRecentCharacters,
};

/**
 * Opens the store of this process: etcd v3's semantics in memory, over a log that `persistence` keeps. Large values
 * stay in the log. Writes of one turn of the event loop become durable together; they are answered and delivered only
 * then. Leases live as long as their holder and this process; those of an earlier process end here. A write for which
 * there is no space is refused and undone. After any other failure to write or read the log, everything is refused with
 * that error, until the store is opened again. Throws the errors of `persistence.load`.
 */
export async function openEmbeddedStore(options: EmbeddedStoreOptions): Promise<Store> {
  const { persistence } = options;
  try {
    const { compactRevision, records } = persistence.load();
    const bounds = { ...DEFAULTS, ...options.limits };
    const values = new LoggedValues((row) => persistence.read(row), bounds);
    const store = new EmbeddedStore(new Versions(compactRevision, records, values), values, bounds, options);
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
  readonly #fullness: Fullness;
  readonly #pendingDeletions: PendingDeletions;
  readonly #compaction: Compaction;
  #closed = false;

  constructor(versions: Versions, values: LoggedValues, bounds: EmbeddedLimits, options: EmbeddedStoreOptions) {
    const { runtime, persistence, log } = options;
    this.#versions = versions;
    this.#persistence = persistence;
    this.#log = log;
    this.#limits = bounds;
    this.#leases = new Leases(runtime);
    this.#watches = new Watches(versions, runtime, log);
    this.#fullness = new Fullness(options, this.#limits.storeBytes, persistence.storage);
    this.#pendingDeletions = new PendingDeletions(runtime, async (keys) => {
      if (!this.#closed) await this.#deleteEnded(keys.filter((key) => this.#isEnded(key)));
    });
    this.#group = new GroupCommit(persistence, runtime, {
      onDurable: () => {
        versions.noteDurable();
        this.#watches.deliver(versions.revision);
        this.#compact();
      },
      onRefused: (records) => this.#takeBack(records),
      onFailed: (error) => this.#fail(error),
    });
    values.onFailed = (error) => this.#group.fail(error);
    this.#compaction = new Compaction({
      runtime,
      versions,
      limits: this.#limits,
      commit: (batch) => this.#group.commit(batch) === null,
      isDiskFull: () => persistence.storage?.state.kind === 'readOnly',
    });
  }

  async endEarlierLeases(): Promise<void> {
    const leased = this.#versions.entries({ from: '', below: null }).filter((entry) => entry.lease !== null);
    await this.#deleteEnded(leased.map((entry) => entry.key));
    this.#compact();
  }

  get storage(): Storage {
    return this.#fullness;
  }

  async get(range: KeyRange, options: GetOptions = {}): Promise<GetResult> {
    this.#group.check();
    checkGet(range, options);
    const read = () => evaluateGet(this.#versions, range, options);
    return this.#group.add([], read(), read);
  }

  async transact(transaction: Transaction): Promise<TransactionResult> {
    this.#group.check();
    checkTransaction(transaction);
    const growthBytes = this.#fullness.growthBytes(this.#bytes);
    const full = () => this.#fullness.error;
    const { result, written } = evaluateTransaction(this.#versions, this.#leases, transaction, growthBytes, full);
    for (const version of written) this.#leases.follow(version);
    return this.#group.add(written, result);
  }

  watch(range: KeyRange, options: WatchOptions, watcher: Watcher): Watch {
    this.#group.check();
    checkRange(range);
    if (options.fromRevision !== undefined) checkCount(options.fromRevision, 'fromRevision');
    return this.#watches.add(bounds(range), options.fromRevision ?? null, options.previous === true, watcher);
  }

  async lease(ttlMs: number): Promise<Lease> {
    this.#group.check();
    if (!(ttlMs > 0)) throw refused('a lease needs a time to live');
    const { id, lost } = this.#leases.grant();
    return {
      id,
      lost,
      close: async () => {
        if (this.#leases.has(id)) await this.#deleteEnded(this.#leases.end(id));
      },
    };
  }

  async compact(revision: number): Promise<void> {
    this.#group.check();
    checkCount(revision, 'revision');
    if (revision > this.#versions.revision) throw refused(`revision ${revision} is in the future`);
    this.#compaction.want(revision);
    // History is removed after the pending group.
    if (this.#group.pending) await this.#group.add([], undefined);
    else this.#compact();
    this.#group.check();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#pendingDeletions.close();
    this.#log.debug({ revision: this.#versions.revision }, 'store closing');
    for (const id of this.#leases.ids()) {
      this.#leases.lose(id);
      // If this fails, the leases end at the next open.
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

  /** Deletes keys of leases that have ended, as soon as there is space for that. */
  async #deleteEnded(keys: readonly string[]): Promise<void> {
    try {
      await this.#delete(keys);
    } catch (error) {
      if (!isKamadoError(error, 'STORAGE_FULL')) throw error;
      this.#pendingDeletions.add(keys);
    }
  }

  #isEnded(key: string): boolean {
    const lease = this.#versions.get(key)?.lease ?? null;
    return lease !== null && !this.#leases.has(lease);
  }

  /** Undoes records that were not delivered. */
  #takeBack(records: readonly LogRecord[]): void {
    const [first] = records;
    if (first === undefined) return;
    this.#versions.undo(first, (version) => this.#leases.unfollow(version));
    this.#watches.rewind();
    // Earlier writes are delivered by now, and removing their history may free space.
    this.#compact();
  }

  get #bytes(): number {
    return this.#versions.liveBytes + this.#versions.historyBytes;
  }

  /** Removes surplus history. */
  #compact(): void {
    this.#compaction.run();
    this.#fullness.note(this.#bytes);
  }

  #fail(error: Error): void {
    if (!this.#closed) this.#log.error({ reason: error.message }, 'the store has failed');
    for (const id of this.#leases.ids()) this.#leases.lose(id);
  }
}

import { isKamadoError, type Log, limits, type Runtime, sleep } from '../../kernel/index.ts';
import { checkCount, checkGet, checkRange, checkTransaction, refused } from '../check.ts';
import { History } from '../history.ts';
import { WRITERS_PREFIX } from '../signed.ts';
import {
  type GetOptions,
  type GetResult,
  type KeyRange,
  type Lease,
  type Store,
  type Transaction,
  type TransactionResult,
  type Watch,
  type Watcher,
  type WatchOptions,
  withPrefix,
} from '../store.ts';
import { Connection, type ConnectionOptions } from './connection.ts';
import { fromRangeResponse, fromTxnResponse, toRangeRequest, toTxnRequest } from './convert.ts';
import { EtcdStorage } from './etcd-storage.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import { methods } from './protocol.ts';
import { unavailable } from './status.ts';
import { EtcdWatch } from './watch.ts';

export interface EtcdStoreOptions extends ConnectionOptions {
  readonly log: Log;
  /** Opens even if no endpoint answers: each call then reports whether one does. */
  readonly mayBeAway?: boolean;
}

/**
 * Opens a store on etcd v3 (3.4 or newer). If one of several endpoints fails, the next one is used. Throws
 * STORE_UNAVAILABLE if none answers, STORE_REFUSED if the user lacks the right, USAGE for a malformed endpoint.
 */
export async function openEtcdStore(options: EtcdStoreOptions): Promise<Store> {
  const { runtime, log } = options;
  const connection = new Connection({ ...options, onFull: (reason) => storage.fill(reason) });
  const storage = new EtcdStorage(connection, runtime, log);
  const store = new EtcdStore(connection, storage, runtime, log);
  try {
    if (options.mayBeAway !== true) await store.checkAccess();
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}

class EtcdStore implements Store {
  readonly storage: EtcdStorage;
  readonly #connection: Connection;
  readonly #runtime: Runtime;
  readonly #log: Log;
  readonly #leases: LeaseKeeper;
  readonly #history: History;
  readonly #watches = new Set<EtcdWatch>();
  /** New watches whose start revision isn't known yet. Later requests wait for them. */
  readonly #positioning = new Set<Promise<void>>();
  /** Receives every signature, also those outside of the watched ranges. */
  #signatures: EtcdWatch | null = null;
  #closed = false;

  constructor(connection: Connection, storage: EtcdStorage, runtime: Runtime, log: Log) {
    this.storage = storage;
    this.#connection = connection;
    this.#runtime = runtime;
    this.#log = log;
    this.#leases = new LeaseKeeper({ connection, runtime, log, settle: () => this.#settle() });
    this.#history = new History(
      (range, options) => this.#read(range, options),
      (revision) => this.#beginAnew(revision),
    );
  }

  async checkAccess(): Promise<void> {
    await this.#history.check();
  }

  async get(range: KeyRange, options: GetOptions = {}): Promise<GetResult> {
    checkGet(range, options);
    await this.#settle();
    return await this.#read(range, options);
  }

  async transact(transaction: Transaction): Promise<TransactionResult> {
    checkTransaction(transaction);
    await this.#settle();
    const operations = [...transaction.success, ...(transaction.failure ?? [])];
    const kind = operations.every((operation) => operation.type === 'get') ? 'repeatable' : 'once';
    const answered = this.#history.asked();
    const result = fromTxnResponse(await this.#connection.call(methods.transact, toTxnRequest(transaction), kind));
    answered(result.revision);
    return result;
  }

  watch(range: KeyRange, options: WatchOptions, watcher: Watcher): Watch {
    if (this.#closed) throw unavailable('it is closed');
    checkRange(range);
    if (options.fromRevision !== undefined) checkCount(options.fromRevision, 'fromRevision');
    if (this.#signatures === null) this.#followSignatures();
    const watch = this.#open(range, options, watcher);
    if (options.fromRevision === undefined) {
      this.#positioning.add(watch.positioned);
      void watch.positioned.then(() => this.#positioning.delete(watch.positioned));
    }
    return { close: () => watch.close() };
  }

  async lease(ttlMs: number): Promise<Lease> {
    if (!(ttlMs > 0)) throw refused('a lease needs a time to live');
    return this.#leases.grant(ttlMs);
  }

  async compact(revision: number): Promise<void> {
    checkCount(revision, 'revision');
    try {
      await this.#connection.call(methods.compact, { revision }, 'repeatable');
    } catch (error) {
      if (!isKamadoError(error, 'STORE_REFUSED') || !error.message.includes('has been compacted')) throw error;
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.storage.close();
    for (const watch of this.#watches) watch.close();
    // An unreachable etcd deletes the keys when the leases expire.
    await Promise.race([this.#leases.close(), sleep(this.#runtime, limits.storeCloseMs)]);
    this.#connection.close();
  }

  #followSignatures(): void {
    const watcher = { onEvents: () => {}, onCompacted: () => this.#followSignatures() };
    this.#signatures = this.#open(withPrefix(WRITERS_PREFIX), {}, watcher);
  }

  #open(range: KeyRange, options: WatchOptions, watcher: Watcher): EtcdWatch {
    const context = {
      connection: this.#connection,
      runtime: this.#runtime,
      log: this.#log,
      history: this.#history,
    };
    const watch = new EtcdWatch(context, range, options, watcher);
    this.#watches.add(watch);
    watch.closed.addEventListener('abort', () => this.#watches.delete(watch), { once: true });
    return watch;
  }

  /** Reads without waiting for watches: watches read this way themselves. */
  async #read(range: KeyRange, options: GetOptions = {}): Promise<GetResult> {
    const answered = this.#history.asked();
    const response = await this.#connection.call(methods.range, toRangeRequest(range, options), 'repeatable');
    answered(Number(response.header.revision));
    return fromRangeResponse(response, options);
  }

  /**
   * Starts over after etcd has gone back to an older state. Grants and events of the lost history are void: leases are
   * lost, so that leaders and claimants start over, and watches end.
   */
  #beginAnew(revision: number): void {
    this.#log.warn({ revision }, 'the store has gone back to an older state');
    this.#leases.loseAll();
    for (const watch of [...this.#watches]) watch.rewind(revision);
  }

  async #settle(): Promise<void> {
    if (this.#positioning.size === 0) return;
    const positioned = Promise.all(this.#positioning).then(() => true);
    const timeout = sleep(this.#runtime, limits.storeRequestTimeoutMs).then(() => false);
    if (!(await Promise.race([positioned, timeout]))) throw unavailable('watches cannot be opened');
  }
}

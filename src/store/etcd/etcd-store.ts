import { isKamadoError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import type { Log } from '../../kernel/log.ts';
import { type Runtime, sleep } from '../../kernel/runtime.ts';
import { checkCount, checkGet, checkRange, checkTransaction, refused } from '../check.ts';
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
import { Connection, type ConnectionOptions } from './connection.ts';
import { fromRangeResponse, fromTxnResponse, toRangeRequest, toTxnRequest } from './convert.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import { methods } from './protocol.ts';
import { unavailable } from './status.ts';
import { EtcdWatch } from './watch.ts';

export interface EtcdStoreOptions extends ConnectionOptions {
  readonly log: Log;
  /** Opens also where no endpoint answers: each call then tells whether one does. */
  readonly mayBeAway?: boolean;
}

/**
 * Opens a store on etcd v3 (3.4 or newer). Where several endpoints are given, the next one is taken when one fails.
 * Throws STORE_UNAVAILABLE where none answers, STORE_REFUSED where the user may not, USAGE for a malformed endpoint.
 */
export async function openEtcdStore(options: EtcdStoreOptions): Promise<Store> {
  const connection = new Connection(options);
  const store = new EtcdStore(connection, options.runtime, options.log);
  try {
    if (options.mayBeAway !== true) await store.checkAccess();
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}

class EtcdStore implements Store {
  readonly #connection: Connection;
  readonly #runtime: Runtime;
  readonly #log: Log;
  readonly #leases: LeaseKeeper;
  readonly #watches = new Set<EtcdWatch>();
  /** Watches from now on that don't know yet which revision that is: what is asked after them waits for them. */
  readonly #positioning = new Set<Promise<void>>();
  #closed = false;

  constructor(connection: Connection, runtime: Runtime, log: Log) {
    this.#connection = connection;
    this.#runtime = runtime;
    this.#log = log;
    this.#leases = new LeaseKeeper({ connection, runtime, log, settle: () => this.#settle() });
  }

  async checkAccess(): Promise<void> {
    await this.get({ from: '/kamado/' }, { keysOnly: true });
  }

  async get(range: KeyRange, options: GetOptions = {}): Promise<GetResult> {
    checkGet(range, options);
    await this.#settle();
    const response = await this.#connection.call(methods.range, toRangeRequest(range, options), 'repeatable');
    return fromRangeResponse(response, options);
  }

  async transact(transaction: Transaction): Promise<TransactionResult> {
    checkTransaction(transaction);
    await this.#settle();
    const operations = [...transaction.success, ...(transaction.failure ?? [])];
    const kind = operations.every((operation) => operation.type === 'get') ? 'repeatable' : 'once';
    return fromTxnResponse(await this.#connection.call(methods.transact, toTxnRequest(transaction), kind));
  }

  watch(range: KeyRange, options: WatchOptions, watcher: Watcher): Watch {
    if (this.#closed) throw unavailable('it is closed');
    checkRange(range);
    if (options.fromRevision !== undefined) checkCount(options.fromRevision, 'fromRevision');
    const context = { connection: this.#connection, runtime: this.#runtime, log: this.#log };
    const watch = new EtcdWatch(context, range, options, watcher);
    this.#watches.add(watch);
    if (options.fromRevision === undefined) {
      this.#positioning.add(watch.positioned);
      void watch.positioned.then(() => this.#positioning.delete(watch.positioned));
    }
    watch.closed.addEventListener('abort', () => this.#watches.delete(watch), { once: true });
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
    for (const watch of this.#watches) watch.close();
    await this.#leases.close();
    this.#connection.close();
  }

  async #settle(): Promise<void> {
    if (this.#positioning.size === 0) return;
    const positioned = Promise.all(this.#positioning).then(() => true);
    const timeout = sleep(this.#runtime, limits.storeRequestTimeoutMs).then(() => false);
    if (!(await Promise.race([positioned, timeout]))) throw unavailable('watches cannot be opened');
  }
}

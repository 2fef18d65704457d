import { errorText, isKamadoError, kamadoError } from '../../src/kernel/errors.ts';
import { limits } from '../../src/kernel/limits.ts';
import type { Log } from '../../src/kernel/log.ts';
import { storageFull } from '../../src/kernel/storage.ts';
import type { EmbeddedLimits } from '../../src/store/embedded/embedded-limits.ts';
import { openEmbeddedStore } from '../../src/store/embedded/embedded-store.ts';
import type { LogRecord, Persistence } from '../../src/store/embedded/persistence.ts';
import type { KeyRange, Lease, Store, Watch, Watcher } from '../../src/store/store.ts';
import { RewindableLog } from '../support/rewindable-log.ts';
import type { Random } from './random.ts';
import { SimulatedProcess } from './simulated-process.ts';
import type { World } from './world.ts';

const noSpace = { what: 'disk', reason: 'it has no room', remedy: 'Wait.' };

/** How late a server looks at the leases. */
const EXPIRY_LATE_MS = 500;

interface Granted {
  readonly lease: Lease;
  readonly ttlMs: number;
  expiresAtMs: number;
}

/**
 * The store of all processes: the embedded store's own code behind a network, with leases that end when they weren't
 * renewed in time. It can be stopped, killed and opened again on the same log.
 */
export class StoreServer {
  readonly #world: World;
  readonly #random: Random;
  readonly #log: Persistence;
  readonly #rewindable = new RewindableLog();
  readonly #leases = new Map<string, Granted>();
  readonly #onDown = new Set<() => void>();
  #process: SimulatedProcess | null = null;
  #store: Store | null = null;
  #lives = 0;
  #histories = 0;
  #failNextCommit = false;
  #isDiskFull = false;

  /** @param onCommit hears of all records that became durable, before anybody else does */
  constructor(world: World, onCommit: (records: readonly LogRecord[]) => void) {
    this.#world = world;
    this.#random = world.random('server');
    const log = this.#rewindable;
    this.#log = {
      load: () => log.load(),
      read: (row) => log.read(row),
      close: () => log.close(),
      commit: (batch) => {
        if (this.#failNextCommit) {
          this.#failNextCommit = false;
          throw new Error('the disk is gone');
        }
        if (this.#isDiskFull) throw storageFull(noSpace);
        log.commit(batch);
        // The store changes its own records: it leaves values in the log.
        const records = batch.records.map(({ row, revision, key, entry }) => ({ row, revision, key, entry }));
        if (records.length > 0) onCommit(records);
      },
    };
  }

  get isUp(): boolean {
    return this.#store !== null;
  }

  /** The store itself, for those who look from outside; null while it is down. */
  get store(): Store | null {
    return this.#store;
  }

  async open(): Promise<void> {
    if (this.#process !== null) return;
    const process = new SimulatedProcess(`server.${++this.#lives}`, this.#world);
    this.#process = process;
    const log = this.#world.trace.logOf(process.name, () => this.#schedule(() => this.kill()));
    const historyRevisions = this.#world.random('history').pick([300, 2_000, limits.storeHistoryRevisions]);
    const valueBounds = this.#world.random('values').pick([{ inlineCharacters: 0, recentCharacters: 0 }, {}]);
    const store = await this.#load(process, log, { historyRevisions, ...valueBounds });
    if (store === null || !process.isAlive) return;
    this.#store = store;
    this.#world.trace.note(process.name, 'serves');
  }

  /** Opens the log; null where the disk failed in that. */
  async #load(process: SimulatedProcess, log: Log, given: Partial<EmbeddedLimits>): Promise<Store | null> {
    try {
      return await openEmbeddedStore({
        runtime: process.runtime,
        persistence: this.#log,
        log,
        limits: given,
      });
    } catch (error) {
      if (!isKamadoError(error)) throw error;
      this.kill();
      return null;
    }
  }

  /** Ends at once: what isn't durable is gone. */
  kill(): void {
    if (this.#process === null) return;
    this.#world.trace.note(this.#process.name, 'killed');
    this.#process.die();
    this.#world.count('the store goes down');
    this.#process = null;
    this.#store = null;
    this.#leases.clear();
    for (const tell of [...this.#onDown]) tell();
  }

  /** Ends as asked: what was written is made durable. */
  async stop(): Promise<void> {
    await this.#store?.close();
    this.kill();
  }

  /** Counts how often the store has gone back. */
  get histories(): number {
    return this.#histories;
  }

  /** Makes a copy of what is durable. */
  save(): void {
    this.#rewindable.save();
  }

  /** Ends at once, and holds what the last copy does. Returns that, or null where there is none. */
  goBack(): readonly LogRecord[] | null {
    if (!this.#rewindable.goBack()) return null;
    this.#histories++;
    this.#world.count('the store goes back');
    this.#world.trace.note('world', 'the store goes back to an older copy');
    const held = [...this.#rewindable.load().records];
    this.kill();
    return held;
  }

  /** For so long, nothing is written to the log; reads go on. */
  fillDisk(forMs: number): void {
    this.#isDiskFull = true;
    this.#world.scheduler.at(forMs, this.#world.outside, () => {
      this.#isDiskFull = false;
    });
  }

  /** The next write of the log fails, and with it the store, until it is opened again. */
  breakDisk(): void {
    this.#failNextCommit = this.isUp;
  }

  /** Calls back when the server goes down. Returns what ends that. */
  onDown(tell: () => void): () => void {
    this.#onDown.add(tell);
    return () => this.#onDown.delete(tell);
  }

  /** Does a request. Where the server dies meanwhile there is never an answer. */
  handle<Result>(request: (store: Store) => Promise<Result>): Promise<Result> {
    if (this.#store === null) return Promise.reject(unavailable('connection refused'));
    return request(this.#store);
  }

  watch(range: KeyRange, fromRevision: number, watcher: Watcher): Watch {
    if (this.#store === null) throw unavailable('connection refused');
    return this.#store.watch(range, { fromRevision }, watcher);
  }

  async grant(ttlMs: number): Promise<string> {
    const lease = await this.handle((store) => store.lease(ttlMs));
    this.#leases.set(lease.id, { lease, ttlMs, expiresAtMs: this.#world.nowMs + ttlMs });
    this.#expectEnd(lease.id, ttlMs);
    return lease.id;
  }

  /** Renews a lease; false where there is none. */
  renew(id: string): boolean {
    const granted = this.#leases.get(id);
    if (granted === undefined) return false;
    granted.expiresAtMs = this.#world.nowMs + granted.ttlMs;
    return true;
  }

  async revoke(id: string): Promise<void> {
    const granted = this.#leases.get(id);
    this.#leases.delete(id);
    if (this.#store === null) throw unavailable('connection refused');
    await granted?.lease.close();
  }

  #expectEnd(id: string, inMs: number): void {
    this.#process?.at(inMs + this.#random.between(0, EXPIRY_LATE_MS), () => {
      const granted = this.#leases.get(id);
      if (granted === undefined) return;
      const leftMs = granted.expiresAtMs - this.#world.nowMs;
      if (leftMs > 0) {
        this.#expectEnd(id, leftMs);
        return;
      }
      this.#leases.delete(id);
      this.#world.trace.note('server', `lease ${id} ends`);
      granted.lease.close().catch((error: unknown) => {
        // A store that has failed ends its leases when it is opened again.
        if (!isKamadoError(error)) this.#world.scheduler.fail(error);
        this.#world.trace.note('server', errorText(error));
      });
    });
  }

  #schedule(task: () => void): void {
    this.#world.scheduler.at(0, this.#world.outside, task);
  }
}

/** What a client hears of a store that can't be reached. */
export function unavailable(reason: string): Error {
  return kamadoError('STORE_UNAVAILABLE', { reason });
}

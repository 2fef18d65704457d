import { limits } from '../../src/kernel/limits.ts';
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
} from '../../src/store/store.ts';
import type { LinkContext } from './link-context.ts';
import { LinkLease } from './link-lease.ts';
import { LinkWatch } from './link-watch.ts';
import type { Random } from './random.ts';
import { unavailable } from './store-server.ts';

/** How long a request that comes late is under way. */
const LATE_MS = 15_000;

/** When a request, its answer, or the one who sent it is lost. */
type Fate = 'fine' | 'crashBefore' | 'crashSent' | 'crashAfter' | 'lost' | 'unanswered' | 'late';

/** A process's way to the store: the store's port, over a network on which everything can be lost, and at any time. */
export class Link implements Store {
  readonly #context: LinkContext;
  readonly #random: Random;
  readonly #open = new Set<LinkWatch | LinkLease>();
  #closed = false;

  constructor(context: LinkContext) {
    this.#context = context;
    this.#random = context.world.random(`link ${context.process.name}`);
  }

  get(range: KeyRange, options?: GetOptions): Promise<GetResult> {
    return this.#ask('get', (store) => store.get(range, options));
  }

  transact(transaction: Transaction): Promise<TransactionResult> {
    return this.#ask('transact', (store) => store.transact(transaction));
  }

  watch(range: KeyRange, options: WatchOptions, watcher: Watcher): Watch {
    const watch = new LinkWatch(this.#context, this.#random, range, options, watcher);
    this.#open.add(watch);
    return watch;
  }

  async lease(ttlMs: number): Promise<Lease> {
    const { world, network } = this.#context;
    const sentAtMs = world.nowMs;
    const id = await this.request('lease', () => network.server.grant(ttlMs));
    const lease = new LinkLease((send) => this.request('revoke', send), this.#context, this.#random, {
      id,
      ttlMs,
      sentAtMs,
    });
    this.#open.add(lease);
    return lease;
  }

  compact(revision: number): Promise<void> {
    return this.#ask('compact', (store) => store.compact(revision));
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled([...this.#open].map((one) => one.close()));
  }

  /** The process is dead: the server notices that nobody reads its streams. */
  drop(): void {
    for (const one of this.#open) if (one instanceof LinkWatch) void one.close();
  }

  #ask<Result>(what: string, apply: (store: Store) => Promise<Result>): Promise<Result> {
    return this.request(what, () => this.#context.network.server.handle(apply));
  }

  /** Sends a request. Where the process dies meanwhile the promise never settles. */
  request<Result>(what: string, handle: () => Promise<Result>): Promise<Result> {
    const { process, network, place } = this.#context;
    if (!process.isAlive) return new Promise(() => {});
    if (this.#closed) return Promise.reject(unavailable('it is closed'));
    const fate = this.#drawFate();
    this.#context.world.count(`a request is ${fate}`);
    if (fate === 'crashBefore') {
      this.#crash(`before a ${what}`);
      return new Promise(() => {});
    }
    return new Promise((resolve, reject) => {
      if (!network.reaches(place)) {
        process.at(network.delayMs(), () => reject(unavailable('connection refused')));
        return;
      }
      const giveUp = process.at(this.#random.between(1_000, limits.storeRequestTimeoutMs), () => {
        reject(unavailable(`no answer to a ${what}`));
      });
      const answer = (settle: () => void): void => {
        if (fate === 'unanswered' || network.isCut(place)) return;
        process.at(network.delayMs(), () => {
          giveUp.cancel();
          if (fate === 'crashAfter') this.#crash(`when a ${what} was answered`);
          else settle();
        });
      };
      if (fate === 'lost') return;
      network.deliver(fate === 'late' ? this.#random.between(0, LATE_MS) : network.delayMs(), () => {
        if (!network.reaches(place)) return;
        handle().then(
          (result) => answer(() => resolve(result)),
          (error: unknown) => answer(() => reject(error)),
        );
      });
      if (fate === 'crashSent') this.#crash(`when a ${what} was sent`);
    });
  }

  #drawFate(): Fate {
    const { crashAtOperation, lostRequest, lostAnswer, lateRequest } = this.#context.world.profile;
    const random = this.#random;
    if (random.chance(crashAtOperation)) return random.pick(['crashBefore', 'crashSent', 'crashAfter'] as const);
    if (random.chance(lostRequest)) return 'lost';
    if (random.chance(lostAnswer)) return 'unanswered';
    return random.chance(lateRequest) ? 'late' : 'fine';
  }

  #crash(when: string): void {
    this.#context.onCrash(when);
  }
}

import { limits } from '../kernel/index.ts';
import type { Lease, Store } from '../store/index.ts';

/**
 * The leases of claims. Each claim has one of its own while it holds; that of a claim that has ended serves a next one,
 * so that a job under load costs neither a grant nor a revocation.
 */
export class ClaimLeases {
  readonly #store: Store;
  readonly #free: Lease[] = [];
  #closed = false;

  constructor(store: Store) {
    this.#store = store;
  }

  /** A lease to which nothing is attached. Throws as `Store.lease`. */
  async take(): Promise<Lease> {
    for (let free = this.#free.pop(); free !== undefined; free = this.#free.pop()) {
      if (!free.lost.aborted) return free;
    }
    return await this.#store.lease(limits.claimLeaseMs);
  }

  /** Gives back a lease to which nothing is attached any more; few are kept, the others end. */
  async giveBack(lease: Lease): Promise<void> {
    if (this.#closed || this.#free.length >= limits.workerFreeLeases) await lease.close();
    else this.#free.push(lease);
  }

  /** Ends those that nobody has. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#free.splice(0).map((lease) => lease.close()));
  }
}

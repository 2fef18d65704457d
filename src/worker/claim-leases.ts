import { limits } from '../kernel/index.ts';
import type { Lease, Store } from '../store/index.ts';

/**
 * The leases of claims. Each claim has a lease of its own while it holds; the lease of an ended claim is used for a
 * later one, so that a job under load needs neither a grant nor a revocation.
 */
export class ClaimLeases {
  readonly #store: Store;
  readonly #free: Lease[] = [];
  #closed = false;

  constructor(store: Store) {
    this.#store = store;
  }

  /** A lease to which nothing is attached. Throws the errors of `Store.lease`. */
  async take(): Promise<Lease> {
    for (let free = this.#free.pop(); free !== undefined; free = this.#free.pop()) {
      if (!free.lost.aborted) return free;
    }
    return await this.#store.lease(limits.claimLeaseMs);
  }

  /** Returns a lease to which nothing is attached any more. A few are kept, the others are revoked. */
  async giveBack(lease: Lease): Promise<void> {
    if (this.#closed || this.#free.length >= limits.workerFreeLeases) await lease.close();
    else this.#free.push(lease);
  }

  /** Revokes the unused leases. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#free.splice(0).map((lease) => lease.close()));
  }
}

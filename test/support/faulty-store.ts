import { kamadoError } from '../../src/kernel/errors.ts';
import type { Lease, Store, Transaction } from '../../src/store/store.ts';

/** What becomes of a transaction: lost before it is applied, or only its answer; null: nothing of that kind. */
export type Fault = 'before' | 'after' | null;

/** A store that is away whenever `faultOf` says so. */
export function faultyStore(store: Store, faultOf: (transaction: Transaction) => Fault): Store {
  const away = () => kamadoError('STORE_UNAVAILABLE', { reason: 'the test says so' });
  return {
    ...delegating(store),
    transact: async (transaction) => {
      const fault = faultOf(transaction);
      if (fault === 'before') throw away();
      const result = await store.transact(transaction);
      if (fault === 'after') throw away();
      return result;
    },
  };
}

/** A store whose leases can be ended by the test, as they are when their holder can't renew them. */
export function withMortalLeases(store: Store): { readonly store: Store; readonly expireAll: () => Promise<void> } {
  const held = new Set<{ readonly lease: Lease; readonly lost: AbortController }>();
  return {
    store: {
      ...delegating(store),
      lease: async (ttlMs) => {
        const lease = await store.lease(ttlMs);
        const one = { lease, lost: new AbortController() };
        held.add(one);
        const close = async () => {
          held.delete(one);
          await lease.close();
        };
        return { id: lease.id, lost: AbortSignal.any([lease.lost, one.lost.signal]), close };
      },
    },
    expireAll: async () => {
      for (const { lease, lost } of held) {
        lost.abort();
        await lease.close();
      }
      held.clear();
    },
  };
}

function delegating(store: Store): Store {
  return {
    get: (range, options) => store.get(range, options),
    transact: (transaction) => store.transact(transaction),
    watch: (range, options, watcher) => store.watch(range, options, watcher),
    lease: (ttlMs) => store.lease(ttlMs),
    compact: (revision) => store.compact(revision),
    close: () => store.close(),
  };
}

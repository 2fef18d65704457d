import type { Runtime } from '../kernel/index.ts';
import type { Operation, Store, Transaction } from './store.ts';

/**
 * The prefix of the signatures of all writers. A watcher of everything sees a signature in the same revision as the
 * signed write.
 */
export const WRITERS_PREFIX = '/kamado/writers/';

/**
 * A store that adds to each writing transaction who wrote it, and when: `/kamado/writers/<writer>` with `{"writer":
 * string, "timeMs": number}`. That is one more operation in each branch that writes.
 */
export function signed(store: Store, runtime: Runtime, writer: string): Store {
  const sign = (operations: readonly Operation[]): readonly Operation[] => {
    if (operations.every((operation) => operation.type === 'get')) return operations;
    const value = JSON.stringify({ writer, timeMs: runtime.nowMs() });
    return [...operations, { type: 'put', key: `${WRITERS_PREFIX}${writer}`, value }];
  };
  return {
    get: (range, options) => store.get(range, options),
    transact: async (transaction: Transaction) => {
      const success = sign(transaction.success);
      const failure = sign(transaction.failure ?? []);
      const result = await store.transact({ ...transaction, success, failure });
      const asked = result.succeeded ? transaction.success : (transaction.failure ?? []);
      return { ...result, results: result.results.slice(0, asked.length) };
    },
    watch: (range, options, watcher) => store.watch(range, options, watcher),
    lease: (ttlMs) => store.lease(ttlMs),
    compact: (revision) => store.compact(revision),
    close: () => store.close(),
  };
}

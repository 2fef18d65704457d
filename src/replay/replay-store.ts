import { limits, type Runtime, silentLog } from '../kernel/index.ts';
import { memoryPersistence, openEmbeddedStore } from '../store/embedded/index.ts';
import { type Operation, type Store, type StoreEvent, withPrefix } from '../store/index.ts';

/** An embedded store in memory that a replay watches. */
export interface ReplayStore {
  readonly store: Store;
  /** Writes in the order given, in as few transactions as the store allows. */
  readonly write: (operations: readonly Operation[]) => Promise<void>;
}

/** Opens a store; `onEvents` receives all its writes. */
export async function openReplayStore(
  runtime: Runtime,
  onEvents: (events: readonly StoreEvent[], revision: number) => void,
): Promise<ReplayStore> {
  const store = await openEmbeddedStore({ runtime, persistence: memoryPersistence(), log: silentLog });
  // It is never compacted, and its history is smaller than its limit.
  store.watch(withPrefix('/'), {}, { onEvents, onCompacted: () => {} });
  const write = async (operations: readonly Operation[]): Promise<void> => {
    for (let first = 0; first < operations.length; first += limits.transactionOperations) {
      await store.transact({ success: operations.slice(first, first + limits.transactionOperations) });
    }
  };
  return { store, write };
}

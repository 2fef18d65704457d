import type { Store } from '../../src/store/store.ts';

/** A store under test. */
export interface OpenedStore {
  readonly store: Store;
  /** Ends the store and opens another one on the same data; `cleanup` ends that one. */
  readonly restart?: () => Promise<Store>;
  readonly cleanup: () => Promise<void>;
}

export interface ContractOptions {
  /** Runs of the comparison with the model. */
  readonly runs: number;
  readonly skip?: string;
}

/** Declares a test of the contract: it gets a store, and a prefix for keys that are its own. */
export type ContractTest = (
  name: string,
  body: (store: Store, prefix: string, opened: OpenedStore) => Promise<void>,
) => void;

import { describe, test } from 'node:test';
import type { Store } from '../../src/store/store.ts';
import { compareContract } from './contract-compares.ts';
import { leaseContract } from './contract-leases.ts';
import { modelContract } from './contract-model.ts';
import { rangeContract } from './contract-ranges.ts';
import { transactionContract } from './contract-transactions.ts';
import { watchContract } from './contract-watches.ts';

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

let prefixes = 0;

/** What every store promises, as tests of the one that `openStore` gives. Each test opens its own. */
export function storeContract(
  name: string,
  openStore: () => Promise<OpenedStore>,
  { runs, ...options }: ContractOptions,
): void {
  describe(name, options, () => {
    const declare: ContractTest = (title, body) => {
      test(title, async () => {
        const opened = await openStore();
        try {
          await body(opened.store, `/contract/${process.pid}-${++prefixes}/`, opened);
        } finally {
          await opened.cleanup();
        }
      });
    };
    rangeContract(declare);
    transactionContract(declare);
    compareContract(declare);
    watchContract(declare);
    leaseContract(declare);
    modelContract(declare, runs);
  });
}

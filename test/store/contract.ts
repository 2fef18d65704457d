import { describe, test } from 'node:test';
import { compareContract } from './contract-compares.ts';
import { leaseContract } from './contract-leases.ts';
import { modelContract } from './contract-model.ts';
import { rangeContract } from './contract-ranges.ts';
import type { ContractOptions, ContractTest, OpenedStore } from './contract-test.ts';
import { transactionContract } from './contract-transactions.ts';
import { watchContract } from './contract-watches.ts';

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

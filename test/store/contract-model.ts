import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isKamadoError } from '../../src/kernel/errors.ts';
import { type Compare, type Operation, type Store, type Transaction, withPrefix } from '../../src/store/store.ts';
import type { ContractTest } from './contract-test.ts';
import { Recorder, revisionOf } from './helpers.ts';
import { ModelStore } from './model.ts';

const NAMES = ['a', 'b', 'b/1', 'b/2', 'c', 'd'];
const VALUES = ['', 'x', 'ü', '🔥'];

/** Random sequences of transactions: results, revisions, events and history as those of the model. */
export function modelContract(test: ContractTest, runs: number): void {
  test('does what the model does', async (store, p) => {
    let run = 0;
    const sequences = fc.array(anyTransaction(), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(sequences, async (transactions) => {
        await compareWithModel(store, `${p}${++run}/`, transactions);
      }),
      { numRuns: runs },
    );
  });
}

/** A transaction whose keys have no prefix yet and whose revisions count from the start of the run. */
function anyTransaction(): fc.Arbitrary<Transaction> {
  const key = fc.constantFrom(...NAMES);
  const range = fc.oneof(
    key.map((from) => ({ from })),
    fc.record({ from: key, to: key }),
  );
  const put = fc.record({ type: fc.constant('put' as const), key, value: fc.constantFrom(...VALUES) });
  const operation: fc.Arbitrary<Operation> = fc.oneof(
    { weight: 4, arbitrary: put },
    { weight: 2, arbitrary: fc.record({ type: fc.constant('delete' as const), range }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('get' as const), range }) },
  );
  const numbers = fc.record({
    key,
    target: fc.constantFrom('createRevision' as const, 'modRevision' as const, 'version' as const),
    is: fc.constantFrom('=' as const, '!=' as const, '<' as const, '>' as const),
    value: fc.nat(4),
  });
  const values = fc.record({
    key,
    target: fc.constant('value' as const),
    is: fc.constantFrom('=' as const, '!=' as const),
    value: fc.constantFrom(...VALUES),
  });
  const operations = fc.array(operation, { maxLength: 5 });
  const compare = fc.array(fc.oneof(numbers, values), { maxLength: 2 });
  return fc.record({ compare, success: operations, failure: operations });
}

async function compareWithModel(store: Store, prefix: string, transactions: readonly Transaction[]): Promise<void> {
  const start = await revisionOf(store);
  const model = new ModelStore(start);
  const recorder = new Recorder();
  const watch = store.watch(withPrefix(prefix), { previous: true }, recorder);
  for (const transaction of transactions) {
    const placed = place(transaction, prefix, start);
    assert.deepEqual(await attempt(store, placed), model.transact(placed));
  }
  const whole = withPrefix(prefix);
  for (let revision = start; revision <= model.revision; revision++) {
    assert.deepEqual((await store.get(whole, { revision })).entries, model.at(whole, revision));
  }
  assert.deepEqual((await store.get(whole)).entries, model.at(whole, model.revision));
  if (model.events.length > 0) await recorder.seen(model.revision);
  assert.deepEqual(recorder.calls, model.events);
  watch.close();
  const replay = new Recorder();
  const again = store.watch(whole, { fromRevision: start + 1, previous: true }, replay);
  if (model.events.length > 0) await replay.seen(model.revision);
  assert.deepEqual(replay.calls, model.events);
  again.close();
}

async function attempt(store: Store, transaction: Transaction) {
  try {
    return await store.transact(transaction);
  } catch (error) {
    if (isKamadoError(error, 'STORE_REFUSED')) return 'refused';
    throw error;
  }
}

function place({ compare = [], success, failure = [] }: Transaction, prefix: string, start: number): Transaction {
  const placeOperation = (operation: Operation): Operation =>
    operation.type === 'put'
      ? { ...operation, key: `${prefix}${operation.key}` }
      : { ...operation, range: placeRange(operation.range) };
  const placeRange = ({ from, to }: { readonly from: string; readonly to?: string }) =>
    to === undefined ? { from: `${prefix}${from}` } : { from: `${prefix}${from}`, to: `${prefix}${to}` };
  const placeCompare = (condition: Compare): Compare => {
    const key = `${prefix}${condition.key}`;
    const counts = condition.target === 'createRevision' || condition.target === 'modRevision';
    return counts && condition.value > 0
      ? { ...condition, key, value: condition.value + start }
      : { ...condition, key };
  };
  return {
    compare: compare.map(placeCompare),
    success: success.map(placeOperation),
    failure: failure.map(placeOperation),
  };
}

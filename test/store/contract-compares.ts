import assert from 'node:assert/strict';
import type { Compare } from '../../src/store/store.ts';
import type { ContractTest } from './contract-test.ts';
import { put, write } from './helpers.ts';

const RELATIONS = {
  '=': (a: number, b: number) => a === b,
  '!=': (a: number, b: number) => a !== b,
  '<': (a: number, b: number) => a < b,
  '>': (a: number, b: number) => a > b,
} as const;
const OPERATORS = ['=', '!=', '<', '>'] as const;
const TARGETS = ['createRevision', 'modRevision', 'version'] as const;

/** Every compare with every operator, on keys that are there and that aren't. */
export function compareContract(test: ContractTest): void {
  for (const target of TARGETS) {
    test(`compares ${target}`, async (store, p) => {
      await write(store, put(`${p}a`));
      await write(store, put(`${p}a`));
      const [entry] = (await store.get({ from: `${p}a` })).entries;
      const actual = entry?.[target] ?? 0;
      assert.ok(actual > 1);
      for (const is of OPERATORS) {
        for (const value of [0, actual - 1, actual, actual + 1]) {
          const there: Compare = { key: `${p}a`, target, is, value };
          const missing: Compare = { key: `${p}none`, target, is, value };
          const expected = RELATIONS[is](actual, value);
          assert.equal((await store.transact({ compare: [there], success: [] })).succeeded, expected, `${is} ${value}`);
          const ofZero = RELATIONS[is](0, value);
          assert.equal(
            (await store.transact({ compare: [missing], success: [] })).succeeded,
            ofZero,
            `0 ${is} ${value}`,
          );
        }
      }
    });
  }

  test('compares values; of a missing key, neither = nor != holds', async (store, p) => {
    await write(store, put(`${p}a`, 'ü'), put(`${p}empty`, ''));
    const holds = async (key: string, is: '=' | '!=', value: string) =>
      (await store.transact({ compare: [{ key: `${p}${key}`, target: 'value', is, value }], success: [] })).succeeded;
    assert.deepEqual([await holds('a', '=', 'ü'), await holds('a', '!=', 'ü')], [true, false]);
    assert.deepEqual([await holds('a', '=', 'u'), await holds('a', '!=', 'u')], [false, true]);
    assert.deepEqual([await holds('empty', '=', ''), await holds('empty', '!=', '')], [true, false]);
    assert.deepEqual([await holds('none', '=', ''), await holds('none', '!=', '')], [false, false]);
    assert.deepEqual([await holds('none', '=', 'x'), await holds('none', '!=', 'x')], [false, false]);
  });

  test('compares leases; none is lease 0', async (store, p) => {
    const lease = await store.lease(30_000);
    await write(store, put(`${p}leased`, '', lease.id), put(`${p}free`));
    const holds = async (key: string, is: '=' | '!=', value: string) =>
      (await store.transact({ compare: [{ key: `${p}${key}`, target: 'lease', is, value }], success: [] })).succeeded;
    assert.deepEqual([await holds('leased', '=', lease.id), await holds('leased', '!=', lease.id)], [true, false]);
    assert.deepEqual([await holds('leased', '=', '0'), await holds('leased', '!=', '0')], [false, true]);
    assert.deepEqual([await holds('free', '=', '0'), await holds('free', '!=', lease.id)], [true, true]);
    assert.deepEqual([await holds('none', '=', '0'), await holds('none', '=', lease.id)], [true, false]);
    await lease.close();
  });

  test('succeeds only if every compare holds', async (store, p) => {
    await write(store, put(`${p}a`, '1'));
    const yes: Compare = { key: `${p}a`, target: 'version', is: '=', value: 1 };
    const no: Compare = { key: `${p}a`, target: 'value', is: '=', value: '2' };
    for (const [compare, expected] of [
      [[yes, yes], true],
      [[yes, no], false],
      [[no, yes], false],
      [[], true],
    ] as const) {
      assert.equal((await store.transact({ compare, success: [] })).succeeded, expected);
    }
  });
}

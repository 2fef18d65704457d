import assert from 'node:assert/strict';
import { systemRuntime } from '../../src/app/process/system-runtime.ts';
import { limits } from '../../src/kernel/limits.ts';
import { signed } from '../../src/store/signed.ts';
import { type Operation, withPrefix } from '../../src/store/store.ts';
import type { ContractTest } from './contract-test.ts';
import { get, put, Recorder, remove, revisionOf, textOf, withCode, write } from './helpers.ts';

/** Writing: branches, revisions, what is refused, limits, and values of any kind. */
export function transactionContract(test: ContractTest): void {
  test('does one branch or the other', async (store, p) => {
    const transaction = {
      compare: [{ key: `${p}lock`, target: 'createRevision', is: '=', value: 0 }],
      success: [put(`${p}lock`, 'mine'), get(`${p}lock`)],
      failure: [get(`${p}lock`), put(`${p}late`, 'yes')],
    } as const;
    const first = await store.transact(transaction);
    const { revision } = first;
    const entry = {
      key: `${p}lock`,
      value: 'mine',
      createRevision: revision,
      modRevision: revision,
      version: 1,
      lease: null,
    };
    assert.deepEqual(first, {
      succeeded: true,
      revision,
      results: [{ type: 'put' }, { type: 'get', entries: [entry] }],
    });
    const second = await store.transact(transaction);
    assert.deepEqual(second, {
      succeeded: false,
      revision: revision + 1,
      results: [{ type: 'get', entries: [entry] }, { type: 'put' }],
    });
  });

  test('without a branch to do, says so', async (store, p) => {
    const revision = await revisionOf(store);
    const compare = [{ key: `${p}a`, target: 'version', is: '=', value: 1 }] as const;
    const result = await store.transact({ compare, success: [put(`${p}a`)] });
    assert.deepEqual(result, { succeeded: false, revision, results: [] });
  });

  test('gets in a transaction see its earlier operations, not its later ones', async (store, p) => {
    await write(store, put(`${p}a`, '1'), put(`${p}b`, '1'));
    const { results } = await store.transact({
      success: [get(p, `${p}~`), remove(`${p}b`), get(p, `${p}~`), put(`${p}c`, '2'), get(p, `${p}~`)],
    });
    const seen = results.map((result) =>
      result.type === 'get' ? result.entries.map(({ key }) => key.slice(p.length)).join('') : result.type,
    );
    assert.deepEqual(seen, ['ab', 'delete', 'a', 'put', 'ac']);
  });

  test('a writing transaction takes one revision, any other none', async (store, p) => {
    const start = await revisionOf(store);
    assert.equal(await write(store, put(`${p}a`), put(`${p}b`), remove(`${p}c`, `${p}d`)), start + 1);
    assert.equal(await write(store, get(`${p}a`)), start + 1);
    assert.equal(await write(store, remove(`${p}c`)), start + 1);
    assert.equal(await write(store), start + 1);
    assert.equal(await write(store, put(`${p}a`)), start + 2);
    assert.equal(await write(store, remove(`${p}a`, `${p}c`)), start + 3);
    assert.equal(await revisionOf(store), start + 3);
  });

  test('a deletion counts what it deleted', async (store, p) => {
    await write(store, ...['a', 'b', 'c'].map((key) => put(`${p}${key}`)));
    const { results } = await store.transact({ success: [remove(`${p}a`, `${p}c`), remove(`${p}b`), remove(`${p}c`)] });
    assert.deepEqual(
      results.map((result) => (result.type === 'delete' ? result.deleted : -1)),
      [2, 0, 1],
    );
  });

  test('two writes of one key in a branch are refused, and nothing is done', async (store, p) => {
    const refused: Operation[][] = [
      [put(`${p}a`, '1'), put(`${p}a`, '2')],
      [put(`${p}a`, '1'), remove(`${p}a`)],
      [remove(p, `${p}~`), put(`${p}a`, '1')],
      [put(`${p}a`, '1'), { type: 'delete', range: { from: p, to: '\0' } }],
    ];
    for (const operations of refused) {
      await assert.rejects(store.transact({ success: operations }), withCode('STORE_REFUSED'));
      await assert.rejects(store.transact({ success: [], failure: operations }), withCode('STORE_REFUSED'));
    }
    assert.equal(await textOf(store, `${p}a`), undefined);
    await store.transact({ success: [put(`${p}a`, '1'), remove(`${p}b`)], failure: [put(`${p}a`, '2')] });
    await store.transact({ success: [remove(p, `${p}~`), remove(`${p}a`)] });
    assert.equal(await textOf(store, `${p}a`), undefined);
  });

  test('refuses keys, values and leases that cannot be, and does nothing', async (store, p) => {
    const before = await revisionOf(store);
    const bad = [
      put(''),
      put(`${p}é`),
      put(`${p}b`, '\ud800'),
      put(`${p}b`, '', 'x'),
      put(`${p}b`, '', '0'),
      get(''),
      remove(''),
    ];
    for (const operation of bad) {
      await assert.rejects(store.transact({ success: [put(`${p}a`), operation] }), withCode('STORE_REFUSED'));
    }
    await assert.rejects(write(store, put(`${p}a`), put(`${p}b`, '', '123456')), withCode('STORE_REFUSED'));
    const compare = [{ key: '', target: 'version', is: '=', value: 0 }] as const;
    await assert.rejects(store.transact({ compare, success: [] }), withCode('STORE_REFUSED'));
    assert.equal(await revisionOf(store), before);
  });

  test('a transaction has as many operations as the limit, and not one more', async (store, p) => {
    const puts = Array.from({ length: limits.transactionOperations }, (_, index) => put(`${p}${index}`));
    await store.transact({ success: puts, failure: puts });
    assert.equal((await store.get(withPrefix(p))).count, limits.transactionOperations);
    const tooMany = [...puts, put(`${p}more`)];
    await assert.rejects(store.transact({ success: tooMany }), withCode('STORE_TOO_LARGE'));
    await assert.rejects(store.transact({ success: [], failure: tooMany }), withCode('STORE_TOO_LARGE'));
    const compare = tooMany.map(() => ({ key: p, target: 'version', is: '=', value: 0 }) as const);
    await assert.rejects(store.transact({ compare, success: [] }), withCode('STORE_TOO_LARGE'));
  });

  test('a transaction has as many bytes as the limit, and not one more', async (store, p) => {
    const key = `${p}big`;
    // Two bytes each in UTF-8.
    const value = 'é'.repeat(Math.floor((limits.transactionBytes - key.length) / 2));
    await write(store, put(key, value));
    assert.equal(await textOf(store, key), value);
    await assert.rejects(write(store, put(key, `${value}éé`)), withCode('STORE_TOO_LARGE'));
    const half = value.slice(0, value.length / 2);
    const failure = [put(`${p}other`, `${half}éé`)];
    await assert.rejects(store.transact({ success: [put(key, half)], failure }), withCode('STORE_TOO_LARGE'));
  });

  test('keeps any value as it was', async (store, p) => {
    const values = [
      '',
      '\0',
      'a\0b',
      'naïve 竈 🔥',
      '\u2028\n"\\',
      '{"a":[1,2.5e10]}',
      '\ufeffbom',
      "'; DROP TABLE x; --",
    ];
    await write(store, ...values.map((value, index) => put(`${p}${index}`, value)));
    const { entries } = await store.get(withPrefix(p));
    assert.deepEqual(
      entries.map((entry) => entry.value),
      values,
    );
    const key = `${p}'"\\ \t%_\x7f`;
    await write(store, put(key, 'key'));
    assert.equal(await textOf(store, key), 'key');
  });

  test('transactions of one turn are done in their order', async (store, p) => {
    const results = await Promise.all(
      Array.from({ length: 50 }, (_, index) => store.transact({ success: [put(`${p}${index}`), get(p, `${p}~`)] })),
    );
    const revisions = new Set(results.map((result) => result.revision));
    assert.equal(revisions.size, 50);
    assert.equal((await store.get(withPrefix(p))).count, 50);
  });

  test('of writers that compare, one wins', async (store, p) => {
    const compare = [{ key: `${p}one`, target: 'createRevision', is: '=', value: 0 }] as const;
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, index) => store.transact({ compare, success: [put(`${p}one`, `${index}`)] })),
    );
    assert.equal(results.filter((result) => result.succeeded).length, 1);
  });

  test('a signed store says in each revision who wrote, and when', async (store, p) => {
    const mine = signed(store, { ...systemRuntime, nowMs: () => 12.5 }, `test-${process.pid}`);
    const key = `/kamado/writers/test-${process.pid}`;
    const recorder = new Recorder();
    mine.watch({ from: '\0', to: '\0' }, {}, recorder);
    const { revision, results } = await mine.transact({ success: [put(`${p}a`, '1'), get(`${p}a`)] });
    assert.deepEqual(
      results.map((result) => result.type),
      ['put', 'get'],
    );
    await recorder.seen(revision);
    const sign = `put ${key}={"writer":"test-${process.pid}","timeMs":12.5}`;
    assert.deepEqual(recorder.lines, [`put ${p}a=1`, sign]);
    assert.equal(await write(mine, get(`${p}a`)), revision);
    const compare = [{ key: `${p}a`, target: 'version', is: '=', value: 7 }] as const;
    const failed = await mine.transact({ compare, success: [put(`${p}b`)], failure: [remove(`${p}a`)] });
    assert.deepEqual(failed.results, [{ type: 'delete', deleted: 1 }]);
    await recorder.seen(revision + 1);
    assert.deepEqual(recorder.lines.slice(2), [`delete ${p}a`, sign]);
  });

  test('refuses everything once it is closed', async (store, p) => {
    await store.close();
    await store.close();
    await assert.rejects(store.get({ from: p }), withCode('STORE_UNAVAILABLE'));
    await assert.rejects(write(store, put(`${p}a`)), withCode('STORE_UNAVAILABLE'));
    await assert.rejects(store.lease(1_000), withCode('STORE_UNAVAILABLE'));
    await assert.rejects(store.compact(1), withCode('STORE_UNAVAILABLE'));
    assert.throws(() => store.watch({ from: p }, {}, new Recorder()), withCode('STORE_UNAVAILABLE'));
  });
}

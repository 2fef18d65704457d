import assert from 'node:assert/strict';
import { withPrefix } from '../../src/store/store.ts';
import type { ContractTest } from './contract-test.ts';
import { put, remove, revisionOf, textOf, withCode, write } from './helpers.ts';

/** Reading: ranges, limits, sorts, counts, the past, and what compaction leaves of it. */
export function rangeContract(test: ContractTest): void {
  test('reads one key, a range, a prefix and everything from a key on, in order of keys', async (store, p) => {
    await write(store, put(`${p}b`, '2'), put(`${p}a`, '1'), put(`${p}b/x`, '3'), put(`${p}c`, '4'));
    const keys = async (from: string, to?: string) => {
      const { entries, count } = await store.get(to === undefined ? { from } : { from, to });
      assert.equal(count, entries.length);
      return entries.map((entry) => entry.key.slice(p.length));
    };
    assert.deepEqual(await keys(`${p}b`), ['b']);
    assert.deepEqual(await keys(`${p}none`), []);
    assert.deepEqual(await keys(`${p}a`, `${p}c`), ['a', 'b', 'b/x']);
    assert.deepEqual(await keys(`${p}c`, `${p}a`), []);
    assert.deepEqual((await store.get(withPrefix(`${p}b`))).count, 2);
    assert.deepEqual((await keys(`${p}b/`, '\0')).slice(0, 2), ['b/x', 'c']);
    const all = await store.get(withPrefix(''));
    assert.ok(all.entries.some((entry) => entry.key === `${p}a`));
  });

  test('says of an entry who made it when, and at which revision it was read', async (store, p) => {
    const first = await write(store, put(`${p}a`, 'ä'));
    const second = await write(store, put(`${p}a`, '2'));
    const entry = { key: `${p}a`, value: '2', createRevision: first, modRevision: second, version: 2, lease: null };
    assert.deepEqual(await store.get({ from: `${p}a` }), { entries: [entry], revision: second, count: 1 });
    await write(store, remove(`${p}a`));
    const third = await write(store, put(`${p}a`, '3'));
    const again = { key: `${p}a`, value: '3', createRevision: third, modRevision: third, version: 1, lease: null };
    assert.deepEqual((await store.get({ from: `${p}a` })).entries, [again]);
  });

  test('a limit cuts the entries, not the count', async (store, p) => {
    await write(store, ...['a', 'b', 'c', 'd'].map((key) => put(`${p}${key}`)));
    const { entries, count } = await store.get(withPrefix(p), { limit: 2 });
    assert.deepEqual(
      entries.map(({ key }) => key.slice(p.length)),
      ['a', 'b'],
    );
    assert.equal(count, 4);
    assert.equal((await store.get(withPrefix(p), { limit: 10 })).entries.length, 4);
  });

  test('keysOnly leaves the values out, and nothing else', async (store, p) => {
    const revision = await write(store, put(`${p}a`, 'long'));
    const entry = { key: `${p}a`, value: '', createRevision: revision, modRevision: revision, version: 1, lease: null };
    assert.deepEqual((await store.get({ from: `${p}a` }, { keysOnly: true })).entries, [entry]);
    assert.equal(await textOf(store, `${p}a`), 'long');
  });

  test('sorts by mod revision, also under a limit', async (store, p) => {
    for (const key of ['c', 'a', 'd', 'b', 'a']) await write(store, put(`${p}${key}`));
    const sorted = async (limit?: number) => {
      const options = limit === undefined ? {} : { limit };
      const { entries, count } = await store.get(withPrefix(p), { sort: 'modRevision', ...options });
      assert.equal(count, 4);
      return entries.map(({ key }) => key.slice(p.length)).join('');
    };
    assert.equal(await sorted(), 'cdba');
    assert.equal(await sorted(2), 'cd');
  });

  test('reads the past: what was there then, deleted or changed since', async (store, p) => {
    const before = await revisionOf(store);
    const first = await write(store, put(`${p}a`, '1'), put(`${p}b`, '1'));
    const second = await write(store, put(`${p}a`, '2'), remove(`${p}b`));
    const third = await write(store, put(`${p}b`, '3'), put(`${p}c`, '3'));
    const at = async (revision: number) => {
      const result = await store.get(withPrefix(p), { revision });
      assert.equal(result.revision, revision);
      assert.equal(result.count, result.entries.length);
      return result.entries.map(({ key, value, version }) => `${key.slice(p.length)}=${value}.${version}`).join(' ');
    };
    assert.equal(await at(before), '');
    assert.equal(await at(first), 'a=1.1 b=1.1');
    assert.equal(await at(second), 'a=2.2');
    assert.equal(await at(third), 'a=2.2 b=3.1 c=3.1');
    const limited = await store.get(withPrefix(p), { revision: third, limit: 1, keysOnly: true });
    assert.deepEqual([limited.entries.length, limited.count, limited.entries[0]?.value], [1, 3, '']);
    await assert.rejects(store.get(withPrefix(p), { revision: third + 1_000_000 }), withCode('STORE_REFUSED'));
  });

  test('compaction forgets what was before, and keeps the revision itself', async (store, p) => {
    const first = await write(store, put(`${p}a`, '1'), put(`${p}b`, '1'));
    const second = await write(store, put(`${p}a`, '2'), remove(`${p}b`));
    const third = await write(store, put(`${p}a`, '3'));
    await store.compact(second);
    await assert.rejects(store.get(withPrefix(p), { revision: first }), withCode('STORE_REFUSED'));
    const values = async (revision: number) =>
      (await store.get(withPrefix(p), { revision })).entries.map((entry) => entry.value);
    assert.deepEqual(await values(second), ['2']);
    assert.deepEqual(await values(third), ['3']);
    const [entry] = (await store.get({ from: `${p}a` })).entries;
    assert.deepEqual([entry?.createRevision, entry?.version], [first, 3]);
    await store.compact(second);
    await store.compact(first);
    await assert.rejects(store.compact(third + 1_000_000), withCode('STORE_REFUSED'));
    await store.compact(third);
    assert.deepEqual(await values(third), ['3']);
    await assert.rejects(store.get(withPrefix(p), { revision: second }), withCode('STORE_REFUSED'));
  });

  test('refuses options that mean nothing', async (store, p) => {
    for (const limit of [0, -1, 1.5]) {
      await assert.rejects(store.get({ from: p }, { limit }), withCode('STORE_REFUSED'));
    }
    await assert.rejects(store.get({ from: p }, { revision: 0 }), withCode('STORE_REFUSED'));
    await assert.rejects(store.get({ from: '' }), withCode('STORE_REFUSED'));
    await assert.rejects(store.get({ from: 'a', to: '' }), withCode('STORE_REFUSED'));
    await assert.rejects(store.compact(0), withCode('STORE_REFUSED'));
  });
}

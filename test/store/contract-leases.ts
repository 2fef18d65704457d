import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { withPrefix } from '../../src/store/store.ts';
import type { ContractTest } from './contract-test.ts';
import { put, Recorder, remove, revisionOf, textOf, withCode, write } from './helpers.ts';

const TTL_MS = 1_000;

/** Leases: attached keys, detaching, renewal, giving back, the end of the store. */
export function leaseContract(test: ContractTest): void {
  test('the keys of a lease are deleted in one revision when it is given back', async (store, p) => {
    const lease = await store.lease(TTL_MS);
    await write(store, put(`${p}b`, '', lease.id), put(`${p}a`, '', lease.id));
    const before = await write(store, put(`${p}c`, '', lease.id), put(`${p}free`));
    assert.equal((await store.get({ from: `${p}a` })).entries[0]?.lease, lease.id);
    const recorder = new Recorder();
    store.watch(withPrefix(p), { previous: true }, recorder);
    await lease.close();
    assert.equal(await revisionOf(store), before + 1);
    await recorder.seen(before + 1);
    assert.deepEqual(recorder.revisions, [before + 1]);
    assert.deepEqual(recorder.lines, [`delete ${p}a`, `delete ${p}b`, `delete ${p}c`]);
    assert.equal(recorder.calls[0]?.events[0]?.previous?.lease, lease.id);
    assert.equal((await store.get(withPrefix(p))).count, 1);
    await lease.close();
    assert.equal(lease.lost.aborted, false);
  });

  test('a lease without keys ends without a revision', async (store, p) => {
    const before = await write(store, put(`${p}a`));
    await (await store.lease(TTL_MS)).close();
    assert.equal(await revisionOf(store), before);
  });

  test('a put without the lease, or with another one, takes the key from it', async (store, p) => {
    const one = await store.lease(TTL_MS);
    const two = await store.lease(TTL_MS);
    assert.notEqual(one.id, two.id);
    await write(store, put(`${p}free`, '', one.id), put(`${p}other`, '', one.id), put(`${p}again`, '', one.id));
    await write(store, put(`${p}free`), put(`${p}other`, '', two.id), remove(`${p}again`));
    await write(store, put(`${p}again`));
    await one.close();
    assert.equal((await store.get(withPrefix(p))).count, 3);
    await two.close();
    const { entries } = await store.get(withPrefix(p));
    assert.deepEqual(
      entries.map(({ key, lease }) => [key.slice(p.length), lease]),
      [
        ['again', null],
        ['free', null],
      ],
    );
  });

  test('a lease that is kept outlives its time', async (store, p) => {
    const lease = await store.lease(TTL_MS);
    await write(store, put(`${p}a`, 'here', lease.id));
    await pause(4_000);
    assert.equal(await textOf(store, `${p}a`), 'here');
    assert.equal(lease.lost.aborted, false);
    await lease.close();
  });

  test('nothing can be put with a lease that was given back', async (store, p) => {
    const lease = await store.lease(TTL_MS);
    await lease.close();
    await assert.rejects(write(store, put(`${p}a`, '', lease.id)), withCode('STORE_REFUSED'));
    await assert.rejects(store.lease(0), withCode('STORE_REFUSED'));
    await assert.rejects(store.lease(Number.NaN), withCode('STORE_REFUSED'));
  });

  test('the end of the store ends its leases', async (store, p, { restart }) => {
    const lease = await store.lease(60_000);
    await write(store, put(`${p}a`, '', lease.id), put(`${p}b`));
    if (restart === undefined) await store.close();
    const next = await restart?.();
    assert.equal(lease.lost.aborted, true);
    await lease.close();
    if (next !== undefined)
      assert.deepEqual(
        (await next.get(withPrefix(p))).entries.map(({ key }) => key),
        [`${p}b`],
      );
  });
}

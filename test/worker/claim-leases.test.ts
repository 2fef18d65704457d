import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../src/kernel/limits.ts';
import { jobKey } from '../../src/records/keys.ts';
import { type Lease, oneKey, type Store } from '../../src/store/store.ts';
import { ClaimLeases } from '../../src/worker/claim-leases.ts';
import { faultyStore, withMortalLeases } from '../support/faulty-store.ts';
import { until } from '../support/until.ts';
import { finished, jobOf, openDesk, ready, start } from './jobs.ts';

/** A store that knows which of its leases are held. */
function counting(store: Store): { readonly store: Store; readonly held: Set<string>; readonly granted: string[] } {
  const held = new Set<string>();
  const granted: string[] = [];
  const lease = async (ttlMs: number): Promise<Lease> => {
    const { id, lost, close } = await store.lease(ttlMs);
    held.add(id);
    granted.push(id);
    const end = async (): Promise<void> => {
      held.delete(id);
      await close();
    };
    return { id, lost, close: end };
  };
  return { store: { ...faultyStore(store, () => null), lease }, held, granted };
}

test('J6: claims that hold at a time have leases of their own; what was given back serves the next', async (t) => {
  const desk = await openDesk(t);
  const { store, granted, held } = counting(desk.store);
  const ends: (() => void)[] = [];
  const worker = start(t, store, {
    run: () => new Promise((resolve) => ends.push(() => resolve({}))),
  });
  const jobs = [await ready(desk, jobOf('a')), await ready(desk, jobOf('b'))];
  await until(() => ends.length === 2, 'both run');
  const claims = await Promise.all(jobs.map(({ id }) => desk.store.get(oneKey(jobKey('working', id)))));
  const leases = claims.flatMap(({ entries }) => entries.map(({ lease }) => lease));
  assert.equal(new Set(leases).size, 2);
  for (const end of ends.splice(0)) end();
  for (const job of jobs) await finished(desk, job);
  const next = await ready(desk, jobOf('c'));
  await until(() => ends.length === 1, 'the next runs');
  const [claim] = (await desk.store.get(oneKey(jobKey('working', next.id)))).entries;
  assert.ok(leases.includes(claim?.lease ?? null));
  assert.equal(granted.length, 2);
  await worker.close();
  assert.equal(held.size, 0);
});

test('where the end of a claim is not known to be written, its lease ends', async (t) => {
  const desk = await openDesk(t);
  let faults = 0;
  const { store, granted, held } = counting(desk.store);
  const faulty = faultyStore(store, ({ success }) => {
    const finishes = success.some(({ type, ...rest }) => type === 'put' && JSON.stringify(rest).includes('/finished/'));
    return finishes && faults++ === 0 ? 'after' : null;
  });
  start(t, faulty, { run: async () => ({}) });
  await finished(desk, await ready(desk, jobOf('a')));
  await until(() => granted.length === 1 && held.size === 0, 'the lease has ended');
});

test('a lease that is lost while nobody has it is not taken', async (t) => {
  const desk = await openDesk(t);
  const { store, expireAll } = withMortalLeases(desk.store);
  const leases = new ClaimLeases(store);
  const lost = await leases.take();
  await leases.giveBack(lost);
  await expireAll();
  const next = await leases.take();
  assert.notEqual(next.id, lost.id);
  assert.equal(next.lost.aborted, false);
});

test('few leases are kept, and none at the end', async (t) => {
  const desk = await openDesk(t);
  const { store, held } = counting(desk.store);
  const leases = new ClaimLeases(store);
  const taken = await Promise.all(Array.from({ length: limits.workerFreeLeases + 3 }, () => leases.take()));
  const last = taken.pop();
  assert.ok(last);
  for (const lease of taken) await leases.giveBack(lease);
  assert.equal(held.size, limits.workerFreeLeases + 1);
  await leases.close();
  assert.deepEqual([...held], [last.id]);
  await leases.giveBack(last);
  assert.equal(held.size, 0);
});

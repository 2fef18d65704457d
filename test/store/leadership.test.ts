import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { systemRuntime } from '../../src/app/process/system-runtime.ts';
import { kamadoError } from '../../src/kernel/errors.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { campaign, type Term, together } from '../../src/store/leadership.ts';
import type { Store } from '../../src/store/store.ts';
import { faultyStore, withMortalLeases } from '../support/faulty-store.ts';
import { until } from '../support/until.ts';
import { Desk, openStore } from '../support/work.ts';

const KEY = '/leader';

async function openDesk(t: TestContext): Promise<Desk> {
  const desk = new Desk(await openStore());
  t.after(() => desk.store.close());
  return desk;
}

/** A candidate that notes its terms; `lead` lasts as long as the term, unless the test says otherwise. */
function candidate(t: TestContext, store: Store, name: string, lead: (term: Term) => Promise<void> = untilEnded) {
  const terms: Term[] = [];
  const fatal: unknown[] = [];
  const { close } = campaign({
    runtime: systemRuntime,
    store,
    log: silentLog,
    key: KEY,
    value: name,
    lead: async (term) => {
      terms.push(term);
      await lead(term);
    },
    onFatal: (error) => fatal.push(error),
  });
  t.after(close);
  const write = async (term: Term | undefined): Promise<boolean> => {
    assert.ok(term);
    return (await store.transact({ compare: [term.guard], success: [{ type: 'put', key: '/written', value: name }] }))
      .succeeded;
  };
  return { terms, fatal, close, write };
}

function untilEnded({ ended }: Term): Promise<void> {
  return new Promise((resolve) => {
    if (ended.aborted) resolve();
    else ended.addEventListener('abort', () => resolve(), { once: true });
  });
}

test('one leads; the next one does at once when it ends, and the deposed can’t write', async (t) => {
  const desk = await openDesk(t);
  const first = candidate(t, desk.store, 'first');
  await until(() => first.terms.length === 1, 'the first leads');
  const second = candidate(t, desk.store, 'second');
  const third = candidate(t, desk.store, 'third');
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(second.terms.length + third.terms.length, 0);
  assert.equal(await desk.value(KEY), 'first');
  assert.ok(await first.write(first.terms[0]));
  await first.close();
  assert.ok(first.terms[0]?.ended.aborted);
  await until(() => second.terms.length + third.terms.length === 1, 'the next');
  assert.equal(await first.write(first.terms[0]), false);
  const [leader, other] = second.terms.length === 1 ? [second, third] : [third, second];
  await leader.close();
  await until(() => other.terms.length === 1, 'the last');
});

test('a lost lease ends the term, and everything that was made in it', async (t) => {
  const desk = await openDesk(t);
  const mortal = withMortalLeases(desk.store);
  const first = candidate(t, mortal.store, 'first');
  await until(() => first.terms.length === 1, 'the first leads');
  const second = candidate(t, desk.store, 'second');
  await mortal.expireAll();
  await until(() => second.terms.length === 1, 'the second leads');
  assert.ok(first.terms[0]?.ended.aborted);
  assert.equal(await first.write(first.terms[0]), false);
  await second.close();
  await until(() => first.terms.length === 2, 'the first again');
  assert.ok(await first.write(first.terms[1]));
});

test('a term ends with `lead`, also where the lease still holds', async (t) => {
  const desk = await openDesk(t);
  let shown = false;
  const one = candidate(t, desk.store, 'one', async () => {
    if (!shown) {
      shown = true;
      throw kamadoError('STORE_UNAVAILABLE', { reason: 'the test says so' });
    }
    await new Promise(setImmediate);
  });
  await until(() => one.terms.length >= 3, 'several terms');
  assert.ok(one.terms[0]?.ended.aborted && one.terms[1]?.ended.aborted);
  assert.deepEqual(one.fatal, []);
});

test('a store that is away is waited for, whether or not the key was taken', async (t) => {
  for (const fault of ['before', 'after'] as const) {
    const desk = await openDesk(t);
    let faults = 2;
    const one = candidate(
      t,
      faultyStore(desk.store, () => (faults-- > 0 ? fault : null)),
      'one',
    );
    await until(() => one.terms.length === 1, `it leads, after ${fault}`);
    assert.ok(await one.write(one.terms[0]));
    await one.close();
    assert.equal(await desk.value(KEY), undefined);
  }
});

test('what no retry can mend is told, and ends the candidacy', async (t) => {
  const desk = await openDesk(t);
  const error = kamadoError('CLUSTER_MISMATCH', { store: 'a', database: 'b' });
  const one = candidate(t, desk.store, 'one', () => Promise.reject(error));
  await until(() => one.fatal.length === 1, 'the fatal error');
  assert.deepEqual(one.fatal, [error]);
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.equal(one.terms.length, 1);
  assert.equal(await desk.value(KEY), undefined);
});

test('compacted history doesn’t hide that the key became free', async (t) => {
  const desk = await openDesk(t);
  let watches = 0;
  let compacted: (() => void) | null = null;
  const hushed: Store = {
    ...faultyStore(desk.store, () => null),
    watch: (range, options, watcher) => {
      watches++;
      if (watches > 1) return desk.store.watch(range, options, watcher);
      compacted = () => watcher.onCompacted(1);
      return { close: () => {} };
    },
  };
  const first = candidate(t, desk.store, 'first');
  await until(() => first.terms.length === 1, 'the first leads');
  const second = candidate(t, hushed, 'second');
  await until(() => compacted !== null, 'the second waits');
  await first.close();
  const tell: (() => void) | null = compacted;
  (tell as unknown as () => void)();
  await until(() => second.terms.length === 1, 'the second leads');
});

test('parts of a term end together; the error of one is thrown when all have ended', async () => {
  const over = new AbortController();
  const term: Term = { guard: { key: KEY, target: 'createRevision', is: '=', value: 1 }, ended: over.signal };
  const order: string[] = [];
  const patient = async (part: Term): Promise<void> => {
    await untilEnded(part);
    await new Promise(setImmediate);
    order.push('patient');
  };
  await assert.rejects(
    together(term, [patient, () => Promise.reject(new Error('broken'))]).finally(() => order.push('thrown')),
    /broken/,
  );
  assert.deepEqual(order, ['patient', 'thrown']);
  await together(term, [patient, async () => {}]);
  const whole = together(term, [patient, patient]);
  over.abort();
  await whole;
});

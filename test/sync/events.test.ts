import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemRuntime } from '../../src/app/process/system-runtime.ts';
import { isKamadoError } from '../../src/kernel/errors.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { keys } from '../../src/records/keys.ts';
import { compileModel } from '../../src/schema/compile-model.ts';
import type { Operation, Store } from '../../src/store/store.ts';
import { startSync } from '../../src/sync/sync.ts';
import { faultyStore, withMortalLeases } from '../support/faulty-store.ts';
import { until } from '../support/until.ts';
import { type Desk, keyOf, objectOf, workModel } from '../support/work.ts';
import {
  configHistory,
  configVersion,
  mirrored,
  openDesk,
  openSystemOfRecord,
  type SystemOfRecord,
} from './system-of-record.ts';

test('what is committed stands under /config, as recorded', async (t) => {
  const [systemOfRecord, desk] = [await openSystemOfRecord(t), await openDesk(t)];
  systemOfRecord.sync(desk.store);
  await systemOfRecord.create('plain', 'x', { name: 'X' });
  await mirrored(desk, 'plain', 'x', 1);
  const value = objectOf(await desk.value(keyOf('config', 'plain', 'x')));
  assert.deepEqual(Object.keys(value).sort(), ['body', 'marked_for_deletion', 'version']);
  assert.equal(typeof value.body, 'string');
  assert.equal(objectOf(String(value.body)).name, 'X');
  await systemOfRecord.update('plain', 'x', { name: 'Y' });
  await mirrored(desk, 'plain', 'x', 2);
  assert.equal(await systemOfRecord.remove('plain', 'x'), 'marked');
  await mirrored(desk, 'plain', 'x', 3);
  assert.equal(objectOf(await desk.value(keyOf('config', 'plain', 'x'))).marked_for_deletion, true);
});

/** Waits until the queue of the first repair has gone by. */
async function caughtUp(desk: Desk): Promise<void> {
  await until(async () => (await desk.value(keys.syncCursor))?.includes('catching_up') === false, 'the sync is ready');
}

/** A store that holds the first transaction back that puts a key with this end, until it is released. */
function gated(store: Store, end: string) {
  let release: (() => void) | null = null;
  const gate: Store = {
    ...faultyStore(store, () => null),
    transact: async (transaction) => {
      const isIt = transaction.success.some(
        (operation) => operation.type === 'put' && operation.key.endsWith(`/${end}`),
      );
      if (isIt && release === null) {
        await new Promise<void>((resolve) => {
          release = resolve;
        });
      }
      return store.transact(transaction);
    },
  };
  return { store: gate, held: () => release !== null, release: () => release?.() };
}

function keyIn(operation: Exclude<Operation, { type: 'get' }>): string {
  return operation.type === 'put' ? operation.key : operation.range.from;
}

/** A client's afternoon: each version of each resource is to be seen once, in this order. */
async function afternoon(systemOfRecord: SystemOfRecord, round: number): Promise<readonly string[]> {
  const [a, b] = [`a${round}`, `b${round}`];
  await systemOfRecord.create('plain', a);
  await systemOfRecord.create('part', b);
  for (const name of ['1', '2', '3']) await systemOfRecord.update('plain', a, { name });
  await systemOfRecord.update('part', b, { name: 'B' });
  await systemOfRecord.create('unversioned', `u${round}`);
  await systemOfRecord.remove('unversioned', `u${round}`);
  return [`${a} 1`, `${b} 1`, `${a} 2`, `${a} 3`, `${a} 4`, `${b} 2`, `u${round} 1`, `u${round} gone`];
}

test('every version is seen once, in the order of the commits', async (t) => {
  const [systemOfRecord, desk] = [await openSystemOfRecord(t), await openDesk(t)];
  const seen = configHistory(desk);
  await afternoon(systemOfRecord, 0);
  const first = systemOfRecord.sync(desk.store);
  await until(() => seen.includes('u0 gone'), 'what was there before');
  // The newest versions, by the repair; then what was queued and isn't there.
  assert.deepEqual([...seen], ['b0 2', 'a0 4', 'u0 1', 'u0 gone']);
  const expected = await afternoon(systemOfRecord, 1);
  await until(() => seen.includes('u1 gone'), 'what came while it runs');
  await first.close();
  const later = await afternoon(systemOfRecord, 2);
  systemOfRecord.sync(desk.store);
  await until(() => seen.includes('u2 gone'), 'what came while it didn’t');
  assert.deepEqual(seen.slice(4), [...expected, ...later]);
});

for (const kind of ['before', 'after'] as const) {
  test(`every version is seen once, in order, when each transaction in turn is the last ${kind} a crash`, async (t) => {
    const [systemOfRecord, desk] = [await openSystemOfRecord(t), await openDesk(t)];
    const seen = configHistory(desk);
    const first = systemOfRecord.sync(desk.store);
    await until(
      async () => (await desk.value(keys.syncCursor))?.includes('catching_up') === false,
      'the sync is ready',
    );
    await systemOfRecord.create('plain', 'start');
    await mirrored(desk, 'plain', 'start', 1);
    await first.close();
    const expected = ['start 1'];
    for (let n = 1; n <= 6; n++) {
      expected.push(...(await afternoon(systemOfRecord, n)));
      let transactions = 0;
      // Takes the key, binds the cluster, then batches: from the n-th on the store doesn't answer.
      const dying = faultyStore(desk.store, () => {
        transactions++;
        if (transactions < n) return null;
        return transactions === n ? kind : 'before';
      });
      const sync = systemOfRecord.sync(dying);
      await until(() => transactions > n || seen.length === expected.length, 'the crash');
      await sync.close();
    }
    systemOfRecord.sync(desk.store);
    await until(() => seen.length >= expected.length, 'all of it');
    await systemOfRecord.create('plain', 'end');
    await mirrored(desk, 'plain', 'end', 1);
    assert.deepEqual(seen, [...expected, 'end 1']);
  });
}

test('a store that is away is waited for, by the sync that was there', async (t) => {
  const [systemOfRecord, desk] = [await openSystemOfRecord(t), await openDesk(t)];
  const seen = configHistory(desk);
  let transactions = 0;
  const faulty = faultyStore(desk.store, ({ success }) => {
    const mirrors = success.some((operation) => operation.type !== 'get' && keyIn(operation).startsWith('/config/'));
    if (!mirrors || ++transactions % 2 === 0) return null;
    return transactions % 4 === 1 ? 'before' : 'after';
  });
  systemOfRecord.sync(faulty);
  await caughtUp(desk);
  const expected: string[] = [];
  for (let round = 0; round < 3; round++) {
    expected.push(...(await afternoon(systemOfRecord, round)));
    await until(() => seen.length >= expected.length, `round ${round}`);
  }
  assert.deepEqual(seen, expected);
});

test('two syncs: one leads; the other goes on when it ends, and when its lease is lost', async (t) => {
  const [systemOfRecord, desk] = [await openSystemOfRecord(t), await openDesk(t)];
  const seen = configHistory(desk);
  const mortal = withMortalLeases(desk.store);
  const first = systemOfRecord.sync(mortal.store);
  await systemOfRecord.create('plain', 'a');
  await mirrored(desk, 'plain', 'a', 1);
  systemOfRecord.sync(desk.store);
  const leader = await desk.value(keys.syncLeader);
  await systemOfRecord.create('plain', 'b');
  await mirrored(desk, 'plain', 'b', 1);
  assert.equal(await desk.value(keys.syncLeader), leader);
  await mortal.expireAll();
  await systemOfRecord.create('plain', 'c');
  await mirrored(desk, 'plain', 'c', 1);
  await first.close();
  await systemOfRecord.create('plain', 'd');
  await mirrored(desk, 'plain', 'd', 1);
  assert.deepEqual(seen, ['a 1', 'b 1', 'c 1', 'd 1']);
});

test('a sync that was deposed without its knowing writes nothing, and leads again when it can', async (t) => {
  const [systemOfRecord, desk] = [await openSystemOfRecord(t), await openDesk(t)];
  const seen = configHistory(desk);
  systemOfRecord.sync(desk.store);
  await systemOfRecord.create('plain', 'a');
  await mirrored(desk, 'plain', 'a', 1);
  await desk.remove(keys.syncLeader);
  await systemOfRecord.create('plain', 'b');
  await mirrored(desk, 'plain', 'b', 1);
  // States are heard of in the new term, once.
  await desk.put(keyOf('state', 'plain', 'b'), '{"error":"","state":{"worker_state":"READ_COMPLETE"},"version":1}');
  await until(async () => (await systemOfRecord.row('plain', 'b'))?.stateVersion === 1, 'the state');
  assert.deepEqual(seen, ['a 1', 'b 1']);
});

test('what a deposed sync had under way when the next one led is not written', async (t) => {
  const [systemOfRecord, desk] = [await openSystemOfRecord(t), await openDesk(t)];
  const seen = configHistory(desk);
  const { store, held, release } = gated(desk.store, 'b');
  systemOfRecord.sync(store);
  await systemOfRecord.create('plain', 'a');
  await mirrored(desk, 'plain', 'a', 1);
  await systemOfRecord.create('plain', 'b');
  await until(held, 'the first is about to write');
  await desk.remove(keys.syncLeader);
  const second = systemOfRecord.sync(desk.store);
  await mirrored(desk, 'plain', 'b', 1);
  await systemOfRecord.update('plain', 'b', { name: 'B' });
  await mirrored(desk, 'plain', 'b', 2);
  release();
  await second.close();
  await systemOfRecord.create('plain', 'c');
  await mirrored(desk, 'plain', 'c', 1);
  assert.deepEqual(seen, ['a 1', 'b 1', 'b 2', 'c 1']);
});

test('a cursor that somebody else moved, or made unreadable, is compared and mended', async (t) => {
  const [systemOfRecord, desk] = [await openSystemOfRecord(t), await openDesk(t)];
  systemOfRecord.sync(desk.store);
  await systemOfRecord.create('plain', 'a');
  await mirrored(desk, 'plain', 'a', 1);
  for (const value of [
    '',
    '{',
    '{"sequence":"x","events":[null,1.5]}',
    '{"sequence":-3,"events":{}}',
    '{"sequence":999999,"events":[]}',
  ]) {
    await desk.put(keys.syncCursor, value);
    const id = `p${await desk.revision()}`;
    await systemOfRecord.create('plain', id);
    await mirrored(desk, 'plain', id, 1);
  }
});

test('an empty store is filled, and everything goes on from there', async (t) => {
  const [systemOfRecord, lost, desk] = [await openSystemOfRecord(t), await openDesk(t), await openDesk(t)];
  const first = systemOfRecord.sync(lost.store);
  await systemOfRecord.create('plain', 'a');
  await systemOfRecord.update('plain', 'a', { name: 'A' });
  await systemOfRecord.create('part', 'b');
  await systemOfRecord.create('unversioned', 'u');
  await systemOfRecord.create('plain', 'goes');
  await mirrored(lost, 'plain', 'goes', 1);
  await until(async () => (await systemOfRecord.database.mirroredEvents()) >= 5, 'the database knows');
  await first.close();
  const seen = configHistory(desk);
  const second = systemOfRecord.sync(desk.store);
  await mirrored(desk, 'unversioned', 'u', 1);
  await mirrored(desk, 'plain', 'a', 2);
  await mirrored(desk, 'part', 'b', 1);
  assert.deepEqual([...seen].sort(), ['a 2', 'b 1', 'goes 1', 'u 1']);
  // Later changes of what was repaired are no older than the repair, whatever their version.
  await systemOfRecord.update('unversioned', 'u', { name: 'new' });
  await mirrored(desk, 'unversioned', 'u', 0);
  await systemOfRecord.remove('unversioned', 'u');
  await mirrored(desk, 'unversioned', 'u', undefined);
  await systemOfRecord.create('unversioned', 'u');
  await mirrored(desk, 'unversioned', 'u', 1);
  await second.close();
  const settled = await desk.revision();
  systemOfRecord.sync(desk.store);
  await systemOfRecord.create('plain', 'last');
  await mirrored(desk, 'plain', 'last', 1);
  assert.equal(seen.filter((line) => line.startsWith('a ')).length, 1, 'no second repair changed anything');
  assert.ok((await desk.revision()) - settled < 6);
});

test('events that were queued before a repair don’t undo it', async (t) => {
  const [systemOfRecord, lost, desk] = [await openSystemOfRecord(t), await openDesk(t), await openDesk(t)];
  const first = systemOfRecord.sync(lost.store);
  await systemOfRecord.create('plain', 'a');
  await systemOfRecord.create('unversioned', 'u');
  await systemOfRecord.create('unversioned', 'again', { name: 'first' });
  await mirrored(lost, 'unversioned', 'again', 1);
  await first.close();
  for (const name of ['1', '2', '3']) await systemOfRecord.update('plain', 'a', { name });
  await systemOfRecord.remove('unversioned', 'u');
  await systemOfRecord.remove('unversioned', 'again');
  await systemOfRecord.create('unversioned', 'again', { name: 'second' });
  const seen = configHistory(desk);
  systemOfRecord.sync(desk.store);
  await caughtUp(desk);
  const ofA = seen.filter((line) => line.startsWith('a '));
  assert.deepEqual(ofA, [...ofA].sort(), 'versions never go back');
  assert.equal(await configVersion(desk, 'plain', 'a'), 4);
  assert.equal(await configVersion(desk, 'unversioned', 'u'), undefined);
  assert.match((await desk.value(keyOf('config', 'unversioned', 'again'))) ?? '', /second/);
});

test('what ends and begins anew while the queue of a repair goes by ends as it is', async (t) => {
  const [systemOfRecord, desk] = [await openSystemOfRecord(t), await openDesk(t)];
  await systemOfRecord.create('plain', 'a');
  await systemOfRecord.update('plain', 'a', { name: 'old' });
  await systemOfRecord.create('plain', 'goes');
  const { store, held, release } = gated(desk.store, 'cursor');
  systemOfRecord.sync(store);
  await until(held, 'the repair is done');
  for (const [id, version] of [
    ['a', 3],
    ['goes', 2],
  ] as const) {
    await systemOfRecord.remove('plain', id);
    await systemOfRecord.database.applyState('plain', id, {
      version,
      error: '',
      state: { worker_state: 'READ_COMPLETE' },
    });
  }
  await systemOfRecord.create('plain', 'a', { name: 'anew' });
  release();
  await caughtUp(desk);
  assert.match((await desk.value(keyOf('config', 'plain', 'a'))) ?? '', /anew/);
  assert.equal(await configVersion(desk, 'plain', 'goes'), undefined);
});

test('versions never go back when each transaction in turn is the last after a repair', async (t) => {
  const [systemOfRecord, desk] = [await openSystemOfRecord(t), await openDesk(t)];
  for (const name of ['1', '2', '3', '4'])
    await (name === '1' ? systemOfRecord.create('plain', 'a') : systemOfRecord.update('plain', 'a', { name }));
  const seen = configHistory(desk);
  for (let n = 1; n <= 12; n++) {
    let transactions = 0;
    const dying = faultyStore(desk.store, () => (++transactions < n ? null : 'before'));
    const sync = systemOfRecord.sync(dying);
    await until(
      async () => transactions >= n || (await desk.value(keys.syncCursor))?.includes('catching_up') === false,
      'the crash',
    );
    await sync.close();
  }
  systemOfRecord.sync(desk.store);
  await systemOfRecord.create('plain', 'last');
  await mirrored(desk, 'plain', 'last', 1);
  assert.deepEqual(seen, ['a 4', 'last 1']);
});

test('a store that lost its last revisions is mended: changed, missing and surplus keys', async (t) => {
  const [systemOfRecord, desk] = [await openSystemOfRecord(t), await openDesk(t)];
  const first = systemOfRecord.sync(desk.store);
  await systemOfRecord.create('plain', 'changed');
  await systemOfRecord.create('unversioned', 'removed');
  await mirrored(desk, 'unversioned', 'removed', 1);
  await first.close();
  const before = await desk.store.get({ from: '/', to: '0' });
  const second = systemOfRecord.sync(desk.store);
  await systemOfRecord.update('plain', 'changed', { name: 'new' });
  await systemOfRecord.create('plain', 'made');
  await systemOfRecord.remove('unversioned', 'removed');
  await mirrored(desk, 'unversioned', 'removed', undefined);
  await until(async () => (await systemOfRecord.database.mirroredEvents()) >= 5, 'the database knows');
  await second.close();
  // As of then, everything: what came later is lost.
  const now = await desk.store.get({ from: '/', to: '0' });
  await desk.remove(...now.entries.map((entry) => entry.key));
  for (const { key, value, lease } of before.entries) if (lease === null) await desk.put(key, value);
  systemOfRecord.sync(desk.store);
  await mirrored(desk, 'plain', 'changed', 2);
  await mirrored(desk, 'plain', 'made', 1);
  await mirrored(desk, 'unversioned', 'removed', undefined);
});

test('a database that was put back to what it was is the truth all the same', async (t) => {
  const [older, newer, desk] = [await openSystemOfRecord(t), await openSystemOfRecord(t), await openDesk(t)];
  const first = newer.sync(desk.store);
  await newer.create('plain', 'a');
  for (const name of ['1', '2', '3']) await newer.update('plain', 'a', { name });
  await until(async () => (await newer.database.mirroredEvents()) >= 4, 'the database knows');
  await newer.create('plain', 'b');
  await mirrored(desk, 'plain', 'b', 1);
  await first.close();
  await desk.put(keys.cluster, older.database.clusterId);
  await older.create('plain', 'a', { name: 'old' });
  older.sync(desk.store);
  await mirrored(desk, 'plain', 'a', 1);
  await mirrored(desk, 'plain', 'b', undefined);
});

test('a store of another cluster is refused', async (t) => {
  const [systemOfRecord, desk] = [await openSystemOfRecord(t), await openDesk(t)];
  await desk.put(keys.cluster, 'somebody else’s');
  await systemOfRecord.create('plain', 'a');
  const fatal = new Promise<unknown>((resolve) => {
    const context = {
      runtime: systemRuntime,
      log: silentLog,
      model: workModel,
      database: systemOfRecord.database,
      store: desk.store,
    };
    const sync = startSync(context, resolve);
    t.after(() => sync.close());
  });
  assert.ok(isKamadoError(await fatal, 'CLUSTER_MISMATCH'));
  assert.equal(await configVersion(desk, 'plain', 'a'), undefined);
});

test('resources whose values make the same key hold nobody up: who was written last stands there', async (t) => {
  const properties = {
    id: { type: 'string', permission: ['create'] },
    name: { type: 'string', permission: ['create', 'update'] },
  };
  const metadata = { sync_key_template: '/names/{{name}}' };
  const schema = { type: 'object', properties };
  const named = { id: 'named', singular: 'named', plural: 'nameds', title: 'Named', prefix: '/v2.0', metadata, schema };
  const [systemOfRecord, desk] = [await openSystemOfRecord(t, compileModel([named])), await openDesk(t)];
  for (const id of ['a', 'b', 'c']) await systemOfRecord.create('named', id, { name: 'same' });
  systemOfRecord.sync(desk.store);
  await until(
    async () => (await systemOfRecord.database.nextEvents([], 10)).length === 0,
    'all events are in the store',
  );
  assert.match((await desk.value('/config/names/same')) ?? '', /c/);
});

test('many events at once: few transactions, none beyond the store’s limits', async (t) => {
  const [systemOfRecord, desk] = [await openSystemOfRecord(t), await openDesk(t)];
  const text = '竈'.repeat(20_000);
  await Promise.all(Array.from({ length: 150 }, (_, i) => systemOfRecord.create('plain', `p${i}`, { name: text })));
  systemOfRecord.sync(desk.store);
  await until(async () => (await desk.keys('/config/v2.0/plains/')).length === 150, 'all of them');
  await Promise.all(
    Array.from({ length: 150 }, (_, i) => systemOfRecord.update('plain', `p${i}`, { name: `${text}!` })),
  );
  await systemOfRecord.create('plain', 'last');
  await mirrored(desk, 'plain', 'last', 1);
  for (let i = 0; i < 150; i++) assert.equal(await configVersion(desk, 'plain', `p${i}`), 2);
  assert.ok((await desk.revision()) < 60);
});

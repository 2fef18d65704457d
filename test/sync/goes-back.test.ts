import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { systemRuntime } from '../../src/app/process/system-runtime.ts';
import { startController } from '../../src/controller/controller.ts';
import type { JsonObject } from '../../src/kernel/json.ts';
import { type Log, silentLog } from '../../src/kernel/log.ts';
import { decodeFailure, encodeFailure, failureKey } from '../../src/records/job-failure.ts';
import { keys } from '../../src/records/keys.ts';
import { compileModel } from '../../src/schema/compile-model.ts';
import { openEmbeddedStore } from '../../src/store/embedded/embedded-store.ts';
import { oneKey, type Store, type StoreEvent, withPrefix } from '../../src/store/store.ts';
import { RewindableLog } from '../support/rewindable-log.ts';
import { until } from '../support/until.ts';
import { Desk, keyOf, recordingLog, workModel } from '../support/work.ts';
import { configVersion, mirrored, openDesk, openSystemOfRecord, type SystemOfRecord } from './system-of-record.ts';

/** An embedded store that is closed and opened again on an older copy of its log. */
async function openRewindable(t: TestContext) {
  const log = new RewindableLog();
  const open = (): Promise<Store> => openEmbeddedStore({ runtime: systemRuntime, persistence: log, log: silentLog });
  let store = await open();
  t.after(() => store.close());
  return {
    store,
    save: () => log.save(),
    goBack: async (): Promise<Store> => {
      await store.close();
      log.goBack();
      store = await open();
      return store;
    },
  };
}

type Rewindable = Awaited<ReturnType<typeof openRewindable>>;

const done = (version: number, worker_state: string, error = '') =>
  JSON.stringify({ version, error, state: { worker_state } });

/** Puts the older copy in the store's place, and waits until a new sync has compared it. */
async function goneBack(systemOfRecord: SystemOfRecord, rewindable: Rewindable, log: Log = silentLog): Promise<Desk> {
  const desk = new Desk(await rewindable.goBack());
  const since = await desk.revision();
  systemOfRecord.sync(desk.store, log);
  await untilCompared(desk, since);
  return desk;
}

/** Waits until a sync that started when the store stood at a revision has compared it. */
async function untilCompared(desk: Desk, since: number): Promise<void> {
  const isCompared = async (): Promise<boolean> => {
    const [cursor] = (await desk.store.get(oneKey(keys.syncCursor))).entries;
    return cursor !== undefined && cursor.modRevision > since && !cursor.value.includes('catching_up');
  };
  await until(isCompared, 'it is compared');
}

/** The ids of resources whose config is written or removed together with a note about their past. */
function pastsBeside(desk: Desk, fromRevision: number): readonly string[] {
  const prefix = '/config/v2.0/parts/';
  const ids: string[] = [];
  const keyOfEvent = (event: StoreEvent): string => (event.type === 'put' ? event.entry.key : event.key);
  const onEvents = (events: readonly StoreEvent[]): void => {
    const written = new Set(events.map(keyOfEvent));
    for (const key of written) {
      const id = key.slice(prefix.length);
      if (key.startsWith(prefix) && written.has(failureKey(`part:${id}`))) ids.push(id);
    }
  };
  desk.store.watch(withPrefix('/'), { fromRevision }, { onEvents, onCompacted: () => assert.fail('compacted') });
  return ids;
}

async function allMirrored(systemOfRecord: SystemOfRecord): Promise<void> {
  await until(
    async () => (await systemOfRecord.database.nextEvents([], 10)).length === 0,
    'all events are in the store',
  );
}

test('what was made, changed and removed since is made, changed and removed again', async (t) => {
  const [systemOfRecord, rewindable] = [await openSystemOfRecord(t), await openRewindable(t)];
  const first = systemOfRecord.sync(rewindable.store);
  const before = new Desk(rewindable.store);
  for (const id of ['kept', 'changed', 'removed']) await systemOfRecord.create('plain', id);
  await systemOfRecord.create('unversioned', 'gone');
  await allMirrored(systemOfRecord);
  await before.put(keyOf('state', 'plain', 'removed'), done(1, 'READ_COMPLETE'));
  await first.close();
  rewindable.save();
  const second = systemOfRecord.sync(rewindable.store);
  await systemOfRecord.create('part', 'made');
  await systemOfRecord.update('plain', 'changed', { name: 'new' });
  await systemOfRecord.remove('unversioned', 'gone');
  await systemOfRecord.remove('plain', 'removed');
  await before.put(keyOf('state', 'plain', 'removed'), done(2, 'READ_COMPLETE'));
  await until(async () => (await systemOfRecord.row('plain', 'removed')) === null, 'it is gone');
  await allMirrored(systemOfRecord);
  await second.close();

  const desk = await goneBack(systemOfRecord, rewindable);
  assert.equal(await configVersion(desk, 'plain', 'kept'), 1);
  assert.equal(await configVersion(desk, 'plain', 'changed'), 2);
  assert.equal(await configVersion(desk, 'part', 'made'), 1);
  for (const key of [
    keyOf('config', 'plain', 'removed'),
    keyOf('state', 'plain', 'removed'),
    keyOf('config', 'unversioned', 'gone'),
  ])
    assert.equal(await desk.value(key), undefined, key);
  await systemOfRecord.create('plain', 'after');
  await mirrored(desk, 'plain', 'after', 1);
});

test('what may have been begun in the history that is lost counts as begun: what is there, and what is put back or taken away', async (t) => {
  const [systemOfRecord, rewindable] = [await openSystemOfRecord(t), await openRewindable(t)];
  const first = systemOfRecord.sync(rewindable.store);
  await systemOfRecord.create('plain', 'nothing-works-on-it');
  for (const id of ['same', 'changed', 'removed']) await systemOfRecord.create('part', id);
  await allMirrored(systemOfRecord);
  assert.deepEqual(await new Desk(rewindable.store).keys(keys.jobFailures), [], 'nothing was lost yet');
  rewindable.save();
  await systemOfRecord.update('part', 'changed', { name: 'new' });
  await systemOfRecord.create('part', 'made');
  await systemOfRecord.remove('part', 'removed');
  await new Desk(rewindable.store).put(keyOf('state', 'part', 'removed'), done(2, 'DELETE_COMPLETED'));
  await until(async () => (await systemOfRecord.row('part', 'removed')) === null, 'it is gone');
  await allMirrored(systemOfRecord);
  await first.close();

  const desk = new Desk(await rewindable.goBack());
  const failed = encodeFailure({ jobId: 'create:builder:part:same:1:aaaaa', version: 1, atMs: 7, begun: false });
  await desk.put(failureKey('part:same'), failed);
  const since = await desk.revision();
  const seen = pastsBeside(desk, since + 1);
  systemOfRecord.sync(desk.store);
  await untilCompared(desk, since);
  const noted = await desk.keys(keys.jobFailures);
  assert.deepEqual(
    noted,
    ['changed', 'made', 'removed', 'same'].map((id) => failureKey(`part:${id}`)),
  );
  assert.deepEqual([...seen].sort(), ['changed', 'made', 'removed'], 'in the transaction that writes or removes it');
  assert.deepEqual(decodeFailure((await desk.value(failureKey('part:same'))) ?? ''), {
    ...decodeFailure(failed),
    begun: true,
  });
});

test('a deletion of what was built in a history that is lost is left for a worker', async (t) => {
  const [systemOfRecord, lost, desk] = [await openSystemOfRecord(t), await openDesk(t), await openDesk(t)];
  const first = systemOfRecord.sync(lost.store);
  await systemOfRecord.create('part', 'a');
  await allMirrored(systemOfRecord);
  await first.close();
  systemOfRecord.sync(desk.store);
  await untilCompared(desk, 0);
  await desk.templates();
  const controller = startController(
    { runtime: systemRuntime, log: silentLog, model: workModel, store: desk.store },
    (error) => {
      throw error;
    },
  );
  t.after(() => controller.close());
  await desk.job('ready', 'create:builder:part:a:1');
  await systemOfRecord.remove('part', 'a');
  await desk.job('ready', 'logical_delete:builder:part:a:2');
});

test('a state of what was removed is not taken for that of what was made anew under its id', async (t) => {
  const [systemOfRecord, rewindable] = [await openSystemOfRecord(t), await openRewindable(t)];
  const first = systemOfRecord.sync(rewindable.store);
  const before = new Desk(rewindable.store);
  await systemOfRecord.create('part', 'a', { name: 'old' });
  await mirrored(before, 'part', 'a', 1);
  const processed = JSON.stringify({ body: { id: 'a', name: 'old' }, version: 1, deleted: false });
  await before.put(keyOf('processed', 'part', 'a'), processed);
  await before.put(keyOf('monitoring', 'part', 'a'), '{"version":1,"operational_state":"UP"}');
  await before.put(keyOf('state', 'part', 'a'), done(1, 'CREATE_COMPLETED'));
  await until(async () => (await systemOfRecord.status('part', 'a')) === 'ACTIVE', 'ACTIVE');
  await allMirrored(systemOfRecord);
  rewindable.save();
  await systemOfRecord.remove('part', 'a');
  await before.put(keyOf('state', 'part', 'a'), done(2, 'DELETE_COMPLETED'));
  await until(async () => (await systemOfRecord.row('part', 'a')) === null, 'it is gone');
  await systemOfRecord.create('part', 'a', { name: 'new' });
  await allMirrored(systemOfRecord);
  await first.close();

  const { log, lines } = recordingLog();
  const desk = await goneBack(systemOfRecord, rewindable, log);
  assert.match((await desk.value(keyOf('config', 'part', 'a'))) ?? '', /new/);
  for (const family of ['state', 'monitoring'] as const) {
    assert.equal(await desk.value(keyOf(family, 'part', 'a')), undefined, family);
  }
  assert.equal(await desk.value(keyOf('applied', 'part', 'a')), processed, 'what is built is known');
  assert.ok(lines.some(({ message }) => message.includes('other contents')));
  // Its own state comes later; nothing else may have been taken for it.
  await desk.put(keyOf('state', 'part', 'a'), done(1, 'MODIFY_ERROR', 'no route'));
  await until(async () => (await systemOfRecord.status('part', 'a')) === 'ERROR', 'ERROR');
  const row = await systemOfRecord.row('part', 'a');
  assert.deepEqual([row?.stateError, row?.monitoringVersion], ['no route', 0]);
});

test('a store that knows later versions than the database is as the database in the end', async (t) => {
  // Both count their events from 1: what the cursor says is done is something else in the older one.
  const [older, newer, rewindable] = [
    await openSystemOfRecord(t),
    await openSystemOfRecord(t),
    await openRewindable(t),
  ];
  const desk = new Desk(rewindable.store);
  const first = newer.sync(desk.store);
  await newer.create('part', 'a');
  for (const name of ['1', '2']) await newer.update('part', 'a', { name });
  await mirrored(desk, 'part', 'a', 3);
  await desk.put(keyOf('state', 'part', 'a'), done(3, 'MODIFY_COMPLETED'));
  await allMirrored(newer);
  await first.close();
  await desk.put(keys.cluster, older.database.clusterId);
  await older.create('part', 'a', { name: 'old' });
  older.sync(desk.store);
  await mirrored(desk, 'part', 'a', 1);
  assert.equal(await older.status('part', 'a'), 'PENDING_CREATE');
  await older.update('part', 'a', { name: 'newer' });
  await older.update('part', 'a', { name: 'newest' });
  await mirrored(desk, 'part', 'a', 3);
  assert.equal(await older.status('part', 'a'), 'PENDING_CREATE', 'an old state is none of this version');
});

const texts = { type: 'string', permission: ['create', 'update'] };
const keyed = (id: string, metadata: JsonObject): JsonObject => ({
  id,
  singular: id,
  plural: `${id}s`,
  prefix: '/v2.0',
  title: id,
  metadata,
  schema: { type: 'object', properties: { id: { ...texts, unique: true }, name: { ...texts, default: '' } } },
});

test('keys that are made of properties are put again, and taken away', async (t) => {
  const model = compileModel([
    keyed('route', { sync_key_template: '/routes/{{name}}/of/{{id}}', sync_property: 'name', sync_plain: true }),
    keyed('usual', {}),
    keyed('inside', { sync_key_template: '/v2.0/usuals/inside-{{name}}' }),
    keyed('outside', { sync_key_template: '/elsewhere/{{name}}', sync_skip_config_prefix: true, sync_plain: true }),
  ]);
  const [systemOfRecord, rewindable] = [await openSystemOfRecord(t, model), await openRewindable(t)];
  const first = systemOfRecord.sync(rewindable.store);
  for (const type of ['route', 'usual', 'inside', 'outside']) {
    await systemOfRecord.create(type, 'kept', { name: 'kept' });
    await systemOfRecord.create(type, 'goes', { name: 'goes' });
  }
  await allMirrored(systemOfRecord);
  await new Desk(rewindable.store).put('/config/routes/other/of', 'somebody else’s');
  await first.close();
  rewindable.save();
  const second = systemOfRecord.sync(rewindable.store);
  for (const type of ['route', 'usual', 'inside', 'outside']) {
    await systemOfRecord.remove(type, 'goes');
    await systemOfRecord.create(type, 'made', { name: 'made' });
  }
  await allMirrored(systemOfRecord);
  await second.close();

  const desk = await goneBack(systemOfRecord, rewindable);
  const { entries } = await desk.store.get(withPrefix('/'));
  const found = entries.map(({ key }) => key).filter((key) => /^.(?:config|elsewhere)/.test(key));
  assert.deepEqual(found, [
    '/config/routes/kept/of/kept',
    '/config/routes/made/of/made',
    '/config/routes/other/of',
    '/config/v2.0/usuals/inside-kept',
    '/config/v2.0/usuals/inside-made',
    '/config/v2.0/usuals/kept',
    '/config/v2.0/usuals/made',
    '/elsewhere/goes',
    '/elsewhere/kept',
    '/elsewhere/made',
  ]);
  const [plain] = (await desk.store.get(oneKey('/config/routes/made/of/made'))).entries;
  assert.equal(plain?.value, 'made');
  const settled = await desk.revision();
  await systemOfRecord.create('usual', 'last', { name: 'last' });
  await until(async () => (await desk.value('/config/v2.0/usuals/last')) !== undefined, 'what comes after it');
  assert.ok((await desk.revision()) - settled <= 1, 'nothing is written twice');
});

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { systemRuntime } from '../../src/app/system-runtime.ts';
import type { JsonObject } from '../../src/kernel/json.ts';
import { type Log, silentLog } from '../../src/kernel/log.ts';
import { compileModel } from '../../src/model/compile-model.ts';
import { keys } from '../../src/records/keys.ts';
import { openEmbeddedStore } from '../../src/store/embedded/embedded-store.ts';
import { oneKey, type Store, withPrefix } from '../../src/store/store.ts';
import { RewindableLog } from '../support/rewindable-log.ts';
import { until } from '../support/until.ts';
import { Desk, keyOf, recordingLog } from '../support/work.ts';
import { configVersion, mirrored, openTruth, type Truth } from './truth.ts';

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
async function goneBack(truth: Truth, rewindable: Rewindable, log: Log = silentLog): Promise<Desk> {
  const desk = new Desk(await rewindable.goBack());
  const since = await desk.revision();
  truth.sync(desk.store, log);
  const isCompared = async (): Promise<boolean> => {
    const [cursor] = (await desk.store.get(oneKey(keys.syncCursor))).entries;
    return cursor !== undefined && cursor.modRevision > since && !cursor.value.includes('catching_up');
  };
  await until(isCompared, 'it is compared');
  return desk;
}

async function allMirrored(truth: Truth): Promise<void> {
  await until(async () => (await truth.database.nextEvents([], 10)).length === 0, 'all events are in the store');
}

test('what was made, changed and removed since is made, changed and removed again', async (t) => {
  const [truth, rewindable] = [await openTruth(t), await openRewindable(t)];
  const first = truth.sync(rewindable.store);
  const before = new Desk(rewindable.store);
  for (const id of ['kept', 'changed', 'removed']) await truth.create('plain', id);
  await truth.create('unversioned', 'gone');
  await allMirrored(truth);
  await before.put(keyOf('state', 'plain', 'removed'), done(1, 'READ_COMPLETE'));
  await first.close();
  rewindable.save();
  const second = truth.sync(rewindable.store);
  await truth.create('part', 'made');
  await truth.update('plain', 'changed', { name: 'new' });
  await truth.remove('unversioned', 'gone');
  await truth.remove('plain', 'removed');
  await before.put(keyOf('state', 'plain', 'removed'), done(2, 'READ_COMPLETE'));
  await until(async () => (await truth.row('plain', 'removed')) === null, 'it is gone');
  await allMirrored(truth);
  await second.close();

  const desk = await goneBack(truth, rewindable);
  assert.equal(await configVersion(desk, 'plain', 'kept'), 1);
  assert.equal(await configVersion(desk, 'plain', 'changed'), 2);
  assert.equal(await configVersion(desk, 'part', 'made'), 1);
  for (const key of [
    keyOf('config', 'plain', 'removed'),
    keyOf('state', 'plain', 'removed'),
    keyOf('config', 'unversioned', 'gone'),
  ])
    assert.equal(await desk.value(key), undefined, key);
  await truth.create('plain', 'after');
  await mirrored(desk, 'plain', 'after', 1);
});

test('a state of what was removed is not taken for that of what was made anew under its id', async (t) => {
  const [truth, rewindable] = [await openTruth(t), await openRewindable(t)];
  const first = truth.sync(rewindable.store);
  const before = new Desk(rewindable.store);
  await truth.create('part', 'a', { name: 'old' });
  await mirrored(before, 'part', 'a', 1);
  const processed = JSON.stringify({ body: { id: 'a', name: 'old' }, version: 1, deleted: false });
  await before.put(keyOf('processed', 'part', 'a'), processed);
  await before.put(keyOf('monitoring', 'part', 'a'), '{"version":1,"operational_state":"UP"}');
  await before.put(keyOf('state', 'part', 'a'), done(1, 'CREATE_COMPLETED'));
  await until(async () => (await truth.status('part', 'a')) === 'ACTIVE', 'ACTIVE');
  await allMirrored(truth);
  rewindable.save();
  await truth.remove('part', 'a');
  await before.put(keyOf('state', 'part', 'a'), done(2, 'DELETE_COMPLETED'));
  await until(async () => (await truth.row('part', 'a')) === null, 'it is gone');
  await truth.create('part', 'a', { name: 'new' });
  await allMirrored(truth);
  await first.close();

  const { log, lines } = recordingLog();
  const desk = await goneBack(truth, rewindable, log);
  assert.match((await desk.value(keyOf('config', 'part', 'a'))) ?? '', /new/);
  for (const family of ['state', 'monitoring'] as const) {
    assert.equal(await desk.value(keyOf(family, 'part', 'a')), undefined, family);
  }
  assert.equal(await desk.value(keyOf('applied', 'part', 'a')), processed, 'what is built is known');
  assert.ok(lines.some(({ message }) => message.includes('other contents')));
  // Its own state comes later; nothing else may have been taken for it.
  await desk.put(keyOf('state', 'part', 'a'), done(1, 'MODIFY_ERROR', 'no route'));
  await until(async () => (await truth.status('part', 'a')) === 'ERROR', 'ERROR');
  const row = await truth.row('part', 'a');
  assert.deepEqual([row?.stateError, row?.monitoringVersion], ['no route', 0]);
});

test('a store that knows later versions than the database is as the database in the end', async (t) => {
  // Both count their events from 1: what the cursor says is done is something else in the older one.
  const [older, newer, rewindable] = [await openTruth(t), await openTruth(t), await openRewindable(t)];
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
  const [truth, rewindable] = [await openTruth(t, model), await openRewindable(t)];
  const first = truth.sync(rewindable.store);
  for (const type of ['route', 'usual', 'inside', 'outside']) {
    await truth.create(type, 'kept', { name: 'kept' });
    await truth.create(type, 'goes', { name: 'goes' });
  }
  await allMirrored(truth);
  await new Desk(rewindable.store).put('/config/routes/other/of', 'somebody else’s');
  await first.close();
  rewindable.save();
  const second = truth.sync(rewindable.store);
  for (const type of ['route', 'usual', 'inside', 'outside']) {
    await truth.remove(type, 'goes');
    await truth.create(type, 'made', { name: 'made' });
  }
  await allMirrored(truth);
  await second.close();

  const desk = await goneBack(truth, rewindable);
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
  await truth.create('usual', 'last', { name: 'last' });
  await until(async () => (await desk.value('/config/v2.0/usuals/last')) !== undefined, 'what comes after it');
  assert.ok((await desk.revision()) - settled <= 1, 'nothing is written twice');
});

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { startComponentProcess } from '../../src/app/component-process.ts';
import { systemRuntime } from '../../src/app/process/system-runtime.ts';
import { publishModel } from '../../src/app/published-model.ts';
import { readSettings } from '../../src/app/settings/settings.ts';
import { loadCatalog } from '../../src/catalog/catalog.ts';
import { systemCaller } from '../../src/database/database.ts';
import { openSqliteDriver } from '../../src/database/sqlite/sqlite-driver.ts';
import { openHookedDatabase } from '../../src/hooks/hooked-database.ts';
import { isKamadoError } from '../../src/kernel/errors.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { encodeState } from '../../src/records/state-record.ts';
import { openEmbeddedStore } from '../../src/store/embedded/embedded-store.ts';
import { memoryPersistence } from '../../src/store/embedded/memory-persistence.ts';
import { until } from '../support/until.ts';
import { firewallCatalog, hooksOf } from './hooks-catalog.ts';

const noting = hooksOf(`
  *post_state_update_in_transaction({ resource, record, tx }) {
    yield* tx.update('firewall', resource.id, { note: record.state.worker_state });
  },`);

/** A store and a database that outlive the room that uses them. */
async function startSyncComponent(t: TestContext, catalog: string, own: string) {
  const { model, hooks } = await loadCatalog(catalog);
  const log = silentLog;
  const context = { runtime: systemRuntime, log, model };
  const place = join(catalog, '../truth.db');
  const first = await openHookedDatabase(context, hooks, openSqliteDriver(systemRuntime, place));
  await first.create(systemCaller, 'firewall', 'a', { name: 'a' });
  await first.close();
  const store = await openEmbeddedStore({ runtime: systemRuntime, persistence: memoryPersistence(), log });
  await publishModel(store, model, hooks.hash);
  const fatal: unknown[] = [];
  const unused = async (): Promise<never> => assert.fail('sync does not need it');
  const component = await startComponentProcess('sync', {
    runtime: systemRuntime,
    log,
    settings: readSettings({ etcd: 'http://127.0.0.1:1', database: 'postgres://nowhere', catalog: own }, {}),
    onFatal: (error) => fatal.push(error),
    factories: {
      database: async () => openSqliteDriver(systemRuntime, place),
      store: async () => store,
      timeline: unused,
      stacks: unused,
    },
  });
  const alive = setInterval(() => {}, 60_000);
  t.after(async () => {
    clearInterval(alive);
    await component.close().catch(() => undefined);
  });
  return { store, fatal, context, hooks, place, close: () => component.close() };
}

test('sync in a process of its own runs the hooks of its catalogue', async (t) => {
  const catalog = firewallCatalog(t, { 'state.ts': noting });
  const { store, fatal, context, hooks, place, close } = await startSyncComponent(t, catalog, catalog);
  const value = encodeState({ version: 1, error: '', state: { worker_state: 'DONE' } });
  await store.transact({ success: [{ type: 'put', key: '/state/v2.0/firewalls/a', value }] });
  await until(async () => {
    const { entries } = await store.get({ from: '/config/v2.0/firewalls/a', to: '/config/v2.0/firewalls/b' });
    return entries.some((entry) => entry.value.includes('DONE'));
  }, 'the note of the hook in the store');
  await close();
  const database = await openHookedDatabase(context, hooks, openSqliteDriver(systemRuntime, place));
  assert.equal((await database.get(systemCaller, 'firewall', 'a'))?.body.note, 'DONE');
  assert.deepEqual(fatal, []);
  await database.close();
});

test('sync stops where its catalogue has no hooks, or others, than the API', async (t) => {
  const catalog = firewallCatalog(t, { 'state.ts': noting });
  const { fatal } = await startSyncComponent(t, catalog, firewallCatalog(t));
  await until(() => fatal.length > 0, 'the room stops');
  assert.ok(isKamadoError(fatal[0], 'HOOKS_MISSING'), String(fatal[0]));
});

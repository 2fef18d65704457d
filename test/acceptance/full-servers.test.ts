import assert from 'node:assert/strict';
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import pg from 'pg';
import { isJsonObject } from '../../src/kernel/json.ts';
import { startUp, temporaryFolder } from '../cli/helpers.ts';
import { etcdStartable, startEtcd } from '../support/etcd.ts';
import { ownFolder, postgresStartable, startOwnPostgres } from '../support/postgres.ts';
import { needs } from '../support/services.ts';
import { mountSmallDisk, needsSmallDisk } from '../support/small-disk.ts';
import { assertNothingLost, assertReadOnly, fillUp, removeTemplates, restAt, untilReady } from './full.ts';
import { startLabRouters } from './lab-routers.ts';
import { objectOf, until } from './rest.ts';

const QUOTA_BYTES = 4_000_000;
const ROUTERS = 20;

test(
  'etcd raises its alarm for space: read-only until it is disarmed, also over a start',
  needs('etcd', etcdStartable()),
  async (t) => {
    const etcd = await startEtcd({ args: ['--quota-backend-bytes', String(QUOTA_BYTES)] });
    t.after(etcd.stop);
    const lab = await startLabRouters(ROUTERS);
    t.after(lab.close);
    const routers = lab.fields.values();
    const options = ['--data-dir', temporaryFolder(t), '--etcd', etcd.endpoint];
    let up = await startUp(t, options);
    let rest = restAt(up.endpoint);
    const filled = await fillUp(rest, routers, 'first');
    await assertReadOnly(rest, filled);
    const left = await removeTemplates(rest, filled, 100);
    await up.end('SIGKILL');
    up = await startUp(t, options);
    rest = restAt(up.endpoint);
    await until(
      'it knows of the alarm',
      async () => objectOf((await rest.call('GET', '/readyz')).body).status === 'degraded',
    );
    await assertReadOnly(rest, left);
    await freeSpaceInEtcd(etcd.endpoint);
    await untilReady(rest);
    await assertNothingLost(rest, left);
  },
);

test('the disk of PostgreSQL is full: read-only until there is room', {
  ...needs('postgresql', postgresStartable()),
  ...needsSmallDisk(),
}, async (t) => {
  const disk = mountSmallDisk(24);
  assert.ok(disk !== null);
  t.after(disk.remove);
  const postgres = await startOwnPostgres();
  t.after(postgres.stop);
  const lab = await startLabRouters(ROUTERS);
  t.after(lab.close);
  const routers = lab.fields.values();
  const url = await databaseOn(disk.folder, postgres.url);
  const options = ['--data-dir', temporaryFolder(t), '--database', url];
  let up = await startUp(t, options);
  let rest = restAt(up.endpoint);
  const filled = await fillUp(rest, routers, 'first');
  await assertReadOnly(rest, filled);
  const left = await removeTemplates(rest, filled, 10);
  disk.fill();
  const { status } = await rest.call('GET', '/v2.0/heat_templates?limit=1');
  assert.equal(status, 200);
  await up.end('SIGKILL');
  up = await startUp(t, options);
  rest = restAt(up.endpoint);
  assert.equal((await rest.call('GET', '/v2.0/heat_templates?limit=1')).status, 200, 'it starts on a full database');
  disk.empty();
  disk.grow(48);
  await untilReady(rest);
  await assertNothingLost(rest, left);
  const more = await fillUp(rest, routers, 'second');
  assert.ok(more.templates.length > 100, 'it is writable again');
});

/** What docs/full.md says to do. */
async function freeSpaceInEtcd(endpoint: string): Promise<void> {
  const ask = async (path: string, body: object) => {
    const response = await fetch(`${endpoint}/v3/${path}`, { method: 'POST', body: JSON.stringify(body) });
    return objectOf(await response.json());
  };
  const { revision } = objectOf((await ask('kv/range', { key: 'AA==' })).header);
  await ask('kv/compaction', { revision, physical: true });
  await ask('maintenance/defragment', {});
  const { alarms } = await ask('maintenance/alarm', { action: 'GET' });
  for (const alarm of Array.isArray(alarms) ? alarms.filter(isJsonObject) : []) {
    await ask('maintenance/alarm', { action: 'DEACTIVATE', memberID: alarm.memberID, alarm: alarm.alarm });
  }
}

/** A database whose tables lie on that disk. */
async function databaseOn(folder: string, url: string): Promise<string> {
  const place = join(folder, 'tables');
  mkdirSync(place);
  chmodSync(folder, 0o755);
  ownFolder(place);
  await query(url, `CREATE TABLESPACE small LOCATION '${place}'`);
  await query(url, "CREATE DATABASE kamado_small TABLESPACE small TEMPLATE template0 ENCODING 'UTF8'");
  const database = new URL(url);
  database.pathname = '/kamado_small';
  return database.href;
}

async function query(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import pg from 'pg';
import { generateHostKey } from '../../lab/host-keys.ts';
import { type Router, startRouter } from '../../lab/router.ts';
import { etcdStartable, startEtcd, type TestEtcd } from '../support/etcd.ts';
import { postgresStartable, startOwnPostgres, type TestPostgres } from '../support/postgres.ts';
import { needs } from '../support/services.ts';
import type { ProcessSettings } from './kamado-process.ts';
import { type LabRouters, LOGIN, PASSWORD, startLabRouters } from './lab-routers.ts';
import { type KamadoProcess, startProcess } from './processes.ts';
import { objectOf, textOf, until, untilStatus } from './rest.ts';

/** What version 0.1.0 left when it was killed at work; upgrade/README.md says what is in it. */
const WRITTEN = fileURLToPath(new URL('../../../test/acceptance/upgrade/0.1.0/', import.meta.url));
const EDGE = '/v2.0/edge_routers';
const HA = '/v2.0/ha_routers';
/** Where the routers stood that didn't answer. */
const SLOW_ROUTERS = ['127.0.17.1', '127.0.17.2'];
const SLOW_PORT = 8830;

const unpack = (archive: string, folder: string) =>
  promisify(execFile)('tar', ['-xzf', join(WRITTEN, archive), '-C', folder]);

describe('data that an older version wrote opens, and what was under way goes on', () => {
  describe('a data folder', () => {
    let folder = '';
    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'kamado-upgrade-'));
      await unpack('embedded.tgz', folder);
    });
    after(() => rm(folder, { recursive: true, force: true }));

    goesOn('embedded', () => ({ dataDir: folder, database: `sqlite:${folder}/kamado.sqlite` }));
  });

  const services = { ...needs('etcd', etcdStartable()), ...needs('postgresql', postgresStartable()) };
  describe('PostgreSQL and etcd', services, () => {
    let folder = '';
    let etcd: TestEtcd;
    let postgres: TestPostgres;
    let database = '';
    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'kamado-upgrade-'));
      await unpack('etcd.tgz', folder);
      // The folder names the member that wrote it, at another address.
      [etcd, postgres] = await Promise.all([
        startEtcd({ args: ['--data-dir', folder, '--force-new-cluster'] }),
        startOwnPostgres(),
      ]);
      database = await postgres.createDatabase();
      await restoreDump(database);
    });
    after(async () => {
      await etcd?.stop();
      await postgres?.stop();
      await rm(folder, { recursive: true, force: true });
    });

    goesOn('network', () => ({ etcd: etcd.endpoint, database }));
  });
});

async function restoreDump(database: string): Promise<void> {
  const client = new pg.Client({ connectionString: database });
  await client.connect();
  try {
    await client.query(gunzipSync(readFileSync(join(WRITTEN, 'postgres.sql.gz'))).toString());
  } finally {
    await client.end();
  }
}

interface Written {
  readonly active: readonly [string, string];
  readonly ha: string;
  readonly hanging: string;
  readonly refusing: string;
  readonly waiting: string;
  readonly gone: string;
}

const startSlowRouter = (name: string, host: string): Promise<Router> =>
  startRouter({
    name,
    host,
    port: SLOW_PORT,
    login: LOGIN,
    password: PASSWORD,
    hostKeyPem: generateHostKey(),
    fault: { kind: 'none' },
  });

function goesOn(name: 'embedded' | 'network', settings: () => ProcessSettings): void {
  const written: Written = JSON.parse(readFileSync(join(WRITTEN, 'resources.json'), 'utf8'))[name];
  let kamado: KamadoProcess;
  let lab: LabRouters;
  const slow: Router[] = [];

  before(async () => {
    lab = await startLabRouters(5);
    kamado = await startProcess(settings());
  });
  after(async () => {
    await kamado?.kill();
    await lab?.close();
    await Promise.all(slow.map((router) => router.close()));
  });

  test('what was active is active, in the same version', async () => {
    for (const url of [...written.active.map((id) => `${EDGE}/${id}`), `${HA}/${written.ha}`]) {
      const response = await kamado.rest.get(url);
      assert.equal(response?.status, 'ACTIVE', url);
    }
    const rows = await kamado.rest.store(`/config${HA}/${written.ha}`);
    assert.deepEqual(
      rows.map(({ value }) => objectOf(JSON.parse(textOf(value))).version),
      [1],
    );
  });

  test('what was deleted stays away, and its timeline can be read', async () => {
    assert.equal(await kamado.rest.get(`${EDGE}/${written.gone}`), null);
    const entries = await kamado.rest.timeline('edge_router', written.gone);
    assert.ok(entries.length > 0);
  });

  test('what was under way becomes active once its routers answer', async () => {
    for (const [i, host] of SLOW_ROUTERS.entries()) slow.push(await startSlowRouter(`slow-${i + 1}`, host));
    await untilStatus(kamado.rest, `${HA}/${written.waiting}`, 'ACTIVE', 90_000);
  });

  test('new resources become active beside the old ones, also after the next restart', async () => {
    const routers = await Promise.all(
      lab.fields.slice(3).map((fields) => kamado.rest.create(EDGE, { ...fields, name: 'new' })),
    );
    const [primary = '', secondary = ''] = routers.map(({ id }) => textOf(id));
    const created = await kamado.rest.create(HA, { primary_router_id: primary, secondary_router_id: secondary });
    await untilStatus(kamado.rest, `${HA}/${created.id}`, 'ACTIVE');
    await kamado.stop();
    kamado = await startProcess(settings());
    for (const id of [written.ha, written.waiting, textOf(created.id)]) {
      assert.equal((await kamado.rest.get(`${HA}/${id}`))?.status, 'ACTIVE');
    }
  });

  test('old resources can be deleted, users before what they use', async () => {
    for (const id of [written.ha, written.waiting]) await remove(`${HA}/${id}`);
    for (const id of [...written.active, written.hanging, written.refusing]) await remove(`${EDGE}/${id}`);
    await until('an empty queue', async () => (await kamado.rest.store('/jobs/')).length === 0);
  });

  const remove = async (url: string): Promise<void> => {
    const { status, body } = await kamado.rest.call('DELETE', url);
    assert.equal(status, 204, `${url}: ${JSON.stringify(body)}`);
    await until(`${url} is gone`, async () => (await kamado.rest.get(url)) === null);
  };
}

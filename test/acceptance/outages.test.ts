import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { systemRuntime } from '../../src/app/process/system-runtime.ts';
import { openPostgresDriver } from '../../src/database/postgres/postgres-driver.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { openEtcdStore } from '../../src/store/etcd/etcd-store.ts';
import { etcdStartable, startEtcd, type TestEtcd } from '../support/etcd.ts';
import { postgresStartable, startOwnPostgres, type TestPostgres } from '../support/postgres.ts';
import { needs } from '../support/services.ts';
import { type LabRouters, startLabRouters } from './lab-routers.ts';
import { type KamadoProcess, startProcess } from './processes.ts';
import { createEdgeRouters } from './reference.ts';
import { objectOf, type Rest, textOf, until, untilStatus } from './rest.ts';
import { assertConsistent, type Kept, keysAbout, untilIdle } from './traces-left.ts';

const HA = '/v2.0/ha_routers';
/** A house that is never started again, and what it stands on. */
interface Outage extends Kept {
  readonly kamado: KamadoProcess;
  readonly rest: Rest;
}

/** A lease of etcd, rounded up, and the longest pause between two attempts to connect. */
const RECOVERY_MS = 40_000;
/** Longer than every lease, and than every pause between attempts to connect. */
const AWAY_MS = 15_000;

const services = { ...needs('etcd', etcdStartable()), ...needs('postgresql', postgresStartable()) };

describe('etcd and PostgreSQL fail and come back, Kamado goes on', services, () => {
  let etcdFolder = '';
  let etcd: TestEtcd;
  let postgres: TestPostgres;
  let lab: LabRouters;
  let application: Outage;
  /** Pairs of edge routers; each HA router needs one of its own. */
  let pairs: { readonly primary_router_id: string; readonly secondary_router_id: string }[] = [];

  before(async () => {
    etcdFolder = await mkdtemp(join(tmpdir(), 'kamado-outages-'));
    [etcd, postgres, lab] = await Promise.all([
      // Where two folders are named etcd takes the last: one whose content a test can remove.
      startEtcd({ args: ['--data-dir', etcdFolder] }),
      startOwnPostgres(),
      startLabRouters(4),
    ]);
    const database = await postgres.createDatabase();
    const kamado = await startProcess({ etcd: etcd.endpoint, database });
    application = {
      kamado,
      rest: kamado.rest,
      store: await openEtcdStore({ runtime: systemRuntime, log: silentLog, endpoints: [etcd.endpoint] }),
      driver: await openPostgresDriver(systemRuntime, silentLog, database),
    };
    const [a = '', b = '', c = '', d = ''] = await createEdgeRouters(application.rest, lab.fields);
    pairs = [
      { primary_router_id: a, secondary_router_id: b },
      { primary_router_id: c, secondary_router_id: d },
    ];
    await untilIdle(application);
  });
  after(async () => {
    await application?.kamado.kill();
    await application?.store.close();
    await application?.driver.close();
    await lab?.close();
    await postgres?.stop();
    await etcd?.stop();
    await rm(etcdFolder, { recursive: true, force: true });
  });

  /** A test that shows what Kamado logged where it fails. */
  const outage = (name: string, work: () => Promise<void>): void => {
    test(name, async () => {
      try {
        await work();
      } catch (error) {
        throw new Error(application.kamado.log().slice(-4_000), { cause: error });
      }
    });
  };

  outage(
    'etcd is killed in the middle, and writes are taken while it is away for longer than its leases live',
    async () => {
      const { rest } = application;
      const claimed = nextClaim(application);
      const first = await rest.create(HA, { name: 'in the middle', ...pairs[0] });
      await claimed;
      await etcd.kill();
      const second = await rest.create(HA, { name: 'while it is away', ...pairs[1] });
      const health = await until('the outage is noticed', async () => {
        const { status, body } = await rest.call('GET', '/readyz');
        assert.equal(status, 200, 'writes are taken');
        return objectOf(body).status === 'degraded' ? objectOf(body) : null;
      });
      assert.equal(objectOf(health.checks).database, 'ok');
      await pause(AWAY_MS);
      assert.equal((await rest.get(`${HA}/${second.id}`))?.status, 'PENDING_CREATE');
      await etcd.restart();
      for (const { id } of [first, second]) await untilStatus(rest, `${HA}/${id}`, 'ACTIVE', RECOVERY_MS);
      await until('ready again', async () => objectOf((await rest.call('GET', '/readyz')).body).status === 'ready');
      await settled(application);
      await removeAll(application);
    },
  );

  outage('PostgreSQL is killed in the middle', async () => {
    const { rest } = application;
    const claimed = nextClaim(application);
    const { id } = await rest.create(HA, { name: 'in the middle', ...pairs[0] });
    await claimed;
    await postgres.kill();
    const { status, body } = await rest.call('GET', `${HA}/${id}`);
    assert.equal(status, 503, JSON.stringify(body));
    assert.equal(objectOf(body).code, 'DATABASE_UNAVAILABLE');
    await until('not ready', async () => (await rest.call('GET', '/readyz')).status === 503);
    const refused = await rest.call('POST', HA, { ha_router: { name: 'while it is away', ...pairs[1] } });
    assert.equal(refused.status, 503);
    await postgres.restart();
    await until('ready again', async () => (await rest.call('GET', '/readyz')).status === 200, RECOVERY_MS);
    await untilStatus(rest, `${HA}/${id}`, 'ACTIVE', RECOVERY_MS);
    assert.deepEqual(await ids(rest), [id], 'what was refused is not there');
    await settled(application);
    await removeAll(application);
  });

  outage('etcd comes back without its data: everything is put again', async () => {
    const { rest, store } = application;
    const { id } = await rest.create(HA, { name: 'before', ...pairs[0] });
    await untilStatus(rest, `${HA}/${id}`, 'ACTIVE');
    await untilIdle(application);
    await etcd.kill();
    for (const entry of await readdir(etcdFolder)) await rm(join(etcdFolder, entry), { recursive: true });
    await etcd.restart();
    await until(
      'its config and state',
      async () => {
        const keys = await keysAbout(store, textOf(id)).catch((): readonly string[] => []);
        return keys.includes(`/config${HA}/${id}`) && keys.includes(`/state${HA}/${id}`);
      },
      RECOVERY_MS,
    );
    await settled(application);
    assert.equal((await rest.get(`${HA}/${id}`))?.status, 'ACTIVE');
    const { id: later } = await rest.create(HA, { name: 'after', ...pairs[1] });
    await untilStatus(rest, `${HA}/${later}`, 'ACTIVE', RECOVERY_MS);
    const { entries } = await store.get({ from: '/kamado/model' });
    assert.equal(entries.length, 1, 'the model is published again');
    await until('a timeline', async () => {
      return (await rest.timeline('ha_router', textOf(later))).some(({ key }) => key === `/state${HA}/${later}`);
    });
    await removeAll(application);
  });
});

/** Resolves when a worker has claimed a job. */
function nextClaim({ store }: Outage): Promise<void> {
  return new Promise((resolve) => {
    const watch = store.watch(
      { from: '/jobs/working/', to: '/jobs/working0' },
      {},
      {
        onEvents: () => {
          watch.close();
          resolve();
        },
        onCompacted: () => resolve(),
      },
    );
  });
}

async function settled(application: Outage): Promise<void> {
  await untilIdle(application);
  await assertConsistent(application, ['edge_router', 'ha_router']);
  assert.ok(!application.kamado.hasEnded(), application.kamado.log().slice(-4_000));
}

async function ids(rest: Rest): Promise<readonly string[]> {
  const { body } = await rest.call('GET', HA);
  const routers = objectOf(body).ha_routers;
  return Array.isArray(routers) ? routers.map((router) => textOf(objectOf(router).id)) : [];
}

/** Removes all HA routers: also what recovered has to be able to go. */
async function removeAll(application: Outage): Promise<void> {
  const { rest, store } = application;
  for (const id of await ids(rest)) {
    assert.equal((await rest.call('DELETE', `${HA}/${id}`)).status, 204);
    await until('404', async () => (await rest.get(`${HA}/${id}`)) === null, RECOVERY_MS);
    await until('no key left', async () => (await keysAbout(store, id)).length === 0);
  }
  await settled(application);
}

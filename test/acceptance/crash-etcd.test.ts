import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { systemRuntime } from '../../src/app/process/system-runtime.ts';
import { openPostgresDriver } from '../../src/database/postgres/postgres-driver.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { openEtcdStore } from '../../src/store/etcd/etcd-store.ts';
import { etcdStartable, startEtcd } from '../support/etcd.ts';
import { extentText, shared } from '../support/extent.ts';
import { postgresStartable, startPostgres, type TestPostgres } from '../support/postgres.ts';
import { needs } from '../support/services.ts';
import { type LabRouters, startLabRouters } from './lab-routers.ts';
import { type KamadoProcess, startProcess } from './processes.ts';
import { createEdgeRouters } from './reference.ts';
import { objectOf, type Rest, textOf, until, untilStatus } from './rest.ts';
import { assertConsistent, type Kept, keysAbout, untilIdle } from './traces-left.ts';

const HA = '/v2.0/ha_routers';
const LANES = 4;
/** The lease of a claim is the longest that anybody waits for; etcd rounds it up. */
const RECOVERY_MS = 40_000;

/** A transaction of each kind, those first after which a lost claim is waited for. */
const ofPost = [
  'claim',
  'result',
  'finish',
  'row created',
  'config',
  'events removed',
  'plan',
  'settle',
  'state applied',
];
const ofDelete = [
  ...['claim', 'result', 'finish', 'row changed', 'config', 'events removed', 'plan', 'settle'],
  ...['row removed', 'config removed', 'forget'],
];

interface Crash {
  readonly way: 'POST' | 'DELETE';
  readonly name: string;
}

const crashes: readonly Crash[] = shared(
  [
    ...ofPost.flatMap((kind): Crash[] => both('POST', kind)),
    ...ofDelete.flatMap((kind): Crash[] => both('DELETE', kind)),
  ],
  2,
).toSorted((a, b) => Number(isLong(b)) - Number(isLong(a)));

function both(way: Crash['way'], kind: string): Crash[] {
  return [
    { way, name: `before ${kind}` },
    { way, name: `after ${kind}` },
  ];
}

function isLong({ name }: Crash): boolean {
  return /after claim|result|before finish/.test(name);
}

const services = { ...needs('etcd', etcdStartable()), ...needs('postgresql', postgresStartable()) };

describe('kill -9 before and after one transaction of each kind, on etcd and PostgreSQL', services, () => {
  const queue = [...crashes];
  let postgres: TestPostgres;
  let lab: LabRouters;

  before(async () => {
    [postgres, lab] = await Promise.all([startPostgres(), startLabRouters(2)]);
  });
  after(async () => {
    await postgres.stop();
    await lab.close();
  });

  describe('several houses at a time', { concurrency: LANES }, () => {
    for (let lane = 1; lane <= LANES; lane++) {
      test(`lane ${lane}`, async (context) => {
        const tried = await crashThrough(await postgres.createDatabase(), lab, () => queue.shift());
        context.diagnostic(`${tried.map(({ way, name }) => `${way} ${name}`).join(', ')}; ${extentText}`);
        assert.ok(tried.length > 0);
      });
    }
  });

  test('all kinds were tried', () => assert.deepEqual(queue, []));
});

/** Lets a house of its own crash again and again, each time where `next` says. Returns where it did. */
async function crashThrough(
  database: string,
  lab: LabRouters,
  next: () => Crash | undefined,
): Promise<readonly Crash[]> {
  const etcd = await startEtcd();
  const settings = { etcd: etcd.endpoint, database, logLevel: 'info' };
  const kept: Kept = {
    store: await openEtcdStore({ runtime: systemRuntime, log: silentLog, endpoints: [etcd.endpoint] }),
    driver: await openPostgresDriver(systemRuntime, silentLog, database),
  };
  const tried: Crash[] = [];
  let application = await startProcess(settings);
  try {
    const [primary = '', secondary = ''] = await createEdgeRouters(application.rest, lab.fields);
    const fields = { name: 'crash', primary_router_id: primary, secondary_router_id: secondary };
    for (let crash = next(); crash !== undefined; crash = next()) {
      try {
        const { rest } = application;
        if (crash.way === 'POST') {
          const answered = await crashDuring(application, crash, () => rest.create(HA, fields));
          application = await startProcess(settings);
          await verifyPost(application.rest, kept, answered === null ? null : textOf(answered.id), () =>
            application.rest.create(HA, fields),
          );
          await removeAll(application.rest, kept);
        } else {
          const id = textOf((await rest.create(HA, fields)).id);
          await untilStatus(rest, `${HA}/${id}`, 'ACTIVE', RECOVERY_MS);
          await untilIdle(kept);
          await crashDuring(application, crash, () => rest.call('DELETE', `${HA}/${id}`));
          application = await startProcess(settings);
          await verifyDelete(application.rest, kept, id);
        }
        tried.push(crash);
      } catch (error) {
        throw new Error(`${crash.way}, ${crash.name}: ${application.log().slice(-4_000)}`, { cause: error });
      }
    }
    await application.stop();
    return tried;
  } finally {
    await application.kill();
    await kept.store.close();
    await kept.driver.close();
    await etcd.stop();
  }
}

/** Asks, and waits until the process has killed itself. Resolves with the answer, or null where none came. */
async function crashDuring<Answered>(
  application: KamadoProcess,
  { name }: Crash,
  ask: () => Promise<Answered>,
): Promise<Answered | null> {
  await application.arm({ name });
  const answered = await ask().catch(() => null);
  await until(`a crash ${name}`, () => application.hasEnded());
  assert.equal(await application.ended, 'SIGKILL');
  return answered;
}

async function verifyPost(
  rest: Rest,
  kept: Kept,
  answered: string | null,
  retry: () => Promise<{ readonly [name: string]: unknown }>,
): Promise<void> {
  const found = await ids(rest);
  assert.ok(answered === null ? found.length <= 1 : found.length === 1 && found[0] === answered);
  const id = found[0] ?? String((await retry()).id);
  await untilStatus(rest, `${HA}/${id}`, 'ACTIVE', RECOVERY_MS);
  await untilIdle(kept);
  await assertConsistent(kept, ['edge_router', 'ha_router']);
  assert.ok((await rest.timeline('ha_router', id)).length > 0);
}

async function verifyDelete(rest: Rest, kept: Kept, id: string): Promise<void> {
  const { status } = await rest.call('DELETE', `${HA}/${id}`);
  assert.ok(status === 204 || status === 404, `${status}`);
  await untilGone(rest, kept, id);
  await untilIdle(kept);
  await assertConsistent(kept, ['edge_router', 'ha_router']);
  assert.ok((await rest.timeline('ha_router', id)).length > 0);
}

async function removeAll(rest: Rest, kept: Kept): Promise<void> {
  for (const id of await ids(rest)) {
    await rest.call('DELETE', `${HA}/${id}`);
    await untilGone(rest, kept, id);
  }
  await untilIdle(kept);
}

async function untilGone(rest: Rest, { store }: Kept, id: string): Promise<void> {
  await until('404', async () => (await rest.get(`${HA}/${id}`)) === null, RECOVERY_MS);
  let left: readonly string[] = [];
  await until('no key left', async () => {
    left = await keysAbout(store, id);
    return left.length === 0;
  }).catch((error) => {
    throw new Error(`left: ${left.join(', ')}`, { cause: error });
  });
}

async function ids(rest: Rest): Promise<readonly string[]> {
  const { body } = await rest.call('GET', HA);
  const routers = objectOf(body).ha_routers;
  return Array.isArray(routers) ? routers.map((router) => textOf(objectOf(router).id)) : [];
}

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { systemRuntime } from '../../src/app/system-runtime.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { openEtcdStore } from '../../src/store/etcd/etcd-store.ts';
import { etcdStartable, startEtcd } from '../support/etcd.ts';
import { postgresStartable, startPostgres } from '../support/postgres.ts';
import { freePort } from '../support/programs.ts';
import { needs } from '../support/services.ts';
import { startHouseHere } from './house-here.ts';
import { type LabRouters, startLabRouters } from './lab-routers.ts';
import { type KamadoProcess, startProcess } from './processes.ts';
import { skipWithoutRecordings } from './recorded.ts';
import {
  compareWith2018Recording,
  compareWithEtcdRecording,
  compareWithFullRecording,
  compareWithHttpRecording,
  createEdgeRouters,
} from './reference.ts';
import { until } from './rest.ts';

describe('the values of the recordings', { skip: skipWithoutRecordings }, () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kamado-reference-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  test('2017, on the embedded store and SQLite', async () => {
    const lab = await startLabRouters(6);
    const house = await startHouseHere({ dataDir: join(folder, '2017') });
    try {
      await compareWithRecordings(house, lab);
      assert.deepEqual(house.fatal, []);
    } finally {
      await house.close();
      await lab.close();
    }
  });

  const services = { ...needs('etcd', etcdStartable()), ...needs('postgresql', postgresStartable()) };
  test('2017, on etcd and PostgreSQL with each room in a process of its own', services, async () => {
    const lab = await startLabRouters(6);
    const etcd = await startEtcd();
    const postgres = await startPostgres();
    const store = await openEtcdStore({ runtime: systemRuntime, log: silentLog, endpoints: [etcd.endpoint] });
    const rooms: KamadoProcess[] = [];
    try {
      const database = await postgres.createDatabase();
      const settings = { etcd: etcd.endpoint, database, port: `${await freePort()}`, logLevel: 'warn' };
      const names = ['timeline', 'worker', 'controller', 'sync', 'api'] as const;
      rooms.push(...(await Promise.all(names.map((room) => startProcess({ room, settings })))));
      const rest = rooms.at(-1)?.rest;
      assert.ok(rest !== undefined);
      await until('a ready API', async () => (await rest.call('GET', '/readyz')).status === 200);
      await compareWithRecordings({ rest, store }, lab);
      for (const room of rooms.splice(0)) await room.stop();
    } finally {
      await Promise.all(rooms.map((room) => room.kill()));
      await store.close();
      await postgres.stop();
      await etcd.stop();
      await lab.close();
    }
  });

  test('2018, by the catalogue alone', async () => {
    const lab = await startLabRouters(2);
    const catalog = 'catalog/network-2018';
    const house = await startHouseHere({ dataDir: join(folder, '2018'), catalog });
    try {
      await compareWith2018Recording(house, lab);
      assert.deepEqual(house.fatal, []);
    } finally {
      await house.close();
      await lab.close();
    }
  });
});

async function compareWithRecordings(
  { rest, store }: Parameters<typeof compareWithEtcdRecording>[0],
  lab: LabRouters,
): Promise<void> {
  const [a, b, c, d, e, f] = await createEdgeRouters(rest, lab.fields);
  assert.ok(a !== undefined && b !== undefined && c !== undefined);
  assert.ok(d !== undefined && e !== undefined && f !== undefined);
  await compareWithEtcdRecording({ rest, store }, [a, b]);
  await compareWithHttpRecording({ rest, store }, [c, d]);
  await compareWithFullRecording({ rest, store }, [e, f]);
}

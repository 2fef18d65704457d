import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { componentNames } from '../../src/app/component-process.ts';
import { systemRuntime } from '../../src/app/process/system-runtime.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { openEtcdStore } from '../../src/store/etcd/etcd-store.ts';
import { etcdStartable, startEtcd } from '../support/etcd.ts';
import { postgresStartable, startPostgres } from '../support/postgres.ts';
import { freePort } from '../support/programs.ts';
import { needs } from '../support/services.ts';
import { startApplicationHere } from './application-here.ts';
import { shippedCatalog } from './catalogs.ts';
import { startComponent } from './components.ts';
import { type LabRouters, startLabRouters } from './lab-routers.ts';
import { skipWithoutRecordings } from './recorded.ts';
import {
  compareWith2018Recording,
  compareWithEtcdRecording,
  compareWithFullRecording,
  compareWithHttpRecording,
  createEdgeRouters,
} from './reference.ts';
import { restOf } from './rest.ts';

describe('the values of the recordings', { skip: skipWithoutRecordings }, () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kamado-reference-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  test('2017, on the embedded store and SQLite', async (context) => {
    const lab = await startLabRouters(6);
    context.after(lab.close);
    const application = await startApplicationHere({ dataDir: join(folder, '2017') });
    context.after(application.close);
    await compareWithRecordings(application, lab);
    assert.deepEqual(application.fatal, []);
  });

  const services = { ...needs('etcd', etcdStartable()), ...needs('postgresql', postgresStartable()) };
  test('2017, on etcd and PostgreSQL with each room in a process of its own', services, async (context) => {
    const lab = await startLabRouters(6);
    context.after(lab.close);
    const etcd = await startEtcd();
    context.after(etcd.stop);
    const postgres = await startPostgres();
    context.after(postgres.stop);
    const store = await openEtcdStore({ runtime: systemRuntime, log: silentLog, endpoints: [etcd.endpoint] });
    context.after(() => store.close());
    const settings = {
      etcd: etcd.endpoint,
      database: await postgres.createDatabase(),
      port: `${await freePort()}`,
      logLevel: 'warn',
    };
    const components = await Promise.all(
      componentNames.map(async (name) => {
        const component = await startComponent(name, settings);
        context.after(component.kill);
        return component;
      }),
    );
    await compareWithRecordings({ rest: restOf(Number(settings.port)), store }, lab);
    for (const component of components) await component.stop();
  });

  test('2018, by the catalogue alone', async (context) => {
    const lab = await startLabRouters(2);
    context.after(lab.close);
    const application = await startApplicationHere({
      dataDir: join(folder, '2018'),
      catalog: shippedCatalog('network-2018'),
    });
    context.after(application.close);
    await compareWith2018Recording(application, lab);
    assert.deepEqual(application.fatal, []);
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

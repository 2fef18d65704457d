import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { systemRuntime } from '../../src/app/process/system-runtime.ts';
import { loadCatalog } from '../../src/catalog/catalog.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { Names } from '../../src/replay/api/names.ts';
import { readScenario, type Scenario } from '../../src/replay/api/scenario.ts';
import { readWorkerRun, type WorkerRun } from '../../src/replay/worker/worker-replay.ts';
import type { Model } from '../../src/schema/model.ts';
import { openEtcdStore } from '../../src/store/etcd/etcd-store.ts';
import { skipWithoutTraces, traces } from '../schema/recordings.ts';
import { etcdStartable, startEtcd } from '../support/etcd.ts';
import { fastRuntime } from '../support/fast-runtime.ts';
import { postgresStartable, startOwnPostgres } from '../support/postgres.ts';
import { freePort } from '../support/programs.ts';
import { needs } from '../support/services.ts';
import { startApplicationHere } from './application-here.ts';
import { startComponent } from './components.ts';
import { everything } from './played-run/everything.ts';
import { GatewayFleet } from './played-run/gateway-fleet.ts';
import { PlayedRun } from './played-run/played-run.ts';
import { RecordedCloud } from './played-run/recorded-cloud.ts';
import { recordedEnds } from './played-run/recorded-ends.ts';
import { writeRunCatalog } from './played-run/run-catalog.ts';
import { type Rest, restOf } from './rest.ts';
import { type Kept, untilIdle } from './traces-left.ts';

const RUN = '2018_vpn_gateway';
/** All that is waited for is Heat, which is a double: its stacks are looked at sooner. */
const TIMES_AS_FAST = 10;

describe('the VPN gateway as it was recorded', { skip: skipWithoutTraces }, () => {
  let folder: string;
  let scenario: Scenario;
  let recorded: WorkerRun;
  let catalog: string;
  let model: Model;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kamado-gateway-'));
    scenario = await readScenario(join(traces, RUN));
    recorded = await readWorkerRun(join(traces, RUN));
    catalog = await writeRunCatalog(folder, scenario);
    ({ model } = await loadCatalog(catalog));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  test('all of it in one process, away again, and once more', async () => {
    const names = new Names();
    const cloud = await RecordedCloud.start(recorded, { names });
    const dataDir = await mkdtemp(join(folder, 'data-'));
    const runtime = fastRuntime(TIMES_AS_FAST);
    const application = await startApplicationHere({ dataDir, catalog }, silentLog, cloud.environment, runtime);
    try {
      await untilIdle(application);
      const atFirst = await everything(application);
      const played = await play({ ...application, cloud, names });
      await undo(played, application, cloud);
      assert.deepEqual(await everything(application), atFirst);
      // Numbers, addresses and what is left of everything are those of the first time.
      const again = new Names();
      cloud.begin({ names: again, isQuick: true });
      await play({ ...application, cloud, names: again });
      assert.deepEqual(application.fatal, []);
    } finally {
      await application.close();
      await cloud.close();
    }
  });

  const services = { ...needs('etcd', etcdStartable()), ...needs('postgresql', postgresStartable()) };
  test('each room in a process of its own', services, async (t) => {
    const [etcd, postgres] = await Promise.all([startEtcd(), startOwnPostgres()]);
    t.after(() => Promise.all([etcd.stop(), postgres.stop()]));
    const names = new Names();
    const cloud = await RecordedCloud.start(recorded, { names, isQuick: true });
    t.after(() => cloud.close());
    const [port, database] = [await freePort(), await postgres.createDatabase()];
    const settings = { port: `${port}`, etcd: etcd.endpoint, database, catalog };
    const started = (['api', 'sync', 'controller', 'worker', 'timeline'] as const).map((name) => {
      return startComponent(name, settings, cloud.environment);
    });
    t.after(async () => {
      for (const component of await Promise.allSettled(started))
        if (component.status === 'fulfilled') await component.value.kill();
    });
    const components = await Promise.all(started);
    const store = await openEtcdStore({ runtime: systemRuntime, log: silentLog, endpoints: [etcd.endpoint] });
    t.after(() => store.close());
    await play({ rest: restOf(port), store, cloud, names });
    for (const component of components) await component.stop();
  });

  /** Plays the run, and compares it with what was recorded. */
  async function play(on: Pick<Kept, 'store'> & { rest: Rest; cloud: RecordedCloud; names: Names }) {
    const { cloud } = on;
    const run = new PlayedRun(scenario, { ...on, model });
    await run.play();
    assert.deepEqual(run.differences(), []);
    assert.deepEqual([cloud.missing, cloud.unrecorded], [[], []]);
    const ends = recordedEnds(RUN);
    assert.equal(ends.length, 28);
    const fleet = new GatewayFleet(on, ends, run.seen);
    await fleet.untilAsRecorded();
    return fleet;
  }

  /** Takes everything away again, after it was tried in wrong orders. */
  async function undo(fleet: GatewayFleet, kept: Kept, cloud: RecordedCloud): Promise<void> {
    await fleet.tryWrongOrders();
    await fleet.removeAll();
    await untilIdle(kept);
    assert.deepEqual(cloud.standing, []);
  }
});

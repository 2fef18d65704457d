import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { loadCatalog } from '../../src/app/catalog.ts';
import type { SqlDriver } from '../../src/database/sql.ts';
import { silentLog } from '../../src/kernel/log.ts';
import type { Model } from '../../src/model/model.ts';
import { Names } from '../../src/replay/api/names.ts';
import { readScenario, type Scenario } from '../../src/replay/api/scenario.ts';
import { readWorkerRun, type WorkerRun } from '../../src/replay/worker/worker-replay.ts';
import { listOf, objectOf, readJson, skipWithoutTraces, traces } from '../model/recordings.ts';
import { fastRuntime } from '../support/fast-runtime.ts';
import { startHouseHere } from './house-here.ts';
import { PlayedRun } from './played-run/played-run.ts';
import { RecordedCloud } from './played-run/recorded-cloud.ts';
import { writeRunCatalog } from './played-run/run-catalog.ts';
import { type Kept, untilIdle } from './traces-left.ts';

const RUN = '2018_vpn_gateway';

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

  test('in one process', async () => {
    const names = new Names();
    const cloud = await RecordedCloud.start(recorded, { names });
    const dataDir = await mkdtemp(join(folder, 'data-'));
    const house = await startHouseHere({ dataDir, catalog }, silentLog, cloud.environment, fastRuntime(5));
    try {
      const play = new PlayedRun(scenario, { ...house, model, cloud, names });
      const t0 = performance.now();
      await play.play();
      console.log(performance.now() - t0);
      console.log(play.versions, JSON.stringify(play.differences(), null, 1));
      console.log(cloud.missing, cloud.standing);
    } finally {
      await house.close();
      await cloud.close();
    }
  });
});

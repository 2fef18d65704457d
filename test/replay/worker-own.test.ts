import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startOpenStackDouble } from '../../lab/openstack/openstack-double.ts';
import { systemRuntime } from '../../src/app/process/system-runtime.ts';
import { loadCatalog } from '../../src/catalog/catalog.ts';
import { readWorkerRun, replayWorker } from '../../src/replay/worker/worker-replay.ts';
import { startApplicationHere } from '../acceptance/application-here.ts';
import { textOf, until, untilStatus } from '../acceptance/rest.ts';
import { CRATES } from '../acceptance/stack-application.ts';
import { writeStackCatalog } from '../acceptance/stack-catalog.ts';
import { recordStore } from './recorder.ts';

test('what the worker does with stacks, and where they fail, is replayed from its own recording', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'kamado-record-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const double = await startOpenStackDouble({ runtime: systemRuntime });
  t.after(() => double.close());
  const catalog = await writeStackCatalog(folder);
  const application = await startApplicationHere(
    { dataDir: join(folder, 'data'), catalog },
    undefined,
    double.environment,
  );
  t.after(() => application.close());
  const { rest, store } = application;
  const make = async (fields: object, status: string): Promise<string> => {
    const id = textOf((await rest.create(CRATES, { tenant_id: 'own', ...fields })).id);
    await untilStatus(rest, `${CRATES}/${id}`, status);
    return id;
  };
  const before = textOf((await rest.create(CRATES, { tenant_id: 'own', wait_secs: 1 })).id);
  await until('a job at work', async () => (await rest.store('/jobs/working/')).length > 0);
  const { model } = await loadCatalog(catalog);
  const path = join(folder, 'run');
  const recorder = await recordStore(store, path, model.documents);
  const base = await make({ label: 'one', parts: ['x'] }, 'ACTIVE');
  const lid = await make({ kind: 'lid', on_id: base }, 'ACTIVE');
  const broken = await make({ fails: true }, 'ERROR');
  assert.equal((await rest.call('PUT', `${CRATES}/${base}`, { crate: { label: 'two' } })).status, 200);
  await until(
    'the change',
    async () => (await rest.get(`${CRATES}/${base}`))?.orchestration_state === 'UPDATE_COMPLETE',
  );
  await untilStatus(rest, `${CRATES}/${before}`, 'ACTIVE');
  for (const id of [lid, base, broken, before]) {
    assert.equal((await rest.call('DELETE', `${CRATES}/${id}`)).status, 204);
    await until('its end', async () => (await rest.get(`${CRATES}/${id}`)) === null);
  }
  await recorder.end();

  const { mismatches, excused, families } = await replayWorker(await readWorkerRun(path));
  assert.deepEqual([...mismatches, ...excused], []);
  const matched = families.flatMap(({ family, isRecorded, matched }) => (isRecorded ? [`${family} ${matched}`] : []));
  // The job that was at work when the recording began isn't known from its beginning.
  assert.deepEqual(matched, ['jobs 8', 'heat_stacks 7', 'job_state 24', 'state 8']);
});

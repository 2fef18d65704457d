import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemRuntime } from '../../src/app/process/system-runtime.ts';
import { startController } from '../../src/controller/controller.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { replayController } from '../../src/replay/controller/controller-replay.ts';
import { readRunFolder } from '../../src/replay/run-folder.ts';
import { startWorker } from '../../src/worker/worker.ts';
import { until } from '../support/until.ts';
import { Desk, openStore, workModel } from '../support/work.ts';
import { recordStore } from './recorder.ts';

const RESOURCES = 12;

test('what the controller does under load is replayed from its recording', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'kamado-record-'));
  t.after(() => rm(folder, { recursive: true }));
  const store = await openStore();
  const recorder = await recordStore(store, join(folder, 'run'), workModel.documents);
  const context = { runtime: systemRuntime, log: silentLog, model: workModel, store };
  const handler = (name: string, canModify: boolean) => ({
    name,
    canModify,
    run: async () => {
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 4));
      if (Math.random() < 0.15) throw new Error('it does not want to');
      return {};
    },
  });
  const worker = startWorker({ ...context, handlers: [handler('builder', true), handler('looker', false)] });
  const controller = startController(context, (error) => assert.fail(String(error)));
  const desk = new Desk(store);
  await desk.templates();
  await load(desk);
  await until(async () => (await desk.keys('/jobs/')).length === 0, 'an empty queue');
  await controller.close();
  await worker.close();
  await recorder.end();
  await store.close();

  const report = await replayController(await readRunFolder(join(folder, 'run')), []);
  assert.deepEqual(report.mismatches, []);
  assert.deepEqual(report.excused, []);
  const [jobs, read, processed] = report.families;
  assert.ok((jobs?.matched ?? 0) > 40 && (read?.matched ?? 0) > 10 && (processed?.matched ?? 0) > 50);
});

/** Creates, changes, marks and removes resources of every kind, faster than they are worked on. */
async function load(desk: Desk): Promise<void> {
  const versions = new Map<string, number>();
  for (let round = 0; round < 250; round++) {
    const n = Math.floor(Math.random() * RESOURCES);
    const type = ['part', 'look', 'both', 'plain', 'sometimes'][Math.floor(Math.random() * 5)] ?? 'part';
    const other = `part${Math.floor(Math.random() * RESOURCES)}`;
    const id = `${type}${n}`;
    const version = (versions.get(id) ?? 0) + 1;
    versions.set(id, version);
    const dice = Math.random();
    if (dice < 0.1 && version > 1) {
      versions.delete(id);
      await desk.removeConfig(type, id);
    } else {
      const body = {
        name: `${id} ${round}`,
        on_id: other === id ? null : other,
        at_id: other,
        kind: dice < 0.5 ? 'work' : '',
      };
      await desk.config(type, id, version, body, dice > 0.92 && version > 1);
    }
    if (dice < 0.4) await new Promise((resolve) => setTimeout(resolve, dice * 20));
  }
}

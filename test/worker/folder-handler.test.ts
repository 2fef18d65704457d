import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { systemRuntime } from '../../src/app/process/system-runtime.ts';
import { startController } from '../../src/controller/controller.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { encodeConfig } from '../../src/records/config-record.ts';
import { resourceKey } from '../../src/records/keys.ts';
import { compileModel } from '../../src/schema/compile-model.ts';
import { startWorker } from '../../src/worker/worker.ts';
import { until } from '../support/until.ts';
import { Desk, openStore } from '../support/work.ts';
import { folderHandler } from './folder-handler.ts';

const model = compileModel([
  {
    id: 'box',
    singular: 'box',
    plural: 'boxes',
    prefix: '/v2.0',
    title: 'Box',
    metadata: { state_versioning: true, handlers: [{ handler: 'folder_worker', template: 'Cfolder' }] },
    schema: { type: 'object', properties: { id: { type: 'string' }, name: { type: 'string' } } },
  },
  {
    id: 'heat_template',
    singular: 'heat_template',
    plural: 'heat_templates',
    prefix: '/v2.0',
    title: 'Template',
    schema: { type: 'object', properties: { id: { type: 'string' } } },
  },
]);

test('the example of docs/handlers.md works on a resource from its first version to its end', async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'kamado-folders-'));
  const store = await openStore();
  const desk = new Desk(store);
  const common = { runtime: systemRuntime, log: silentLog, model, store };
  const controller = startController(common, (error) => {
    throw error;
  });
  const worker = startWorker({ ...common, handlers: [folderHandler(root)] });
  t.after(async () => {
    await worker.close();
    await controller.close();
    await store.close();
    rmSync(root, { recursive: true });
  });
  const put = async (family: 'heat_templates' | 'boxes', id: string, version: number, body: object, marked = false) =>
    desk.put(
      resourceKey('config', `/v2.0/${family}`, id),
      encodeConfig(JSON.stringify({ id, ...body }), version, marked),
    );
  const state = (version: number) =>
    until(async () => {
      const value = await desk.value(resourceKey('state', '/v2.0/boxes', 'b'));
      const record = value === undefined ? null : JSON.parse(value);
      return record?.version === version && record;
    }, `the state of version ${version}`);
  const folder = join(root, 'box', 'b');

  await put('heat_templates', 'folder', 1, { parameter_mappings: {} });
  await put('boxes', 'b', 1, { name: 'one' });
  assert.deepEqual((await state(1)).state, { folder, worker_state: 'CREATE_COMPLETED' });
  await put('boxes', 'b', 2, { name: 'two' });
  assert.equal((await state(2)).state.worker_state, 'MODIFY_COMPLETED');
  assert.deepEqual(JSON.parse(readFileSync(join(folder, 'body.json'), 'utf8')), { id: 'b', name: 'two' });
  await put('boxes', 'b', 3, { name: 'two' }, true);
  assert.equal((await state(3)).state.worker_state, 'DELETE_COMPLETED');
  assert.equal(existsSync(folder), false);
});

test('the example in the documentation is the one that is tested, and short', (t) => {
  const starts = [process.cwd(), dirname(fileURLToPath(import.meta.url))];
  const folders = starts.flatMap((start) => [start, join(start, '..', '..'), join(start, '..', '..', '..')]);
  const files = [join('docs', 'handlers.md'), join('test', 'worker', 'folder-handler.ts')];
  const checkout = folders.find((folder) => files.every((file) => existsSync(join(folder, file))));
  if (checkout === undefined) {
    t.skip('the documentation is not beside the tests');
    return;
  }
  const text = readFileSync(join(checkout, 'docs', 'handlers.md'), 'utf8');
  const [, example] = /```ts\n([\s\S]*?)```/.exec(text) ?? [];
  assert.equal(example, readFileSync(join(checkout, 'test', 'worker', 'folder-handler.ts'), 'utf8'));
  assert.ok((example?.split('\n').length ?? 99) <= 30);
});

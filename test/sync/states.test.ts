import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../support/until.ts';
import { type Desk, keyOf, recordingLog, typeOf } from '../support/work.ts';
import { mirrored, openDesk, openSystemOfRecord, type SystemOfRecord } from './system-of-record.ts';

async function pair(t: Parameters<typeof openSystemOfRecord>[0]): Promise<readonly [SystemOfRecord, Desk]> {
  const [systemOfRecord, desk] = [await openSystemOfRecord(t), await openDesk(t)];
  systemOfRecord.sync(desk.store);
  return [systemOfRecord, desk];
}

const completed = 'CREATE_COMPLETED';

function state(
  desk: Desk,
  type: string,
  id: string,
  version: number,
  error = '',
  worker_state = completed,
): Promise<number> {
  return desk.put(keyOf('state', type, id), JSON.stringify({ error, state: { worker_state }, version }));
}

const reached = (systemOfRecord: SystemOfRecord, type: string, id: string, status: string): Promise<unknown> =>
  until(async () => (await systemOfRecord.status(type, id)) === status, `${type} ${id} ${status}`);

test('a state makes the status, without an event or a new version', async (t) => {
  const [systemOfRecord, desk] = await pair(t);
  await systemOfRecord.create('part', 'a');
  await mirrored(desk, 'part', 'a', 1);
  assert.equal(await systemOfRecord.status('part', 'a'), 'PENDING_CREATE');
  await state(desk, 'part', 'a', 1);
  await reached(systemOfRecord, 'part', 'a', 'ACTIVE');
  const row = await systemOfRecord.row('part', 'a');
  assert.deepEqual([row?.configVersion, row?.stateVersion, row?.stateError], [1, 1, '']);
  await mirrored(desk, 'part', 'a', 1);
});

test('an error is ERROR with its reason; a success of the same version mends it, an older one doesn’t', async (t) => {
  const [systemOfRecord, desk] = await pair(t);
  await systemOfRecord.create('part', 'a');
  await state(desk, 'part', 'a', 1, 'no route');
  await reached(systemOfRecord, 'part', 'a', 'ERROR');
  assert.equal((await systemOfRecord.row('part', 'a'))?.stateError, 'no route');
  await state(desk, 'part', 'a', 1);
  await reached(systemOfRecord, 'part', 'a', 'ACTIVE');
  await systemOfRecord.update('part', 'a', { name: 'A' });
  await state(desk, 'part', 'a', 1, 'late news');
  await state(desk, 'part', 'a', 2, '', 'MODIFY_COMPLETED');
  await reached(systemOfRecord, 'part', 'a', 'ACTIVE');
  assert.deepEqual(
    [(await systemOfRecord.row('part', 'a'))?.stateVersion, (await systemOfRecord.row('part', 'a'))?.stateError],
    [2, ''],
  );
});

test('S1: a state of a version that isn’t there is refused and logged', async (t) => {
  const [systemOfRecord, desk] = [await openSystemOfRecord(t), await openDesk(t)];
  const { log, lines } = recordingLog();
  systemOfRecord.sync(desk.store, log);
  await systemOfRecord.create('part', 'a');
  await state(desk, 'part', 'a', 2);
  await until(() => lines.some(({ message }) => message.includes('refused')), 'the log says so');
  assert.equal((await systemOfRecord.row('part', 'a'))?.stateVersion, 0);
});

test('S5: two steps: marked, PENDING_DELETE, and gone everywhere when the workers are done', async (t) => {
  const [systemOfRecord, desk] = await pair(t);
  await systemOfRecord.create('part', 'a');
  await state(desk, 'part', 'a', 1);
  await reached(systemOfRecord, 'part', 'a', 'ACTIVE');
  await desk.put(keyOf('monitoring', 'part', 'a'), '{"version":1,"operational_state":"UP"}');
  await systemOfRecord.remove('part', 'a');
  await mirrored(desk, 'part', 'a', 2);
  assert.equal(await systemOfRecord.status('part', 'a'), 'PENDING_DELETE');
  await state(desk, 'part', 'a', 2, '', 'DELETE_COMPLETED');
  await until(async () => (await systemOfRecord.row('part', 'a')) === null, 'the row is gone');
  await mirrored(desk, 'part', 'a', undefined);
  for (const family of ['state', 'monitoring'] as const)
    assert.equal(await desk.value(keyOf(family, 'part', 'a')), undefined);
});

test('monitoring that comes before its state is held, not lost', async (t) => {
  const [systemOfRecord, desk] = await pair(t);
  await systemOfRecord.create('part', 'a');
  await desk.put(keyOf('monitoring', 'part', 'a'), '{"version":1,"operational_state":"UP"}');
  await new Promise((resolve) => setTimeout(resolve, 30));
  assert.equal((await systemOfRecord.row('part', 'a'))?.monitoringVersion, 0);
  await state(desk, 'part', 'a', 1);
  await until(async () => (await systemOfRecord.row('part', 'a'))?.monitoringVersion === 1, 'the monitoring');
  assert.deepEqual((await systemOfRecord.row('part', 'a'))?.monitoring, { operational_state: 'UP' });
});

test('what was written while no sync was there is applied by the next', async (t) => {
  const [systemOfRecord, desk] = [await openSystemOfRecord(t), await openDesk(t)];
  const first = systemOfRecord.sync(desk.store);
  await systemOfRecord.create('part', 'a');
  await mirrored(desk, 'part', 'a', 1);
  await first.close();
  await state(desk, 'part', 'a', 1);
  systemOfRecord.sync(desk.store);
  await reached(systemOfRecord, 'part', 'a', 'ACTIVE');
});

test('garbage under /state and /monitoring ends nothing', async (t) => {
  const [systemOfRecord, desk] = await pair(t);
  await systemOfRecord.create('part', 'a');
  const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
  const versions = ['1.5', '-1', '1e300', '"1"', 'null', '9007199254740993'];
  const values = [
    '',
    '{',
    'null',
    '[]',
    deep,
    `{"state":${deep},"version":1}`,
    ...versions.map((v) => `{"error":7,"state":{},"version":${v}}`),
  ];
  for (const value of values) {
    for (const family of ['state', 'monitoring'] as const) {
      await desk.put(keyOf(family, 'part', 'a'), value);
      await desk.put(keyOf(family, 'part', 'nobody'), value);
      await desk.put(keyOf(family, 'unversioned', 'u'), value);
      await desk.put(`/${family}/x`, value);
      await desk.put(`/${family}${typeOf('part').url}/`, value);
    }
  }
  await state(desk, 'part', 'a', 1);
  await reached(systemOfRecord, 'part', 'a', 'ACTIVE');
});

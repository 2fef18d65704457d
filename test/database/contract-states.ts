import assert from 'node:assert/strict';
import type { ContractTest } from './contract-test.ts';
import { type Client, modelOf, schema, status, string, versioned } from './helpers.ts';

const model = modelOf(
  schema('device', { name: string, status }, versioned),
  schema('link', { name: string, status, orchestration_state: status, operational_state: status }, versioned),
  schema('note', { name: string }),
);

const state = { worker_state: 'CREATE_COMPLETED', orchestration_state: 'CREATE_COMPLETE' };
const up = { port: 'UP' };

/** [configVersion, stateVersion, monitoringVersion, status] */
async function facts(client: Client, type: string, id: string): Promise<readonly unknown[]> {
  const row = await client.row(type, id);
  return [row.configVersion, row.stateVersion, row.monitoringVersion, row.body.status];
}

/** What becomes of state and monitoring records. */
export function stateContract(test: ContractTest): void {
  test('S1: a state applies if it is newer', async ({ open }) => {
    const client = await open(model);
    await client.create('device', 'd', {});
    assert.deepEqual(await facts(client, 'device', 'd'), [1, 0, 0, 'PENDING_CREATE']);
    assert.equal(await client.database.applyState('device', 'd', { version: 1, error: '', state }), 'applied');
    assert.deepEqual(await facts(client, 'device', 'd'), [1, 1, 0, 'ACTIVE']);
    const row = await client.row('device', 'd');
    assert.deepEqual([row.state, row.stateError], [state, '']);
    assert.equal(await client.succeed('device', 'd', 1), 'stale');
    assert.deepEqual(await client.row('device', 'd'), row);
  });

  test('S1: a state of the same version applies after an error', async ({ open }) => {
    const client = await open(model);
    await client.create('device', 'd', {});
    assert.equal(await client.fail('device', 'd', 1, 'first'), 'applied');
    assert.equal(await client.fail('device', 'd', 1, 'second'), 'applied');
    assert.equal((await client.row('device', 'd')).stateError, 'second');
    assert.equal(await client.succeed('device', 'd', 1), 'applied');
    assert.deepEqual(await facts(client, 'device', 'd'), [1, 1, 0, 'ACTIVE']);
    assert.equal(await client.fail('device', 'd', 1), 'stale');
  });

  test('S1: a state from the future, or of no version, is refused', async ({ open }) => {
    const client = await open(model);
    await client.create('device', 'd', {});
    const before = await client.row('device', 'd');
    for (const version of [2, 1e300, 0.5, 0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.equal(await client.succeed('device', 'd', version), 'refused', `${version}`);
      assert.equal(await client.database.applyMonitoring('device', 'd', version, up), 'refused', `${version}`);
    }
    assert.deepEqual(await client.row('device', 'd'), before);
  });

  test('S1: a state of an older version is stored and does not touch the status', async ({ open }) => {
    const client = await open(model);
    await client.create('device', 'd', {});
    await client.update('device', 'd', { name: 'x' });
    assert.equal(await client.fail('device', 'd', 1), 'applied');
    assert.deepEqual(await facts(client, 'device', 'd'), [2, 1, 0, 'PENDING_CREATE']);
    assert.equal((await client.row('device', 'd')).stateError, 'it broke');
    assert.equal(await client.succeed('device', 'd', 2), 'applied');
    assert.equal(await client.succeed('device', 'd', 1), 'stale');
    assert.deepEqual(await facts(client, 'device', 'd'), [2, 2, 0, 'ACTIVE']);
  });

  test('S2: a failed version is ERROR with its reason, the next one starts again', async ({ open }) => {
    const client = await open(model);
    await client.create('device', 'd', {});
    await client.fail('device', 'd', 1, 'no route \0 to host');
    const row = await client.row('device', 'd');
    assert.deepEqual([row.body.status, row.stateError], ['ERROR', 'no route \uFFFD to host']);
    await client.update('device', 'd', { name: 'x' });
    assert.deepEqual(await facts(client, 'device', 'd'), [2, 1, 0, 'PENDING_UPDATE']);
    await client.succeed('device', 'd', 2, 'MODIFY_COMPLETED');
    assert.equal((await client.row('device', 'd')).body.status, 'ACTIVE');
  });

  test('S5: DELETE_COMPLETED removes a marked row, and no other', async ({ open }) => {
    const client = await open(model);
    await client.create('device', 'd', {});
    assert.equal(await client.succeed('device', 'd', 1, 'DELETE_COMPLETED'), 'applied');
    await client.remove('device', 'd');
    assert.equal(await client.succeed('device', 'd', 1, 'DELETE_COMPLETED'), 'stale');
    const failed = { version: 2, error: 'no', state: { worker_state: 'DELETE_COMPLETED' } };
    assert.equal(await client.database.applyState('device', 'd', failed), 'applied', 'an error is not the end');
    assert.equal(await client.succeed('device', 'd', 2, 'DELETE_COMPLETED'), 'removed');
    await client.create('device', 'e', {});
    await client.remove('device', 'e');
    assert.equal(await client.succeed('device', 'e', 2, 'READ_COMPLETE'), 'removed', 'nobody worked on it');
  });

  test('S1: of two versions the last counts, whichever state comes first', async ({ open }) => {
    const client = await open(model);
    await client.create('device', 'd', {});
    await client.update('device', 'd', { name: '2' });
    await client.update('device', 'd', { name: '3' });
    assert.equal(await client.succeed('device', 'd', 3, 'MODIFY_COMPLETED'), 'applied');
    assert.equal(await client.fail('device', 'd', 2), 'stale');
    assert.deepEqual(await facts(client, 'device', 'd'), [3, 3, 0, 'ACTIVE']);
  });

  test('monitoring that comes early is held and applied with its state', async ({ open }) => {
    const client = await open(model);
    const { database } = client;
    await client.create('link', 'l', {});
    assert.equal(await database.applyMonitoring('link', 'l', 1, { port: 'DOWN' }), 'held');
    assert.equal(await database.applyMonitoring('link', 'l', 1, up), 'held');
    assert.deepEqual(await facts(client, 'link', 'l'), [1, 0, 0, 'PENDING_CREATE']);
    assert.equal((await client.row('link', 'l')).monitoring, null);
    await database.applyState('link', 'l', { version: 1, error: '', state });
    assert.deepEqual(await facts(client, 'link', 'l'), [1, 1, 1, 'ACTIVE']);
    assert.deepEqual((await client.row('link', 'l')).monitoring, up);
  });

  test('monitoring that was held for a version that was overtaken is dropped', async ({ open }) => {
    const client = await open(model);
    const { database } = client;
    await client.create('link', 'l', {});
    await database.applyMonitoring('link', 'l', 1, up);
    await client.update('link', 'l', { name: '2' });
    await database.applyState('link', 'l', { version: 1, error: '', state });
    assert.equal((await client.row('link', 'l')).monitoring, null);
    await database.applyState('link', 'l', { version: 2, error: '', state });
    assert.deepEqual(await facts(client, 'link', 'l'), [2, 2, 0, 'PENDING_CREATE'], 'it waits for its own');
    assert.equal(await database.applyMonitoring('link', 'l', 2, up), 'applied');
    assert.deepEqual(await facts(client, 'link', 'l'), [2, 2, 2, 'ACTIVE']);
  });

  test('monitoring applies as it changes, and only for the version in force', async ({ open }) => {
    const client = await open(model);
    const { database } = client;
    await client.create('link', 'l', {});
    await database.applyState('link', 'l', { version: 1, error: '', state });
    assert.equal(await database.applyMonitoring('link', 'l', 1, up), 'applied');
    const { rowRevision } = await client.row('link', 'l');
    assert.equal(await database.applyMonitoring('link', 'l', 1, up), 'stale');
    assert.equal((await client.row('link', 'l')).rowRevision, rowRevision);
    assert.equal(await database.applyMonitoring('link', 'l', 1, { port: 'FAIL' }), 'applied');
    assert.equal((await client.row('link', 'l')).body.status, 'MONITORING_UNAVAILABLE');
    assert.equal(await database.applyMonitoring('link', 'l', 2, up), 'refused');
    await client.update('link', 'l', {});
    assert.equal(await database.applyMonitoring('link', 'l', 1, up), 'stale');
  });

  test('states of rows that are gone, and of types without versions, mean nothing', async ({ open }) => {
    const client = await open(model);
    await client.create('note', 'n', {});
    for (const [type, id] of [
      ['device', 'none'],
      ['note', 'n'],
      ['note', 'none'],
    ] as const) {
      assert.equal(await client.succeed(type, id, 1), 'unknown');
      assert.equal(await client.database.applyMonitoring(type, id, 1, up), 'unknown');
    }
  });
}

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { loadCatalog } from '../../src/catalog/catalog.ts';
import type { ContractTest } from './contract-test.ts';
import { type Client, modelOf, refersTo, schema, status, string, versioned } from './helpers.ts';

const catalog = (name: string) => loadCatalog(join(process.cwd(), 'catalog', name));

async function withRouters(client: Client): Promise<Client> {
  for (const id of ['e1', 'e2']) {
    await client.create('edge_router', id, { ip: id, login: 'l', password: 'p', ssh_port: 830, status: 'NO_STATE' });
  }
  const ids = { primary_router_id: 'e1', secondary_router_id: 'e2' };
  await client.create('ha_router', 'h', { name: '', ...ids, maximum_gateways: 500, status: 'NO_STATE' });
  return client;
}

async function statusOf(client: Client, type: string, id: string): Promise<unknown> {
  return (await client.row(type, id)).body.status;
}

/** Statuses by the machines of schemas, and of rows that depend on others. */
export function statusContract(test: ContractTest): void {
  test('S4, 2017: a state that succeeded makes active', async ({ open }) => {
    const client = await withRouters(await open((await catalog('network-2017')).model));
    assert.equal(await statusOf(client, 'ha_router', 'h'), 'PENDING_CREATE');
    assert.equal(await client.succeed('ha_router', 'h', 1), 'applied');
    assert.equal(await statusOf(client, 'ha_router', 'h'), 'ACTIVE');
  });

  test('S4, 2018: an HA router is PENDING_CREATE until both its edge routers are ACTIVE', async ({ open }) => {
    const client = await withRouters(await open((await catalog('network-2018')).model));
    await client.succeed('ha_router', 'h', 1, 'READ_COMPLETE');
    assert.equal(await statusOf(client, 'ha_router', 'h'), 'PENDING_CREATE');
    const before = await client.row('ha_router', 'h');
    await client.succeed('edge_router', 'e1', 1);
    assert.equal(await statusOf(client, 'edge_router', 'e1'), 'ACTIVE');
    assert.deepEqual(await client.row('ha_router', 'h'), before);
    await client.succeed('edge_router', 'e2', 1);
    const after = await client.row('ha_router', 'h');
    assert.equal(after.body.status, 'ACTIVE');
    assert.equal(after.configVersion, 1, 'a status makes no version');
    assert.ok(after.rowRevision > before.rowRevision, 'but it counts as a change of the row');
    assert.equal((await client.events()).length, 3, 'and no event');
  });

  test('S4, 2018: edge routers that were ACTIVE before', async ({ open }) => {
    const client = await open((await catalog('network-2018')).model);
    await withRouters(client);
    for (const id of ['e1', 'e2']) await client.succeed('edge_router', id, 1);
    assert.equal(await statusOf(client, 'ha_router', 'h'), 'PENDING_CREATE', 'it was not read yet');
    await client.succeed('ha_router', 'h', 1, 'READ_COMPLETE');
    assert.equal(await statusOf(client, 'ha_router', 'h'), 'ACTIVE');
  });

  test('what a machine reads of a related row may be what its clients write', async ({ open }) => {
    const client = await open(
      modelOf(
        schema('switch', { mood: string }),
        schema(
          'lamp',
          { switch_id: refersTo('switch'), status },
          machine({ mood: { relation: 'switch_id', field: 'mood' } }, [
            { when: { mood: 'good' }, status: 'LIT' },
            { when: { mood: { not: 'good' } }, status: 'DARK' },
          ]),
        ),
      ),
    );
    await client.create('switch', 's', { mood: 'good' });
    await client.create('switch', 't', {});
    const created = await client.create('lamp', 'l', { switch_id: 's' });
    assert.equal(created.body.status, 'LIT');
    await client.update('switch', 's', { mood: 'bad' });
    assert.equal(await statusOf(client, 'lamp', 'l'), 'DARK');
    await client.update('switch', 's', { mood: 'good' });
    assert.equal(await statusOf(client, 'lamp', 'l'), 'LIT');
    assert.equal((await client.update('lamp', 'l', { switch_id: 't' })).body.status, 'DARK');
  });

  test('a change of status goes on from dependent to dependent, and ends in a circle', async ({ open }) => {
    const source = { up: { relation: 'stage_id', field: 'status' } };
    const rules = [
      { when: { up: 'ACTIVE' }, status: 'ACTIVE' },
      { when: { orchestration_state: 'CREATE_COMPLETE' }, status: 'ACTIVE' },
    ];
    const client = await open(
      modelOf(schema('stage', { stage_id: refersTo('stage'), status }, machine(source, rules))),
    );
    await client.create('stage', 's0', {});
    for (let i = 1; i < 6; i++) await client.create('stage', `s${i}`, { stage_id: `s${i - 1}` });
    await client.update('stage', 's0', { stage_id: 's5' });
    await client.succeed('stage', 's2', 1);
    for (let i = 0; i < 6; i++) assert.equal(await statusOf(client, 'stage', `s${i}`), 'ACTIVE', `s${i}`);
  });

  test('a status that clients write is theirs', async ({ open }) => {
    const client = await open(modelOf(schema('own', { status: string }, versioned)));
    assert.deepEqual((await client.create('own', 'o', { status: 'MINE' })).body, { id: 'o', status: 'MINE' });
    await client.succeed('own', 'o', 1);
    assert.equal(await statusOf(client, 'own', 'o'), 'MINE');
  });
}

function machine(inputs: object, rules: readonly object[]) {
  return { metadata: { state_versioning: true, status_machine: JSON.parse(JSON.stringify({ inputs, rules })) } };
}

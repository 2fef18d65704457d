import assert from 'node:assert/strict';
import type { JsonObject } from '../../src/kernel/json.ts';
import { acting, actingInSteps, integer, shown } from './behaviour-helpers.ts';
import type { ContractTest } from './contract-test.ts';
import { type Client, lineOf, modelOf, refersTo, schema, status, string, versioned, withCode } from './helpers.ts';

const flag = { type: ['boolean', 'null'], permission: [] };
const state = { ...string, permission: [] };
const complete = (value: JsonObject) => ({ one_of: [value, ['CREATE_COMPLETE', 'UPDATE_COMPLETE']] });

const model = modelOf(
  actingInSteps(
    'port',
    { orchestration_state: state, ready: flag, attached: flag, both: flag, logical_id: { ...string, indexed: true } },
    {
      passes: {
        ready: { when: complete({ field: 'orchestration_state' }), set: { ready: { constant: true } } },
        both: { when: complete({ field: 'orchestration_state' }), set: { both: { constant: true } } },
        attached: {
          when: { equal: [{ field: 'status', path: [{ type: 'logical', id: 'logical_id' }] }, 'ACTIVE'] },
          set: { attached: { constant: true } },
        },
      },
    },
  ),
  schema(
    'logical',
    { status, device_id: { ...string, indexed: true }, orchestration_state: state },
    {
      metadata: {
        state_versioning: true,
        status_machine: {
          extends: '2018',
          inputs: { device: { relation: 'device_id', type: 'device', field: 'status' } },
          rules: [
            {
              when: {
                orchestration_state: ['CREATE_COMPLETE', 'UPDATE_COMPLETE'],
                device: { not: ['ACTIVE', 'undefined'] },
              },
              status: null,
            },
          ],
        },
      },
    },
  ),
  schema('device', { status }, { metadata: { state_versioning: true, status_machine: { extends: '2018' } } }),
);

const endless = modelOf(
  actingInSteps(
    'clock',
    { time: integer },
    {
      passes: { tick: { when: { present: { field: 'id' } }, set: { time: { sum: ['Ptime', { constant: 1 }] } } } },
    },
  ),
);

const flags = (client: Client) => shown(client, 'port', 'p', 'ready', 'both', 'attached');
const versions = async (client: Client) =>
  (await client.events()).map(lineOf).filter((line) => line.startsWith('put port'));

/** Second passes, and statuses that others read. */
export function followUpBehaviour(test: ContractTest): void {
  test('passes that wait for the own state: a version each, once', async ({ open }) => {
    const client = await open(model);
    await client.create('port', 'p', {});
    assert.deepEqual(await flags(client), [null, null, null]);
    await client.succeed('port', 'p', 1);
    assert.deepEqual(await flags(client), [true, null, null], 'the second waits for the state of its version');
    await client.succeed('port', 'p', 2, 'MODIFY_COMPLETED');
    assert.deepEqual(await flags(client), [true, true, null]);
    await client.succeed('port', 'p', 3, 'MODIFY_COMPLETED');
    assert.deepEqual(await versions(client), ['put port:p v1', 'put port:p v2', 'put port:p v3']);
  });

  test('passes that wait for the same fact make a version each, none of them twice', async ({ open }) => {
    const two = modelOf(
      actingInSteps(
        'port',
        { note: string, a: flag, b: flag },
        {
          passes: {
            a: { when: { present: 'Pnote' }, set: { a: { constant: true } } },
            b: { when: { present: 'Pnote' }, set: { b: { constant: true } } },
          },
        },
      ),
    );
    const client = await open(two);
    await client.create('port', 'p', {});
    const row = await client.update('port', 'p', { note: 'n' });
    assert.deepEqual([row.body.a, row.body.b, row.configVersion], [true, true, 4]);
    assert.deepEqual(
      await versions(client),
      [1, 2, 3, 4].map((version) => `put port:p v${version}`),
    );
  });

  test('a pass that waits for a related resource, whichever of both comes first', async ({ open }) => {
    const client = await open(model);
    await client.create('port', 'p', { logical_id: 'l' });
    await client.create('logical', 'l', {});
    await client.succeed('logical', 'l', 1);
    assert.deepEqual(await flags(client), [null, null, true]);
    await client.create('port', 'q', { logical_id: 'l' });
    assert.deepEqual(await shown(client, 'port', 'q', 'attached'), [null], 'it is looked at when its own state comes');
    await client.succeed('port', 'q', 1);
    assert.equal((await client.row('port', 'q')).body.attached ?? (await client.row('port', 'q')).body.ready, true);
  });

  test('a pass that waits for a status that follows from a third resource', async ({ open }) => {
    const client = await open(model);
    await client.create('device', 'd', {});
    await client.create('logical', 'l', { device_id: 'd' });
    await client.create('port', 'p', { logical_id: 'l' });
    await client.succeed('logical', 'l', 1);
    assert.deepEqual(await shown(client, 'logical', 'l', 'status'), ['PENDING_CREATE'], 'an input of a type');
    await client.succeed('device', 'd', 1);
    assert.deepEqual(await shown(client, 'logical', 'l', 'status'), ['ACTIVE']);
    assert.deepEqual(await flags(client), [null, null, true]);
  });

  test('what is marked gets no passes', async ({ open }) => {
    const client = await open(model);
    await client.create('port', 'p', { logical_id: 'l' });
    await client.create('logical', 'l', {});
    await client.remove('port', 'p');
    await client.succeed('logical', 'l', 1);
    assert.deepEqual(await flags(client), [null, null, null]);
  });

  test('several that wait for one, and change each other', async ({ open }) => {
    const circle = modelOf(
      schema('hub', { mood: string }, versioned),
      acting(
        'spoke',
        { hub_id: refersTo('hub'), next: string, seen: flag, pushed: string },
        {
          passes: {
            seen: { when: { equal: [{ field: 'mood', path: ['hub_id'] }, 'good'] }, set: { seen: { constant: true } } },
          },
          updates: {
            next: {
              path: [{ type: 'spoke', id: 'next' }],
              set: {
                pushed: { concatenate: [{ field: 'id' }, { when: { present: 'Pseen' }, value: 'C!', otherwise: 'C' }] },
              },
            },
          },
        },
        versioned,
      ),
    );
    const client = await open(circle);
    await client.create('hub', 'h', {});
    for (const [id, next] of [
      ['a', 'b'],
      ['b', 'c'],
      ['c', ''],
    ] as const)
      await client.create('spoke', id, { hub_id: 'h', next });
    await client.update('hub', 'h', { mood: 'good' });
    for (const id of ['a', 'b', 'c']) {
      const { body, configVersion } = await client.row('spoke', id);
      assert.equal(body.seen, true);
      const made = (await client.eventLines()).filter((line) => line.startsWith(`put spoke:${id} `));
      assert.deepEqual(
        made,
        Array.from({ length: configVersion }, (_, i) => `put spoke:${id} v${i + 1}`),
      );
    }
    assert.deepEqual(await shown(client, 'spoke', 'b', 'pushed'), ['a!']);
  });

  test('a pass that never comes to rest is refused', async ({ open }) => {
    const client = await open(endless);
    await client.create('clock', 'c', { time: 0 });
    await assert.rejects(client.update('clock', 'c', { time: 5 }), withCode('TRANSACTION_TOO_DEEP'));
    assert.deepEqual(await shown(client, 'clock', 'c', 'time'), [0]);
  });
}

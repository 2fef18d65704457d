import assert from 'node:assert/strict';
import { isKamadoError } from '../../src/kernel/errors.ts';
import type { ContractTest } from './contract-test.ts';
import { type Client, modelOf, refersTo, schema, status, string, versioned } from './helpers.ts';

const source = { first: { relation: 'a_id', field: 'status' }, second: { relation: 'b_id', field: 'status' } };
const rules = [
  { when: { orchestration_state: 'SYNC_COMPLETE', first: 'ACTIVE', second: 'ACTIVE' }, status: 'ACTIVE' },
  { when: { orchestration_state: 'SYNC_COMPLETE' }, status: null },
];
const model = modelOf(
  schema('edge', { name: { ...string, unique: true }, note: string, status }, versioned),
  schema(
    'pair',
    { a_id: refersTo('edge'), b_id: refersTo('edge'), note: string, status },
    { metadata: { state_versioning: true, status_machine: { extends: '2018', inputs: source, rules } } },
  ),
  schema('part', { pair_id: refersTo('pair', { on_delete_cascade: true }) }, versioned),
);

const ROUNDS = 40;

/** What came of calls that compete: 'ok', or the code of the error. */
export async function outcomes(calls: readonly Promise<unknown>[]): Promise<readonly string[]> {
  const settled = await Promise.allSettled(calls);
  return settled.map((result) => {
    if (result.status === 'fulfilled') return 'ok';
    assert.ok(isKamadoError(result.reason), String(result.reason));
    return result.reason.code;
  });
}

/** How many there are of one outcome. */
export const count = (all: readonly string[], one: string): number => all.filter((outcome) => outcome === one).length;

async function activated(client: Client, ...ids: readonly string[]): Promise<void> {
  await Promise.all(ids.map((id) => client.succeed('edge', id, 1)));
}

/** Calls that compete. */
export function raceContract(test: ContractTest): void {
  test('of many that want one unique value one gets it, the others are told which', async ({ open }) => {
    const client = await open(model);
    for (let round = 0; round < 5; round++) {
      const ids = Array.from({ length: 20 }, (_, i) => `e${round}-${i}`);
      const all = await outcomes(ids.map((id) => client.create('edge', id, { name: `n${round}` })));
      assert.deepEqual([count(all, 'ok'), count(all, 'DUPLICATE_VALUE')], [1, 19]);
      const same = await outcomes(ids.map(() => client.create('edge', `same${round}`, {})));
      assert.deepEqual([count(same, 'ok'), count(same, 'DUPLICATE_VALUE')], [1, 19]);
    }
    assert.equal((await client.events()).length, 10);
  });

  test('who refers to a row and who deletes it never both succeed', async ({ open }) => {
    const client = await open(model);
    for (let round = 0; round < ROUNDS; round++) {
      const edge = `e${round}`;
      await client.create('edge', edge, {});
      await client.create('pair', `q${round}`, {});
      const calls = [
        () => client.create('pair', `p${round}`, { a_id: edge }),
        () => client.remove('edge', edge),
        () => client.update('pair', `q${round}`, { b_id: edge }),
      ];
      const order = round % 2 === 0 ? calls : calls.toReversed();
      const all = await outcomes(order.map((call) => call()));
      const marked = (await client.row('edge', edge)).markedForDeletion;
      const users = (
        await client.list('pair', {
          filters: new Map([
            ['a_id', [edge]],
            ['b_id', [edge]],
          ]),
          anyOf: true,
        })
      ).total;
      assert.equal(marked && users > 0, false, all.join());
      assert.equal(marked || users > 0, true, all.join());
      assert.equal(count(all, 'ok') + count(all, 'RELATED_MARKED') + count(all, 'RESOURCE_IN_USE'), 3);
    }
  });

  test('updates of one version: one wins', async ({ open }) => {
    const client = await open(model);
    await client.create('edge', 'e', {});
    for (let version = 1; version < 6; version++) {
      const all = await outcomes(
        Array.from({ length: 12 }, (_, i) => client.update('edge', 'e', { note: `${i}` }, version)),
      );
      assert.deepEqual([count(all, 'ok'), count(all, 'VERSION_CONFLICT')], [1, 11]);
    }
    assert.equal((await client.row('edge', 'e')).configVersion, 6);
  });

  test('changes of different properties at once all stay', async ({ open }) => {
    const client = await open(model);
    await client.create('edge', 'e', {});
    const patches = Array.from({ length: 30 }, (_, i) => (i % 2 === 0 ? { name: `${i}` } : { note: `${i}` }));
    await Promise.all(patches.map((patch) => client.update('edge', 'e', patch)));
    const { body, configVersion } = await client.row('edge', 'e');
    assert.equal(configVersion, 31);
    assert.ok(body.name !== null && body.note !== null);
  });

  test('statuses settle, however the states of a pair and of its edges come', async ({ open }) => {
    const client = await open(model);
    for (let round = 0; round < ROUNDS; round++) {
      const [a, b, pair] = [`a${round}`, `b${round}`, `p${round}`];
      await Promise.all([client.create('edge', a, {}), client.create('edge', b, {})]);
      const creating = client.create('pair', pair, { a_id: a, b_id: b });
      await Promise.all([
        activated(client, a, b),
        creating.then(() => client.succeed('pair', pair, 1, 'READ_COMPLETE')),
        creating.then(() => client.database.applyMonitoring('edge', a, 1, { port: 'UP' })),
      ]);
      assert.equal((await client.row('pair', pair)).body.status, 'ACTIVE', pair);
    }
  });

  test('states of edges and changes of what refers to them do not wait in a circle', async ({ open }) => {
    const client = await open(model);
    await Promise.all(['a', 'b'].map((id) => client.create('edge', id, {})));
    await Promise.all(Array.from({ length: 10 }, (_, i) => client.create('pair', `p${i}`, { a_id: 'a', b_id: 'b' })));
    for (let version = 1; version <= 8; version++) {
      const edges = ['a', 'b'];
      await Promise.all([
        ...edges.map((id) => client.succeed('edge', id, version, 'CREATE_COMPLETED')),
        ...Array.from({ length: 10 }, (_, i) =>
          client.update('pair', `p${i}`, { a_id: edges[version % 2] ?? '', b_id: edges[(version + 1) % 2] ?? '' }),
        ),
      ]);
      await Promise.all(edges.map((id) => client.update('edge', id, { note: `${version}` })));
    }
    assert.equal((await client.row('pair', 'p0')).configVersion, 9);
  });

  test('what goes along under concurrency is gone at the end', async ({ open }) => {
    const client = await open(model);
    for (let round = 0; round < 10; round++) {
      const pair = `p${round}`;
      await client.create('pair', pair, {});
      const parts = Array.from({ length: 6 }, (_, i) => `${pair}-${i}`);
      await Promise.all(parts.map((id) => client.create('part', id, { pair_id: pair })));
      await outcomes([client.remove('pair', pair), ...parts.map((id) => client.remove('part', id))]);
      await client.remove('pair', pair);
      const end = (type: string, id: string) => client.succeed(type, id, 2, 'DELETE_COMPLETED');
      await Promise.all([end('pair', pair), ...parts.map((id) => end('part', id))]);
      assert.equal((await client.list('part')).total, 0);
      assert.equal(await client.get('pair', pair), null);
    }
  });
}

import assert from 'node:assert/strict';
import { systemCaller } from '../../src/database/database.ts';
import { acting, integer } from './behaviour-helpers.ts';
import { count, outcomes } from './contract-races.ts';
import type { ContractTest } from './contract-test.ts';
import { modelOf, refersTo, schema, status, string, versioned, wholeList } from './helpers.ts';

const AT_ONCE = 12;
const ROUNDS = 20;

const path = ['line_id', 'router_id'];

/** Labels that are unique because a requirement says so; gateways that count themselves at the end of a path. */
const model = modelOf(
  acting(
    'label',
    { text: { ...string, indexed: true } },
    {
      requires: {
        free: {
          that: { not: { present: { find: 'label', where: { text: 'Ptext' }, field: 'id' } } },
          reason: 'It is taken.',
        },
      },
    },
  ),
  schema('router', { gateways: integer }),
  schema('line', { router_id: refersTo('router') }),
  acting(
    'gateway',
    { line_id: refersTo('line'), place: { ...integer, initial: { field: 'gateways', path } } },
    { updates: { router: { path, set: { gateways: { sum: [{ field: 'gateways', path }, { constant: 1 }] } } } } },
  ),
  acting(
    'switch',
    { other_id: refersTo('switch'), on: { type: 'boolean' } },
    {
      requires: {
        one: {
          that: {
            any: [
              { equal: [{ field: 'on' }, { constant: true }] },
              { equal: [{ field: 'on', path: ['other_id'] }, { constant: true }] },
            ],
          },
          reason: 'One has to be on.',
        },
      },
    },
  ),
);

const inputs = { edge: { relation: 'edge_name', type: 'edge', field: 'status' } };
const rules = [{ when: { edge: 'ACTIVE' }, status: 'ACTIVE' }];
/** Nothing here reads others but a status, by what no relation is. */
const watching = modelOf(
  schema('edge', { status }, versioned),
  schema(
    'watcher',
    { edge_name: { ...string, indexed: true }, status },
    { metadata: { state_versioning: true, status_machine: { extends: '2018', inputs, rules } } },
  ),
);

/** Lists that refer, and what is made where it isn't there. */
const listing = modelOf(
  schema('tenant', { name: string }),
  schema('part', {}),
  acting(
    'set',
    { tenant_id: refersTo('tenant'), parts: { type: 'array', items: { type: 'string', relation: 'part' } } },
    { ensures: { tenant: { type: 'tenant', id: 'Ptenant_id' } } },
  ),
);

/** What behaviour reads it may rely on, whoever else writes. */
export function isolationBehaviour(test: ContractTest): void {
  test('what is required of others holds: of many that want a label one gets it', async ({ open }) => {
    const client = await open(model);
    for (let round = 0; round < 5; round++) {
      const ids = Array.from({ length: AT_ONCE }, (_, i) => `l${round}-${i}`);
      const all = await outcomes(ids.map((id) => client.create('label', id, { text: `t${round}` })));
      assert.deepEqual([count(all, 'ok'), count(all, 'REQUIREMENT_NOT_MET')], [1, AT_ONCE - 1]);
    }
  });

  test('of two that need each other to be on only one goes off', async ({ open }) => {
    const client = await open(model);
    for (let round = 0; round < ROUNDS; round++) {
      const [a, b] = [`a${round}`, `b${round}`];
      await client.create('switch', a, { on: true });
      await client.create('switch', b, { on: true, other_id: a });
      await client.update('switch', a, { other_id: b });
      const all = await outcomes([a, b].map((id) => client.update('switch', id, { on: false })));
      assert.deepEqual(all.toSorted(), ['REQUIREMENT_NOT_MET', 'ok'], `round ${round}`);
    }
  });

  test('what follows from a resource that it changes counts everybody', async ({ open }) => {
    const client = await open(model);
    await client.create('router', 'r', { gateways: 0 });
    for (const line of ['l', 'm', 'n']) await client.create('line', line, { router_id: 'r' });
    const ids = Array.from({ length: AT_ONCE }, (_, i) => `g${i}`);
    const rows = await Promise.all(
      ids.map((id, i) => client.create('gateway', id, { line_id: ['l', 'm', 'n'][i % 3] ?? '' })),
    );
    assert.equal((await client.row('router', 'r')).body.gateways, AT_ONCE);
    const places = rows.map(({ body }) => Number(body.place)).toSorted((x, y) => x - y);
    assert.deepEqual(
      places,
      ids.map((_, i) => i),
      'each saw those before it',
    );
  });

  test('a status that follows from another one by name settles, however both come', async ({ open }) => {
    const client = await open(watching);
    for (let round = 0; round < ROUNDS; round++) {
      const [edge, watcher] = [`e${round}`, `w${round}`];
      await client.create('edge', edge);
      await Promise.all([client.succeed('edge', edge, 1), client.create('watcher', watcher, { edge_name: edge })]);
      const [{ body: seen }, { body }] = [await client.row('edge', edge), await client.row('watcher', watcher)];
      assert.deepEqual([seen.status, body.status], ['ACTIVE', 'ACTIVE'], `round ${round}`);
    }
  });

  test('a transaction relies on what it reads, where the catalogue itself reads nothing', async ({ open }) => {
    const client = await open(listing);
    await client.create('tenant', 't', { name: '0' });
    const counting = () =>
      client.database.transaction(systemCaller, function* (tx) {
        const tenant = yield* tx.get('tenant', 't');
        const all = yield* tx.list('part', {});
        if (all.length < 3) yield* tx.create('part', {});
        yield* tx.update('tenant', 't', { name: String(Number(tenant?.body.name) + 1) });
      });
    const others = Array.from({ length: AT_ONCE }, (_, i) => client.create('set', `s${i}`, { parts: [] }));
    await Promise.all([...Array.from({ length: AT_ONCE }, counting), ...others]);
    assert.equal((await client.row('tenant', 't')).body.name, String(AT_ONCE));
    assert.equal((await client.list('part')).total, 3);
  });

  test('who lists a resource and who deletes it never both succeed', async ({ open }) => {
    const client = await open(listing);
    for (let round = 0; round < ROUNDS; round++) {
      const part = `p${round}`;
      await client.create('part', part);
      await client.create('set', `t${round}`, { parts: [] });
      const calls = [
        () => client.create('set', `s${round}`, { parts: [part] }),
        () => client.remove('part', part),
        () => client.update('set', `t${round}`, { parts: [part] }),
      ];
      const all = await outcomes((round % 2 === 0 ? calls : calls.toReversed()).map((call) => call()));
      const isThere = (await client.get('part', part)) !== null;
      const { rows } = await client.database.list(systemCaller, 'set', wholeList);
      const lists = rows.filter(({ body }) => JSON.stringify(body.parts).includes(`"${part}"`)).length;
      assert.equal(isThere, lists > 0, all.join());
    }
  });

  test('what is made where it is missing is there, whoever deletes it', async ({ open }) => {
    const client = await open(listing);
    for (let round = 0; round < ROUNDS; round++) {
      const tenant = `t${round}`;
      await client.create('tenant', tenant);
      const all = await outcomes([
        client.remove('tenant', tenant),
        client.create('set', `s${round}`, { tenant_id: tenant }),
      ]);
      assert.equal(all[1], 'ok', all.join());
      assert.ok(await client.get('tenant', tenant), all.join());
    }
  });
}

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { canonicalJson, type Json, type JsonObject } from '../../src/kernel/json.ts';
import type { ContractTest } from './contract-test.ts';
import { type Client, modelOf, newId, schema, string } from './helpers.ts';

const model = modelOf(
  schema('slot', {
    name: string,
    count: { type: 'integer' },
    ratio: { type: 'number' },
    active: { type: 'boolean' },
    place: { type: 'object' },
    slot_id: { type: 'string', relation: 'slot' },
  }),
);

const rows: { readonly [id: string]: JsonObject } = {
  a: { name: 'one', count: 1, ratio: 0.5, active: true, place: { x: 1, y: [2] } },
  B: { name: 'Two 100%', count: 2, ratio: 500, active: false, place: { y: [2], x: 1 } },
  c: { name: 'two_100\\', count: 2, active: true, slot_id: 'a' },
  d: { name: 'ÜBER', ratio: -1.25 },
  é: { name: '', count: -3, place: {} },
};

async function filled(client: Client): Promise<Client> {
  for (const [id, body] of Object.entries(rows)) await client.create('slot', id, body);
  return client;
}

async function find(client: Client, filters: { readonly [name: string]: readonly Json[] }, more = {}): Promise<string> {
  const { ids, total } = await client.list('slot', { filters: new Map(Object.entries(filters)), ...more });
  assert.equal(total, ids.length);
  return ids.join('');
}

/** Lists: filters, order, pages, totals. */
export function listContract(test: ContractTest): void {
  test('filters of every kind, and null', async ({ open }) => {
    const client = await filled(await open(model));
    assert.equal(await find(client, {}), 'Bacdé');
    assert.equal(await find(client, { name: ['one'] }), 'a');
    assert.equal(await find(client, { name: ['ONE'] }), '');
    assert.equal(await find(client, { name: ['one', ''] }), 'aé');
    assert.equal(await find(client, { count: [2] }), 'Bc');
    assert.equal(await find(client, { count: [2, -3] }), 'Bcé');
    assert.equal(await find(client, { count: [null] }), 'd');
    assert.equal(await find(client, { count: [null, 1] }), 'ad');
    assert.equal(await find(client, { ratio: [-1.25] }), 'd');
    assert.equal(await find(client, { active: [true] }), 'ac');
    assert.equal(await find(client, { active: [false, null] }), 'Bdé');
    assert.equal(await find(client, { place: [{ x: 1, y: [2] }] }), 'Ba');
    assert.equal(await find(client, { place: [{}] }), 'é');
    assert.equal(await find(client, { slot_id: ['a'] }), 'c');
    assert.equal(await find(client, { slot_id: [''] }), 'Badé');
    assert.equal(await find(client, { id: ['a', 'é', 'none'] }), 'aé');
    assert.equal(await find(client, { id: [] }), '');
  });

  test('several filters: all of them, or any', async ({ open }) => {
    const client = await filled(await open(model));
    const filters = { count: [2], active: [true] };
    assert.equal(await find(client, filters), 'c');
    assert.equal(await find(client, filters, { anyOf: true }), 'Bac');
    const two = { ...filters, name: ['two', 'b'] };
    assert.equal(await find(client, two, { searchFields: ['name'] }), 'c');
    assert.equal(await find(client, two, { searchFields: ['name'], anyOf: true }), 'Bacd');
  });

  test('a search takes its text literally, whatever the case of ASCII letters', async ({ open }) => {
    const client = await filled(await open(model));
    const search = (field: string, ...values: string[]) => find(client, { [field]: values }, { searchFields: [field] });
    assert.equal(await search('name', 'two'), 'Bc');
    assert.equal(await search('name', 'TWO'), 'Bc');
    assert.equal(await search('name', '%'), 'B');
    assert.equal(await search('name', '_'), 'c');
    assert.equal(await search('name', '\\'), 'c');
    assert.equal(await search('name', '100%'), 'B');
    assert.equal(await search('name', 'one', '%'), 'Ba');
    assert.equal(await search('name', ''), 'Bacdé');
    assert.equal(await search('name', 'über'), '', 'of other letters the case counts, in both databases');
    assert.equal(await search('name', 'ber'), 'd');
    assert.equal(await search('count', '-3'), 'é');
    assert.equal(await search('count', '2'), 'Bc');
    assert.equal(await search('ratio', '.'), 'ad');
    assert.equal(await search('ratio', '500'), 'B');
    assert.equal(await search('ratio', '0.0'), '');
    assert.equal(await search('active', 'tr'), 'ac');
    assert.equal(await search('place', '"y"'), 'Ba');
  });

  test('hundreds of values in one filter', async ({ open }) => {
    const client = await filled(await open(model));
    for (const length of [1, 2, 3, 5, 17, 255, 500]) {
      const many = Array.from({ length }, (_, i) => `none-${i}`);
      assert.equal(await find(client, { name: [...many.slice(1), 'one'] }), 'a', `${length} values`);
      assert.equal(await find(client, { name: many, count: many.map((_, i) => i + 5) }, { anyOf: true }), '');
      assert.equal(await find(client, { name: many }, { searchFields: ['name'] }), '');
    }
  });

  test('order by code point, null first, ties by id in the same direction', async ({ open }) => {
    const client = await filled(await open(model));
    const sorted = async (sortKey: string, sortOrder: 'asc' | 'desc' = 'asc') =>
      (await client.list('slot', { sortKey, sortOrder })).ids.join('');
    assert.equal(await sorted('id'), 'Bacdé');
    assert.equal(await sorted('id', 'desc'), 'édcaB');
    assert.equal(await sorted('name'), 'éBacd');
    assert.equal(await sorted('count'), 'déaBc');
    assert.equal(await sorted('count', 'desc'), 'cBaéd');
    assert.equal(await sorted('ratio'), 'cédaB');
    assert.equal(await sorted('active'), 'déBac');
    assert.equal(await sorted('active', 'desc'), 'caBéd');
  });

  test('the order of any rows is that of this description', async ({ open }) => {
    const client = await open(model);
    const known: { readonly id: string; readonly name: string | null; readonly count: number | null }[] = [];
    const some = fc.record({
      name: fc.option(fc.string({ unit: 'binary', maxLength: 3 }).filter((value) => !value.includes('\0'))),
      count: fc.option(fc.integer({ min: -3, max: 3 })),
    });
    for (const body of fc.sample(some, 60)) {
      const id = newId();
      known.push({ id, ...body });
      await client.create('slot', id, body);
    }
    for (const sortKey of ['name', 'count'] as const) {
      for (const direction of [1, -1]) {
        const expected = known.toSorted((a, b) => direction * (compare(a[sortKey], b[sortKey]) || compare(a.id, b.id)));
        const { ids } = await client.list('slot', { sortKey, sortOrder: direction === 1 ? 'asc' : 'desc' });
        assert.deepEqual(
          ids,
          expected.map(({ id }) => id),
          `${sortKey} ${direction}`,
        );
      }
    }
  });

  test('pages neither overlap nor miss a row, and know the total', async ({ open }) => {
    const client = await open(model);
    for (let i = 0; i < 23; i++) await client.create('slot', `s${i}`, { name: `${i % 3}`, count: i % 2 });
    for (const sortKey of ['id', 'name', 'active']) {
      const seen: string[] = [];
      for (let offset = 0; offset < 25; offset += 4) {
        const { ids, total } = await client.list('slot', { sortKey, sortOrder: 'desc', limit: 4, offset });
        assert.equal(total, 23);
        seen.push(...ids);
      }
      assert.equal(seen.length, 23);
      assert.equal(new Set(seen).size, 23, sortKey);
    }
    const filters = new Map([['count', [1]]]);
    assert.deepEqual(await client.list('slot', { filters, limit: 0 }), { ids: [], total: 11 });
    assert.deepEqual(await client.list('slot', { offset: Number.MAX_SAFE_INTEGER }), { ids: [], total: 23 });
    assert.equal((await client.list('slot', { limit: 23 })).total, 23);
  });

  test('rows of a list are those of a get', async ({ open }) => {
    const client = await filled(await open(model));
    const { rows: listed } = await client.database.list({ user: 'u', tenant: null, roles: [] }, 'slot', {
      filters: new Map(),
      searchFields: [],
      anyOf: false,
      sortKey: 'id',
      sortOrder: 'asc',
      limit: 10,
      offset: 0,
    });
    for (const row of listed)
      assert.equal(canonicalJson({ ...row }), canonicalJson({ ...(await client.row('slot', row.id)) }));
  });
}

/** Null first, numbers by value, texts by code point. */
function compare(a: string | number | null, b: string | number | null): number {
  if (a === null || b === null) return Number(b === null) - Number(a === null);
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return Buffer.compare(Buffer.from(`${a}`), Buffer.from(`${b}`));
}

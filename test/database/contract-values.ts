import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { JsonObject } from '../../src/kernel/json.ts';
import type { ContractTest } from './contract-test.ts';
import { bodyOf, modelOf, newId, schema, string } from './helpers.ts';

// Names that SQL, or the way to it, could take for something else.
const names = {
  string: 'binding:host_id',
  integer: 'order',
  number: 'a-b',
  boolean: 'select',
  object: 'Group',
  array: '_',
} as const;

const model = modelOf(
  schema('user', {
    [names.string]: string,
    [names.integer]: { type: 'integer' },
    [names.number]: { type: ['number', 'null'] },
    [names.boolean]: { type: 'boolean' },
    [names.object]: { type: 'object' },
    [names.array]: { type: ['array', 'null'] },
  }),
);

// What a request can hold: NUL and halves of surrogate pairs are refused by the API, at any depth.
const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '',
    ' ',
    '1e5',
    '0x10',
    '007',
    'null',
    'true',
    '[]',
    '{"a":1}',
    "'; DROP TABLE r_user; --",
    '?',
    '$1',
    '%_\\',
  ),
);
const storable = text.filter((value) => !value.includes('\0'));
const json = fc.jsonValue({ maxDepth: 4, stringUnit: 'binary' });
const integer = fc.oneof(
  fc.maxSafeInteger(),
  fc.constantFrom(0, -1, 2 ** 31, -(2 ** 31), 2 ** 53, -(2 ** 53), 2 ** 63, 1e21, 1.7976931348623157e308),
);
const double = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(
    0.1,
    5e-324,
    -1.7976931348623157e308,
    1e-7,
    123456789.1234567,
    1e15,
    1e16,
    1 - 2 ** -53,
    1 + 2 ** -52,
    -1e-17,
    2.2250738585072014e-308,
  ),
);
const body = fc.record(
  {
    [names.string]: storable,
    [names.integer]: integer,
    [names.number]: fc.option(double),
    [names.boolean]: fc.boolean(),
    [names.object]: fc.dictionary(storable, json),
    [names.array]: fc.option(fc.array(json)),
  },
  { requiredKeys: [] },
);

/** JSON as it comes over the wire: -0 is 0 there, and no object has a prototype of its own. */
function overTheWire(value: unknown): JsonObject {
  return JSON.parse(JSON.stringify(value));
}

const RUNS = 150;

/** What is stored comes back. */
export function valueContract(test: ContractTest): void {
  test('any body that the types allow comes back equal, from create, update, get and the events', async ({ open }) => {
    const client = await open(model);
    const { database } = client;
    await fc.assert(
      fc.asyncProperty(body, body, async (first, second) => {
        const [created, patch] = [overTheWire(first), overTheWire(second)];
        const id = newId();
        await client.create('user', id, created);
        const all = { id, ...Object.fromEntries(Object.values(names).map((name) => [name, null])) };
        assert.deepEqual(overTheWire((await client.row('user', id)).body), { ...all, ...created });
        // A list replaces, an object is merged: the object alone has to be told apart here.
        const replaced = { ...patch, [names.object]: null };
        const updated = await client.update('user', id, replaced);
        assert.deepEqual(overTheWire(updated.body), { ...all, ...created, ...replaced });
        assert.deepEqual(overTheWire((await client.row('user', id)).body), overTheWire(updated.body));
        const events = await client.events();
        assert.deepEqual(bodyOf(events.at(-2)), { id, ...created });
        assert.deepEqual(bodyOf(events.at(-1)), overTheWire(updated.body));
        await database.removeEvents(
          events.map((event) => event.id),
          0,
        );
      }),
      { numRuns: RUNS },
    );
  });

  test('a filter finds what was stored', async ({ open }) => {
    const client = await open(model);
    await fc.assert(
      fc.asyncProperty(storable, integer, double, fc.boolean(), async (...values) => {
        const id = newId();
        const fields = [names.string, names.integer, names.number, names.boolean];
        await client.create('user', id, Object.fromEntries(fields.map((field, i) => [field, values[i] ?? null])));
        for (const [i, field] of fields.entries()) {
          const { ids } = await client.list('user', { filters: new Map([[field, [values[i] ?? null]]]) });
          assert.ok(ids.includes(id), `${field} = ${String(values[i])}`);
        }
      }),
      { numRuns: RUNS },
    );
  });

  test('text stays text, whatever it looks like', async ({ open }) => {
    const client = await open(model);
    const texts = ['1e5', '007', '9007199254740993', 'true', 'NaN', 'Infinity', '2026-01-01', '', ' '];
    for (const [i, value] of texts.entries()) await client.create('user', `u${i}`, { [names.string]: value });
    for (const [i, value] of texts.entries()) {
      assert.equal((await client.row('user', `u${i}`)).body[names.string], value);
    }
  });

  test('a number beyond every double is null in the row as in the event', async ({ open }) => {
    const client = await open(model);
    await client.create('user', 'u', { [names.number]: Number.POSITIVE_INFINITY, [names.integer]: Number.NaN });
    const { body: stored } = await client.row('user', 'u');
    assert.deepEqual([stored[names.number], stored[names.integer]], [null, null]);
    assert.deepEqual(bodyOf((await client.events())[0]), { id: 'u', [names.number]: null, [names.integer]: null });
  });
}

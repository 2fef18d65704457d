import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadCatalog } from '../../src/catalog/catalog.ts';
import { explainType, explanationJson, explanationLines } from '../../src/explain/explanation.ts';
import { isJsonObject, type JsonObject } from '../../src/kernel/json.ts';
import { compileModel } from '../../src/schema/compile-model.ts';
import { shipped, shippedNames } from '../schema/catalog-files.ts';

const text: JsonObject = { type: 'string' };
const number: JsonObject = { type: 'integer' };

function schemaOf(id: string, properties: JsonObject, behaviour: JsonObject = {}): JsonObject {
  const names = { id, singular: id, plural: `${id}s`, title: id, prefix: '/v1' };
  return { ...names, metadata: { state_versioning: true }, behaviour, schema: { properties } };
}

const line = schemaOf(
  'line',
  { capacity: number, left: number, taken: number, free: number, map: text, note: text },
  {
    pools: {
      vlans: {
        first: 1,
        last: { field: 'capacity' },
        reserved: { constant: '2-3' },
        bitmap: 'map',
        free: 'free',
        new_version: true,
      },
    },
    counters: { left: { capacity: 'Pcapacity' }, taken: {} },
  },
);
const gateway = schemaOf(
  'gateway',
  {
    name: { ...text, permission: ['create'] },
    line_id: { ...text, relation: 'line', permission: ['create'] },
    vlan: { ...text, permission: ['create'] },
    giver: text,
    ends: { type: 'array', items: { type: 'object', properties: { line: text, vlan: number } } },
    password: { ...text, initial: { generate: 'password', length: 12 } },
    attached: { type: 'boolean' },
    port_id: text,
    orchestration_state: text,
  },
  {
    ensures: { line: { type: 'line', id: 'Pline_id', properties: { note: 'Cmade' } } },
    takes: {
      vlan: { type: 'line', from: 'Pline_id', pool: 'vlans', into: 'vlan', as: 'string', owner: 'giver' },
      ends: { type: 'line', from: 'Pline', pool: 'vlans', into: 'vlan', as: 'integer', each: 'ends' },
      any: { type: 'line', from: 'Pline_id', counter: 'left', amount: { constant: 2 }, when: { present: 'Pname' } },
    },
    children: {
      plug: {
        type: 'port',
        when: { present: 'Pline_id' },
        properties: { password: 'Chunter6', gateway_id: 'Pid' },
        link: 'port_id',
        children: { inner: { type: 'port', properties: { name: 'Pname' } } },
      },
    },
    updates: {
      line: { path: ['line_id'], set: { note: 'Pname' }, on_delete: { note: 'C' } },
    },
    passes: {
      attached: {
        when: {
          all: [{ equal: [{ field: 'orchestration_state' }, 'CREATE_COMPLETE'] }, { not: { present: 'Pattached' } }],
        },
        set: { attached: { constant: true } },
      },
    },
  },
);
const port = schemaOf('port', { name: text, gateway_id: { ...text, relation: 'gateway' }, password: text });

const model = compileModel([line, gateway, port]);

function linesOf(id: string): readonly string[] {
  const type = model.types.get(id);
  assert.ok(type !== undefined);
  return explanationLines(explainType(model, type, []));
}

test('a type is explained in words: what it does by itself', () => {
  const lines = linesOf('gateway');
  const from = lines.indexOf('What it does by itself:');
  assert.deepEqual(lines.slice(from + 1), [
    '  - The line with the id line_id is made first, unless it exists; it gets note: "made".',
    '  - password begins as a random password of 12 characters.',
    '  - vlan: the lowest free number of vlans of the line that line_id names, as text; or what the client sets, if it is free. The resource that gave it is in giver. It is given back when the row is gone.',
    '  - vlan of each element of ends: the lowest free number of vlans of the line that line names. It is given back when the row is gone.',
    '  - Takes 2 of left of the line that line_id names where name has a value, and gives it back when the row is gone.',
    '  - A port (plug) comes and goes with it where line_id has a value; its id is in port_id of it, with:',
    '    - password: ***',
    '    - gateway_id: id',
    '    - A port (inner) comes and goes with that port, with:',
    '      - name: name',
    '  - When it is made or changes, the line along line_id gets note: name and a new version. When its row is gone, that gets note: "", unless another writer has set it meanwhile.',
    '  - As soon as orchestration_state is "CREATE_COMPLETE" and attached has no value: a new version with attached: true.',
  ]);
});

test('and what others do to it', () => {
  assert.deepEqual(linesOf('line').slice(0, 14), [
    'line: line',
    'Its URL is /v1/lines.',
    'Referred to by gateway (line_id).',
    '',
    'What it does by itself:',
    '  - Hands out vlans from 1 to capacity, but not those in "2-3". The number of free ones is in free. The taken and reserved ones are in map, as base64. Each allocation and each return makes a new version.',
    '  - left shows what is left of capacity; if nothing is left, a request is refused.',
    '  - taken shows how much is taken.',
    '',
    'What others do to it:',
    '  - A gateway has it made first, unless it exists.',
    '  - A gateway takes from vlans.',
    '  - A gateway takes from left.',
    '  - A gateway sets note and makes a new version of it.',
  ]);
  assert.ok(linesOf('port').includes('  - A gateway brings it along (plug); then it changes and goes with that.'));
});

test('no secret is told', () => {
  assert.doesNotMatch(linesOf('gateway').join('\n'), /hunter/);
});

test('every type of every catalogue that ships can be explained, in lines and as JSON', async () => {
  for (const name of await shippedNames()) {
    const catalog = await loadCatalog(shipped(name));
    for (const type of catalog.model.types.values()) {
      const explanation = explainType(catalog.model, type, catalog.rows);
      const lines = explanationLines(explanation);
      assert.doesNotMatch(lines.join('\n'), /\[object|: undefined|along undefined/, `${name} ${type.id}`);
      const json: unknown = JSON.parse(JSON.stringify(explanationJson(explanation)));
      assert.ok(isJsonObject(json) && json.type === type.id && Array.isArray(json.does));
    }
  }
});

test('what is served explains itself as the catalogue does', async () => {
  const catalog = await loadCatalog(shipped('vpn-gateway'));
  const documents = [...catalog.model.types.values()].map(({ document }) => document);
  const served = compileModel(documents);
  for (const type of catalog.model.types.values()) {
    const again = served.types.get(type.id);
    assert.ok(again !== undefined);
    assert.deepEqual(
      explanationLines(explainType(served, again, catalog.rows)),
      explanationLines(explainType(catalog.model, type, catalog.rows)),
    );
  }
});

test('the events for which a type has hooks are told', async () => {
  const { model, rows, hooks } = await loadCatalog(shipped('firewall'));
  const type = model.types.get('port');
  assert.ok(type !== undefined);
  const explained = explainType(model, type, rows, hooks);
  assert.deepEqual(explained.hooks, ['pre_update_in_transaction', 'pre_delete_in_transaction']);
  assert.deepEqual(explanationLines(explained).slice(-3), [
    'Its hooks are in hooks/ of the catalogue, for:',
    '  - pre_update_in_transaction',
    '  - pre_delete_in_transaction',
  ]);
  assert.deepEqual(explainType(model, type, rows).hooks, []);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json, JsonObject } from '../../../src/kernel/json.ts';
import { checkCondition, checkValue } from '../../../src/schema/behaviour/value-checks.ts';
import { parseCondition, parseValue } from '../../../src/schema/behaviour/value-parser.ts';
import { fieldsRead, fieldsReadBy, watchedBy } from '../../../src/schema/behaviour/value-visits.ts';
import { compileModel } from '../../../src/schema/compile-model.ts';

const text: JsonObject = { type: 'string' };
const model = compileModel([
  schema('line', { name: text }),
  schema('gateway', {
    name: text,
    kind: text,
    pools: { type: 'array', items: { type: 'object' } },
    line_id: { ...text, relation: 'line' },
  }),
  schema('port', {
    name: text,
    gateway_id: { ...text, relation: 'gateway' },
    mac: { ...text, unique: true },
    device_id: { ...text, indexed: true },
  }),
]);

function schema(id: string, properties: JsonObject): JsonObject {
  return { id, singular: id, plural: `${id}s`, prefix: '/v2.0', title: id, schema: { type: 'object', properties } };
}

function gateway() {
  const type = model.types.get('gateway');
  assert.ok(type);
  return type;
}

function faultsOf(source: Json, type = gateway()): readonly string[] {
  return checkValue(parseValue(source, 'test'), model, type).map(({ pointer, reason }) => `${pointer} ${reason}`);
}

const noName = 'gateway has no property nme; did you mean name?';

test('a value that fits has no faults', () => {
  for (const source of [
    'Pname',
    { field: 'name', path: ['line_id'] },
    { list: [{ object: { a: { address: 'Pname', index: 1 } } }, { generate: 'uuid' }] },
    { element: 'Ppools', index: 0, key: 'start' },
    { find: 'port', where: { id: 'Pname' }, field: 'name' },
    { find: 'port', where: { gateway_id: 'Pid', name: 'Pname' }, field: 'mac' },
    { find: 'port', where: { mac: 'Pname' }, field: 'id' },
    { find: 'port', where: { device_id: 'Pname' }, field: 'id' },
  ]) {
    assert.deepEqual(faultsOf(source), [], JSON.stringify(source));
  }
});

test('faults are told with their places inside the value', () => {
  const cases: readonly (readonly [source: Json, at: string])[] = [
    ['Pnme', ''],
    [{ list: ['Pname', 'Pnme'] }, '/list/1'],
    [{ object: { 'a/b': 'Pnme' } }, '/object/a~1b'],
    [{ element: 'Pnme', index: 0 }, '/element'],
    [{ address: 'Pnme', index: 0 }, '/address'],
    [{ integer: 'Pnme' }, '/integer'],
    [{ sum: ['Pnme'] }, '/sum/0'],
    [{ find: 'port', where: { id: 'Pnme' }, field: 'id' }, '/where/id'],
    [{ when: { present: 'Pnme' }, value: 'Ca' }, '/when/present'],
    [{ when: { equal: ['a', { field: 'nme' }] }, value: 'Ca' }, '/when/equal/1'],
    [{ when: { one_of: ['Pnme', []] }, value: 'Ca' }, '/when/one_of/0'],
    [{ when: { regexp: ['Pnme', 'a'] }, value: 'Ca' }, '/when/regexp/0'],
    [{ when: { not: { present: 'Pnme' } }, value: 'Ca' }, '/when/not/present'],
    [{ when: { all: [{ present: 'Pname' }, { present: 'Pnme' }] }, value: 'Ca' }, '/when/all/1/present'],
    [{ when: { any: [{ present: 'Pnme' }] }, value: 'Ca' }, '/when/any/0/present'],
    [{ when: { present: 'Pname' }, value: 'Pnme' }, '/value'],
    [{ when: { present: 'Pname' }, value: 'Ca', otherwise: 'Pnme' }, '/otherwise'],
  ];
  for (const [source, at] of cases) assert.deepEqual(faultsOf(source), [`${at}/field ${noName}`]);
});

test('find: the type, its fields, and one of them that is found fast', () => {
  assert.deepEqual(faultsOf({ find: 'ports', where: { id: 'Pid' }, field: 'id' }), [
    '/find there is no type ports; did you mean port?',
  ]);
  assert.deepEqual(faultsOf({ find: 'port', where: { gatway_id: 'Pid' }, field: 'nam' }), [
    '/field port has no property nam; did you mean name?',
    '/where/gatway_id port has no property gatway_id; did you mean gateway_id?',
  ]);
  assert.deepEqual(faultsOf({ find: 'port', where: { name: 'Pname' }, field: 'id' }), [
    '/where none of these fields of port is a relation, unique, indexed, or id',
  ]);
});

test('of an element of a list what can be told is told', () => {
  const faults = checkValue(parseValue({ list: ['Pany', 'Fport+any:nme'] }, 'test'), model, null);
  assert.deepEqual(faults, [{ pointer: '/list/1/field', reason: 'port has no property nme; did you mean name?' }]);
});

test('a condition is checked as a value is', () => {
  const faults = checkCondition(parseCondition({ not: { present: 'Pnme' } }, 'test'), model, gateway());
  assert.deepEqual(faults, [{ pointer: '/not/present/field', reason: noName }]);
});

const reads: readonly (readonly [source: Json, fields: readonly string[]])[] = [
  ['Cname', []],
  ['Vauto_filled', []],
  ['Pname', ['name']],
  ['Opools:start', ['pools']],
  ['APname&Pkind', ['name', 'kind']],
  [{ field: 'name', path: ['line_id', 'router_id'] }, ['line_id']],
  ['Fline+line_id:router+router_id:name', ['line_id']],
  [{ field: 'name', path: [{ concatenate: [{ field: 'kind' }, '_id'] }, 'router_id'] }, ['kind']],
  [{ for_field: 'pools', for_mapping: 'Pstart' }, ['pools']],
  [{ for_field: { field: 'lines', path: ['line_id'] }, for_mapping: 'Pstart' }, ['line_id']],
  [
    { if_mapping: { equal: [{ field: 'kind' }, 'a'] }, then_mapping: 'Pname', else_mapping: 'Pid' },
    ['kind', 'name', 'id'],
  ],
  [{ list: ['Pname', { object: { a: 'Pkind', b: { integer: 'Pid' } } }] }, ['name', 'kind', 'id']],
  [{ element: 'Ppools', index: 0, key: 'start' }, ['pools']],
  [{ find: 'port', where: { device_id: 'Pid' }, field: 'name' }, ['id']],
  [{ address: 'Pname', index: 1 }, ['name']],
  [{ sum: ['Pname', { generate: 'uuid' }] }, ['name']],
  [{ when: { present: 'Pkind' }, value: 'Pname', otherwise: 'Pid' }, ['kind', 'name', 'id']],
];

test('the fields that a value reads of the resource itself', () => {
  for (const [source, fields] of reads) {
    assert.deepEqual([...fieldsRead(parseValue(source, 'test'))].sort(), fields.toSorted(), JSON.stringify(source));
  }
});

test('the fields that a condition reads of the resource itself', () => {
  const condition: Json = {
    all: [
      { equal: [{ field: 'a' }, 'b'] },
      { one_of: ['Pc', []] },
      { regexp: ['Pd', 'x'] },
      { any: [{ not: { present: 'Pe' } }] },
    ],
  };
  assert.deepEqual([...fieldsReadBy(parseCondition(condition, 'test'))], ['a', 'c', 'd', 'e']);
});

test('what a condition watches: the first hop of each path', () => {
  const watched = (source: Json) => watchedBy(parseCondition(source, 'test'), gateway());
  assert.deepEqual(watched({ present: 'Pname' }), []);
  assert.deepEqual(watched({ present: { field: 'name', path: ['line_id', 'router_id'] } }), [
    { type: 'line', field: 'line_id' },
  ]);
  assert.deepEqual(
    watched({
      all: [
        { present: 'Fport+port_id:name' },
        { equal: [{ field: 'status', path: [{ type: 'port', id: 'port_id' }] }, 'ACTIVE'] },
        { present: { when: { present: { field: 'name', path: ['line_id'] } }, value: 'Pname' } },
      ],
    }),
    [
      { type: 'port', field: 'port_id' },
      { type: 'line', field: 'line_id' },
    ],
  );
  assert.deepEqual(watched({ present: { field: 'name', path: ['name'] } }), []);
  assert.deepEqual(watched({ present: { field: 'name', path: [{ concatenate: [{ field: 'kind' }, '_id'] }] } }), []);
});

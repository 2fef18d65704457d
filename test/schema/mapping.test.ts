import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isKamadoError } from '../../src/kernel/errors.ts';
import type { Json, JsonObject } from '../../src/kernel/json.ts';
import { limits } from '../../src/kernel/limits.ts';
import { compileModel } from '../../src/schema/compile-model.ts';
import type { MappingContext, MappingResult } from '../../src/schema/mapping.ts';
import { checkMapping } from '../../src/schema/mapping-checks.ts';
import { evaluateMapping } from '../../src/schema/mapping-evaluator.ts';
import { possibleTexts } from '../../src/schema/mapping-outcomes.ts';
import { parseMapping } from '../../src/schema/mapping-parser.ts';
import { isSecretMapping } from '../../src/schema/mapping-secrets.ts';

const rows: { readonly [key: string]: JsonObject } = {
  'device:d1': { id: 'd1', address: '10.0.0.1', password: 'hidden', site_id: 's1' },
  'site:s1': { id: 's1', name: 'north', lines: [{ number: 41 }, { number: 42 }] },
  'port:p1': { id: 'p1' },
};
const relations: { readonly [key: string]: string } = { 'port.device_id': 'device', 'device.site_id': 'site' };
const body: JsonObject = {
  id: 'p1',
  name: 'x',
  device_id: 'd1',
  lost_id: 'nowhere',
  primary: { ip: '10.0.0.2' },
  kind: 'device',
  ports: ['p1', 'p1'],
  steps: [{ device: 'd1' }, { device: 'd1' }],
  none: null,
  count: 7,
};
const context: MappingContext = {
  type: 'port',
  body,
  version: 3,
  relationOf: (type, field) => relations[`${type}.${field}`] ?? null,
  lookup: (type, id) => rows[`${type}:${id}`],
};
const device = { resource_type: 'device', resource_id: 'd1' };
const site = { resource_type: 'site', resource_id: 's1' };
const own = { resource_type: 'port', resource_id: 'p1' };

function evaluate(source: Json): MappingResult {
  return evaluateMapping(parseMapping(source, 'test'), context, 'param');
}

function value(of: Json, ...resources: readonly { resource_type: string; resource_id: string }[]): MappingResult {
  return { type: 'value', value: of, resources };
}

const forms: readonly (readonly [source: Json, result: MappingResult])[] = [
  ['C60', value('60')],
  ['Ca:b', value('a:b')],
  ['C', value('')],
  ['Pname', value('x')],
  ['Pabsent', value(null)],
  ['Pconstructor', value(null)],
  ['Pdevice_id', value('d1')],
  ['Vauto_filled', value(3)],
  ['V auto_filled', value(3)],
  ['Oprimary:ip', value('10.0.0.2')],
  ['Oname:ip', value(null)],
  ['Fdevice+device_id:address', value('10.0.0.1', device)],
  ['Fdevice+device_id:site+site_id:name', value('north', device, site)],
  ['Mdevice:device_id:uuid', { type: 'output_key', value: { output_key: 'uuid', ...device }, resources: [device] }],
  ['ACa_&Pname&Fdevice+device_id:address', value('a_x10.0.0.1', device)],
  ['APcount&Pnone', value('7')],
  [{ constant: 60 }, value(60)],
  [{ constant: null }, value(null)],
  [{ field: 'name' }, value('x')],
  [{ field: 'device_id' }, value('d1', device)],
  [{ version: 'auto_filled' }, value(3)],
  [{ nested: ['primary', 'ip'] }, value('10.0.0.2')],
  [{ field: 'name', path: ['device_id', 'site_id'] }, value('north', device, site)],
  [{ field: 'address', path: [{ type: 'device', id: 'device_id' }] }, value('10.0.0.1', device)],
  [{ field: 'address', path: [{ concatenate: [{ field: 'kind' }, '_id'] }] }, value('10.0.0.1', device)],
  [{ field: 'id', path: [{ type: 'site', id: 'lost_id' }], ignore_missing: true }, value('')],
  [{ field: 'id', path: [{ type: 'site', id: 'none' }], ignore_missing: true }, value('')],
  [{ output_key: 'id' }, { type: 'output_key', value: { output_key: 'id', ...own }, resources: [] }],
  [{ concatenate: [{ field: 'name' }, '_IN', { constant: 1 }] }, value('x_IN1')],
  [{ if_mapping: { equal: [{ field: 'kind' }, 'device'] }, then_mapping: 'Cyes', else_mapping: 'Cno' }, value('yes')],
  [{ if_mapping: { equal: [{ field: 'kind' }, 'Pkind'] }, then_mapping: 'Cyes', else_mapping: 'Cno' }, value('no')],
  [{ if_mapping: { regexp: [{ field: 'kind' }, 'ev|x'] }, then_mapping: { field: 'device_id' } }, value('d1', device)],
  [{ if_mapping: { regexp: [{ field: 'kind' }, { constant: '^x' }] }, then_mapping: 'Cyes' }, value(null)],
  [{ for_field: 'none', for_mapping: 'Pnumber' }, value([])],
  [
    {
      for_field: { field: 'lines', path: [{ type: 'site', id: 'lost_id' }], ignore_missing: true },
      for_mapping: 'Pnumber',
    },
    value([]),
  ],
  [
    { for_field: { field: 'lines', path: ['device_id', 'site_id'] }, for_mapping: { field: 'number' } },
    value([41, 42], device, site),
  ],
  [
    { for_field: 'steps', for_mapping: { field: 'address', path: [{ type: 'device', id: 'device' }] } },
    value(['10.0.0.1', '10.0.0.1'], device, device),
  ],
  [
    { for_field: 'ports', for_mapping: { output_key: 'id', path: [{ type: 'port', id: '' }] } },
    {
      type: 'list',
      value: ['p1', 'p1'].map(() => ({
        param: 'param',
        type: 'output_key',
        value: { output_key: 'id', ...own },
        resources: [],
      })),
      resources: [own, own],
    },
  ],
];

for (const [source, result] of forms) {
  test(`mapping ${JSON.stringify(source)}`, () => {
    assert.deepEqual(evaluate(source), result);
  });
}

test('a parsed mapping is frozen throughout', () => {
  const mapping = parseMapping({ field: 'name', path: ['device_id', { type: 'site', id: 'site_id' }] }, 'test');
  assert.ok(mapping.kind === 'field' && Object.isFrozen(mapping) && Object.isFrozen(mapping.path));
  assert.ok(mapping.path.every((step) => Object.isFrozen(step)));
});

const wrong: readonly (readonly [source: Json, pointer: string, reason: RegExp])[] = [
  ['', '', /character 0/],
  ['Xname', '', /character 0: one of the operators/],
  ['P', '', /character 1: a name is missing/],
  ['Pa b', '', /character 2: unexpected " "/],
  ['Fdevice+device_id', '', /character 1: F<type>/],
  ['Fdevice:address', '', /character 1: <type>\+<id field>/],
  ['Oprimary', '', /character 1/],
  ['Mdevice:device_id', '', /character 1/],
  ['ACa&Xb', '', /character 4: one of the operators/],
  ['ACa&APb', '', /character 4: A inside of A/],
  ['AMdevice:device_id:uuid', '', /character 1: a stack output/],
  [7, '', /a string or an object/],
  [{}, '', /none of the keys/],
  [{ field: 'a', constant: 1 }, '', /doesn't go with/],
  [{ field: '' }, '/field', /a name is expected/],
  [{ field: 'a', path: 'b' }, '/path', /a list is expected/],
  [{ field: 'a', path: [{ type: 't' }] }, '/path/0', /a hop is/],
  [{ field: 'a', path: ['b'], ignore_missing: 'yes' }, '/ignore_missing', /true or false/],
  [{ nested: ['a'] }, '/nested', /a key inside/],
  [{ concatenate: [] }, '/concatenate', /the list is empty/],
  [{ concatenate: [{ output_key: 'id' }] }, '/concatenate/0', /a stack output/],
  [{ if_mapping: { equal: ['a'] }, then_mapping: 'Ca' }, '/if_mapping/equal', /two operands/],
  [{ if_mapping: { regexp: ['a', '('] }, then_mapping: 'Ca' }, '/if_mapping/regexp/1', /not a regular expression/],
  [{ if_mapping: { regexp: ['a', { field: 'b' }] }, then_mapping: 'Ca' }, '/if_mapping/regexp/1', /constant string/],
  [{ if_mapping: { equal: ['a', 'b'] } }, '', /then_mapping is missing/],
  [
    { if_mapping: { equal: ['a', 'b'] }, then_mapping: { concatenate: ['a', 'Pb', 1] } },
    '/then_mapping/concatenate/2',
    /a mapping is/,
  ],
  [{ for_field: 'a' }, '', /go together/],
];

for (const [source, pointer, reason] of wrong) {
  test(`not a mapping: ${JSON.stringify(source)}`, () => {
    assert.throws(
      () => parseMapping(source, 'test'),
      (error) => {
        assert.ok(isKamadoError(error, 'MAPPING_INVALID'));
        assert.deepEqual(
          error.faults.map((fault) => fault.pointer),
          [pointer],
        );
        assert.match(error.message, reason);
        return true;
      },
    );
  });
}

test('any JSON parses to a mapping or to MAPPING_INVALID', () => {
  const operator = fc.constantFrom('C', 'P', 'V', 'O', 'F', 'M', 'A');
  const text = fc
    .tuple(operator, fc.string({ unit: fc.constantFrom('a', ':', '+', '&', 'P', ' ') }))
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(fc.oneof(text, fc.jsonValue({ maxDepth: 4 })), (source) => {
      try {
        parseMapping(JSON.parse(JSON.stringify(source)), 'test');
      } catch (error) {
        assert.ok(isKamadoError(error, 'MAPPING_INVALID'), String(error));
      }
    }),
  );
});

test('a path that leads nowhere is REFERENCE_UNRESOLVED and names what is missing', () => {
  for (const source of ['Fsite+lost_id:name', { field: 'name', path: [{ type: 'site', id: 'lost_id' }] }]) {
    assert.throws(
      () => evaluate(source),
      (error) => {
        assert.ok(isKamadoError(error, 'REFERENCE_UNRESOLVED'));
        assert.deepEqual(error.params, { type: 'site', id: 'nowhere', param: 'param' });
        return true;
      },
    );
  }
});

test('what does not fit the resource is MAPPING_INVALID', () => {
  for (const source of [
    { field: 'a', path: ['name'] },
    { for_field: 'name', for_mapping: 'Pa' },
    'ACa&Pprimary',
    { field: 'a', path: [{ concatenate: [{ field: 'name' }, '_id'] }] },
  ]) {
    assert.throws(
      () => evaluate(source),
      (error) => isKamadoError(error, 'MAPPING_INVALID'),
      JSON.stringify(source),
    );
  }
});

test('nesting, steps and subjects of patterns are bounded', () => {
  let deep: Json = { field: 'name' };
  for (let i = 0; i <= limits.mappingDepth; i++) deep = { concatenate: [deep] };
  assert.throws(() => parseMapping(deep, 'test'), /nested deeper/);

  const many = Array.from({ length: 400 }, () => 'p1');
  const all = { constant: many };
  const square = parseMapping(
    { for_field: all, for_mapping: { for_field: all, for_mapping: { constant: 1 } } },
    'test',
  );
  assert.throws(() => evaluateMapping(square, context, 'param'), /more than \d+ steps/);

  const long = { ...context, body: { text: 'a'.repeat(limits.requestBodyBytes) } };
  const searched = (pattern: string) =>
    parseMapping({ if_mapping: { regexp: [{ field: 'text' }, pattern] }, then_mapping: 'Cx' }, 'test');
  assert.equal(evaluateMapping(searched('^a'), long, 'param').value, 'x');
  assert.equal(evaluateMapping(searched('b'), long, 'param').value, null);
  assert.throws(() => evaluateMapping(searched('(a+a+)+b'), long, 'param'), /more than \d+ steps/);
});

const model = compileModel([
  schema('site', { name: { type: 'string' } }),
  schema('device', {
    address: { type: 'string' },
    password: { type: 'string' },
    pin: { type: 'string', secret: true },
    site_id: { type: 'string', relation: 'site' },
  }),
  schema('port', {
    name: { type: 'string' },
    device_id: { type: 'string', relation: 'device' },
    credentials: { type: 'object', properties: { password: { type: 'string' }, more: { type: 'object' } } },
    lines: { type: 'array', items: { type: 'object' } },
    open: { type: 'object', properties: { a: { type: 'string' } }, additionalProperties: true },
  }),
]);

function schema(id: string, properties: JsonObject): JsonObject {
  return { id, singular: id, plural: `${id}s`, prefix: '/v2.0', title: id, schema: { type: 'object', properties } };
}

function portType() {
  const type = model.types.get('port');
  assert.ok(type);
  return type;
}

test('a mapping is checked against its type: types, relations, fields', () => {
  const pointers = (source: Json) =>
    checkMapping(parseMapping(source, 'test'), model, portType()).map(({ pointer, reason }) => `${pointer} ${reason}`);
  assert.deepEqual(pointers({ field: 'name', path: ['device_id', 'site_id'] }), []);
  assert.deepEqual(pointers('Fdevice+device_id:site+site_id:name'), []);
  assert.deepEqual(pointers('Pnme'), ['/field port has no property nme; did you mean name?']);
  assert.deepEqual(pointers({ field: 'name', path: ['name'] }), ['/path/0 port has no relation name']);
  assert.deepEqual(pointers('Froom+device_id:name'), ['/path/0 there is no type room']);
  assert.deepEqual(pointers({ field: 'nme', path: ['device_id', 'site_id'] }), [
    '/field site has no property nme; did you mean name?',
  ]);
  assert.deepEqual(pointers({ if_mapping: { equal: [{ field: 'a' }, 'b'] }, then_mapping: { field: 'c' } }), [
    '/if_mapping/equal/0/field port has no property a',
    '/then_mapping/field port has no property c',
  ]);
});

test('keys inside of objects and lists are checked, as far as the schema names them', () => {
  const reasons = (source: Json) =>
    checkMapping(parseMapping(source, 'test'), model, portType()).map(({ pointer, reason }) => `${pointer} ${reason}`);
  for (const source of [
    'Ocredentials:password',
    { nested: ['credentials', 'more', 'any'] },
    'Oopen:any',
    { for_field: 'lines', for_mapping: 'Pany' },
  ]) {
    assert.deepEqual(reasons(source), [], JSON.stringify(source));
  }
  assert.deepEqual(reasons('Ocredentials:pasword'), [
    '/nested/1 credentials of port has no pasword; did you mean password?',
  ]);
  assert.deepEqual(reasons({ nested: ['credentials', 'more', 'any'] }), []);
  assert.deepEqual(reasons('Oname:key'), ['/nested/0 name of port is not an object']);
  assert.deepEqual(reasons('Onme:key'), ['/nested/0 port has no property nme; did you mean name?']);
  assert.deepEqual(reasons({ for_field: 'name', for_mapping: 'Pa' }), ['/for_field name of port is not a list']);
  assert.deepEqual(reasons({ for_field: { field: 'name', path: ['device_id', 'site_id'] }, for_mapping: 'Pa' }), [
    '/for_field name of site is not a list',
  ]);
  assert.deepEqual(reasons({ for_field: 'lines', for_mapping: { field: 'x', path: [{ type: 'room', id: '' }] } }), [
    '/for_mapping/path/0 there is no type room',
  ]);
});

test('of a resource whose type is not known, a mapping is checked from the first type that it names', () => {
  const reasons = (source: Json) => checkMapping(parseMapping(source, 'test'), model, null).map(({ reason }) => reason);
  assert.deepEqual(reasons('Pany'), []);
  assert.deepEqual(reasons('Fdevice+any_id:address'), []);
  assert.deepEqual(reasons('Fdevice+any_id:adress'), ['device has no property adress; did you mean address?']);
  assert.deepEqual(reasons('Mroom:any:uuid'), ['there is no type room']);
});

test('the texts that a mapping can give, as far as the model tells', () => {
  const type = compileModel([
    schema('x', {
      kind: { type: 'string', enum: ['a', 'b'] },
      old: { type: 'boolean' },
      any: { type: 'string' },
      many: { type: 'integer', enum: Array.from({ length: 100 }, (_, i) => i) },
    }),
  ]).types.get('x');
  assert.ok(type);
  const texts = (source: Json) => possibleTexts(parseMapping(source, 'test'), type);
  assert.deepEqual(texts('Cx'), ['x']);
  assert.deepEqual(texts('ACx_&Pkind&Pold'), ['x_atrue', 'x_afalse', 'x_btrue', 'x_bfalse']);
  assert.deepEqual(texts('ACx_&Pany'), []);
  assert.deepEqual(texts({ if_mapping: { equal: ['a', 'b'] }, then_mapping: 'Cx', else_mapping: 'Pkind' }), [
    'x',
    'a',
    'b',
  ]);
  assert.deepEqual(texts({ if_mapping: { equal: ['a', 'b'] }, then_mapping: { constant: null } }), []);
  assert.equal(texts('APmany&Pold').length, 200);
  assert.deepEqual(texts('APmany&Pmany'), []);
});

test('a mapping is secret where it ends in a secret', () => {
  const secret = (source: Json) => isSecretMapping(parseMapping(source, 'test'), model, 'port');
  for (const source of [
    'Fdevice+device_id:password',
    { field: 'pin', path: ['device_id'] },
    'ACa&Fdevice+device_id:pin',
    'Ocredentials:password',
    'Pcredentials',
    { if_mapping: { equal: ['a', 'b'] }, then_mapping: 'Ca', else_mapping: { field: 'pin', path: ['device_id'] } },
    { for_field: 'list', for_mapping: { field: 'password' } },
    { output_key: 'admin_password' },
  ]) {
    assert.equal(secret(source), true, JSON.stringify(source));
  }
  for (const source of ['Fdevice+device_id:address', 'Pname', { constant: 'password' }, { output_key: 'id' }]) {
    assert.equal(secret(source), false, JSON.stringify(source));
  }
});

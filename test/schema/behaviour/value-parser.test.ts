import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isKamadoError } from '../../../src/kernel/errors.ts';
import type { Json } from '../../../src/kernel/json.ts';
import { limits } from '../../../src/kernel/limits.ts';
import { operatorPattern } from '../../../src/kernel/pattern/pattern.ts';
import type { Condition, Value } from '../../../src/schema/behaviour/value.ts';
import { parseCondition, parseValue } from '../../../src/schema/behaviour/value-parser.ts';
import type { Mapping } from '../../../src/schema/mapping.ts';
import { parseMapping } from '../../../src/schema/mapping-parser.ts';

function mapped(source: Json): Value {
  return { kind: 'mapping', mapping: parseMapping(source, 'test') };
}

function constant(value: Json): Value {
  const mapping: Mapping = { kind: 'constant', value };
  return { kind: 'mapping', mapping };
}

const name = mapped('Pname');
const hasName: Condition = { kind: 'present', of: name };
const present: Json = { present: 'Pname' };

const values: readonly (readonly [source: Json, value: Value])[] = [
  ['Pname', name],
  ['Vauto_filled', mapped('Vauto_filled')],
  [{ version: 'auto_filled' }, mapped('Vauto_filled')],
  [{ field: 'name', path: ['line_id'] }, mapped({ field: 'name', path: ['line_id'] })],
  [{ concatenate: ['vrf_', { field: 'name' }] }, mapped({ concatenate: ['vrf_', { field: 'name' }] })],
  [{ list: ['Pname', { constant: 1 }] }, { kind: 'list', parts: [name, constant(1)] }],
  [{ list: [] }, { kind: 'list', parts: [] }],
  [
    { object: { subnet_id: 'Pname', 'a/b': { list: [] } } },
    {
      kind: 'object',
      entries: new Map<string, Value>([
        ['subnet_id', name],
        ['a/b', { kind: 'list', parts: [] }],
      ]),
    },
  ],
  [
    { element: 'Pname', index: -1 },
    { kind: 'element', of: name, index: -1, key: null },
  ],
  [
    { element: 'Pname', index: 0, key: 'start' },
    { kind: 'element', of: name, index: 0, key: 'start' },
  ],
  [
    { find: 'port', where: { device_id: 'Pname' }, field: 'id' },
    { kind: 'find', type: 'port', where: new Map([['device_id', name]]), field: 'id' },
  ],
  [
    { address: 'Pname', index: 2 },
    { kind: 'address', network: name, index: 2 },
  ],
  [{ integer: 'Pname' }, { kind: 'integer', of: name }],
  [{ sum: ['Pname', { constant: 1 }] }, { kind: 'sum', parts: [name, constant(1)] }],
  [{ generate: 'uuid' }, { kind: 'generate', what: 'uuid' }],
  [{ generate: 'mac_address' }, { kind: 'generate', what: 'mac_address', prefix: 'fa:16:3e' }],
  [
    { generate: 'mac_address', prefix: 'FA:16' },
    { kind: 'generate', what: 'mac_address', prefix: 'fa:16' },
  ],
  [{ generate: 'password' }, { kind: 'generate', what: 'password', length: 12 }],
  [
    { generate: 'password', length: 128 },
    { kind: 'generate', what: 'password', length: 128 },
  ],
  [
    { when: present, value: 'Pname' },
    { kind: 'when', condition: hasName, value: name, otherwise: null },
  ],
  [
    { when: present, value: 'Pname', otherwise: 'Cnone' },
    { kind: 'when', condition: hasName, value: name, otherwise: constant('none') },
  ],
];

for (const [source, value] of values) {
  test(`value ${JSON.stringify(source)}`, () => {
    assert.deepEqual(parseValue(source, 'test'), value);
  });
}

const conditions: readonly (readonly [source: Json, condition: Condition])[] = [
  [
    { equal: [{ field: 'name' }, 'Pname'] },
    { kind: 'equal', operands: [mapped({ field: 'name' }), constant('Pname')] },
  ],
  [
    { equal: [{ sum: ['Pname'] }, { constant: 3 }] },
    { kind: 'equal', operands: [{ kind: 'sum', parts: [name] }, constant(3)] },
  ],
  [{ one_of: ['Pname', ['a', 1, null]] }, { kind: 'oneOf', subject: name, values: ['a', 1, null] }],
  [{ regexp: ['Pname', '^a'] }, { kind: 'regexp', subject: name, pattern: operatorPattern('^a') }],
  [{ regexp: ['Pname', { constant: '^a' }] }, { kind: 'regexp', subject: name, pattern: operatorPattern('^a') }],
  [present, hasName],
  [{ not: present }, { kind: 'not', condition: hasName }],
  [
    { all: [present, { any: [present] }] },
    { kind: 'all', conditions: [hasName, { kind: 'any', conditions: [hasName] }] },
  ],
];

for (const [source, condition] of conditions) {
  test(`condition ${JSON.stringify(source)}`, () => {
    assert.deepEqual(parseCondition(source, 'test'), condition);
  });
}

type Refusal = readonly [source: Json, pointer: string, reason: RegExp];

const output = /a stack output is known only to the worker/;
const wrongValues: readonly Refusal[] = [
  [7, '', /\{constant: …\}/],
  [null, '', /a value is a string or an object/],
  [[], '', /a value is a string or an object/],
  ['name', '', /character 0: one of the operators/],
  [{}, '', /none of the keys field, list, object/],
  [{ lists: [] }, '', /did you mean list\?/],
  [{ fields: 'name' }, '', /did you mean field\?/],
  [{ field: 'name', constant: 1 }, '', /doesn't go with constant/],
  [{ list: 'Pname' }, '/list', /a list is expected/],
  [{ list: ['Pname', { object: { a: 7 } }] }, '/list/1/object/a', /a value is/],
  [{ list: [], object: {} }, '', /"object" doesn't go with list/],
  [{ object: { 'a/b~c': 7 } }, '/object/a~1b~0c', /a value is/],
  [{ object: [] }, '/object', /an object is expected/],
  [{ element: 'Pname' }, '/index', /an integer is expected/],
  [{ element: 'Pname', index: 0.5 }, '/index', /an integer is expected/],
  [{ element: 'Pname', index: 0, key: '' }, '/key', /a name is expected/],
  [{ element: 'Pname', inde: 0 }, '', /"inde" doesn't go with element; did you mean index\?/],
  [{ element: 7, index: 0 }, '/element', /a value is/],
  [{ find: 'port', where: { a: 'Pa' } }, '/field', /a name is expected/],
  [{ find: '', where: { a: 'Pa' }, field: 'id' }, '/find', /a name is expected/],
  [{ find: 'port', field: 'id' }, '/where', /an object is expected/],
  [{ find: 'port', where: {}, field: 'id' }, '/where', /a field and its value are needed/],
  [{ find: 'port', where: { a: true }, field: 'id' }, '/where/a', /a value is/],
  [{ find: 'port', were: {}, field: 'id' }, '', /did you mean where\?/],
  [{ address: 'Pname', index: '1' }, '/index', /an integer is expected/],
  [{ integer: 1 }, '/integer', /a value is/],
  [{ sum: 'Pname' }, '/sum', /a list is expected/],
  [{ generate: 'uid' }, '/generate', /one of mac_address, uuid, password is expected; did you mean uuid\?/],
  [{ generate: 7 }, '/generate', /one of mac_address/],
  [{ generate: 'constructor' }, '/generate', /one of mac_address/],
  [{ generate: 'uuid', length: 12 }, '', /the key length doesn't go with uuid/],
  [{ generate: 'password', prefix: 'fa' }, '', /the key prefix doesn't go with password/],
  [{ generate: 'mac_address', prefix: 'fa:16:3e:00:00:00' }, '/prefix', /one to five octets/],
  [{ generate: 'mac_address', prefix: 'fa:1' }, '/prefix', /one to five octets/],
  [{ generate: 'mac_address', prefix: '' }, '/prefix', /one to five octets/],
  [{ generate: 'password', length: 7 }, '/length', /an integer from 8 to 128/],
  [{ generate: 'password', length: 129 }, '/length', /an integer from 8 to 128/],
  [{ generate: 'password', length: 12.5 }, '/length', /an integer from 8 to 128/],
  [{ when: present }, '', /the key value is missing/],
  [{ when: 'Pname', value: 'Ca' }, '/when', /a condition is an object/],
  [{ when: { present: 7 }, value: 'Ca' }, '/when/present', /a value is/],
  [{ when: present, value: 'Ca', otherwise: 7 }, '/otherwise', /a value is/],
  [{ when: present, value: 'Ca', else: 'Cb' }, '', /"else" doesn't go with when/],
  ['Mdevice:device_id:uuid', '', output],
  [{ output_key: 'uuid' }, '', output],
  [{ list: [{ output_key: 'uuid' }] }, '/list/0', output],
  [{ list: [{ if_mapping: { equal: ['a', 'b'] }, then_mapping: { output_key: 'u' } }] }, '/list/0', output],
  [{ for_field: 'a', for_mapping: 'Mdevice:a:uuid' }, '', output],
  [
    { concatenate: ['a', { find: 'a', where: {}, field: 'b' }] },
    '/concatenate/1/where',
    /a field and its value are needed/,
  ],
];

for (const [source, pointer, reason] of wrongValues) {
  test(`no value: ${JSON.stringify(source)}`, () => assertRefused(() => parseValue(source, 'test'), pointer, reason));
}

const wrongConditions: readonly Refusal[] = [
  ['Pname', '', /one of the keys equal, one_of/],
  [null, '', /one of the keys equal/],
  [{}, '', /none of the keys equal, one_of/],
  [{ equals: [] }, '', /did you mean equal\?/],
  [{ equal: ['a', 'b'], not: present }, '', /"not" doesn't go with equal/],
  [{ equal: [{ field: 'a' }] }, '/equal', /two operands at least/],
  [{ equal: ['Porchestration_state', 'CREATE_COMPLETE'] }, '/equal', /only constants are compared/],
  [{ equal: [{ field: 'a' }, true] }, '/equal/1', /\{constant: …\}/],
  [{ equal: [{ field: 'a' }, { output_key: 'u' }] }, '/equal/1', output],
  [{ equal: { field: 'a' } }, '/equal', /a list is expected/],
  [{ one_of: ['Pname'] }, '/one_of', /the list of what it may be/],
  [{ one_of: ['Pname', 'a'] }, '/one_of/1', /a list is expected/],
  [{ one_of: ['name', []] }, '/one_of/0', /one of the operators/],
  [{ regexp: ['Pname'] }, '/regexp', /a subject and a pattern/],
  [{ regexp: ['Pname', '('] }, '/regexp/1', /not a regular expression/],
  [{ regexp: ['Pname', { field: 'pattern' }] }, '/regexp/1', /constant string/],
  [{ regexp: ['Pname', 'a', 'b'] }, '/regexp', /a subject and a pattern/],
  [{ present: true }, '/present', /a value is/],
  [{ not: [] }, '/not', /a condition is an object/],
  [{ all: [] }, '/all', /the list is empty/],
  [{ any: [present, { presnt: 'Pa' }] }, '/any/1', /did you mean present\?/],
];

for (const [source, pointer, reason] of wrongConditions) {
  test(`no condition: ${JSON.stringify(source)}`, () => {
    assertRefused(() => parseCondition(source, 'test'), pointer, reason);
    assertRefused(() => parseValue({ when: source, value: 'Ca' }, 'test'), `/when${pointer}`, reason);
  });
}

function assertRefused(parse: () => unknown, pointer: string, reason: RegExp): void {
  assert.throws(parse, (error) => {
    assert.ok(isKamadoError(error, 'MAPPING_INVALID'), String(error));
    assert.deepEqual(
      error.faults.map((fault) => fault.pointer),
      [pointer],
    );
    assert.match(error.faults[0]?.reason ?? '', reason);
    assert.ok(error.message.includes(pointer === '' ? 'test:' : `test#${pointer}`), error.message);
    return true;
  });
}

test('nesting is bounded, of values, conditions and both', () => {
  const nested = (wrap: (inner: Json) => Json, innermost: Json) => {
    let source = innermost;
    for (let i = 0; i <= limits.mappingDepth; i++) source = wrap(source);
    return source;
  };
  assert.throws(
    () =>
      parseValue(
        nested((inner) => ({ integer: inner }), 'Pname'),
        'test',
      ),
    /nested deeper than/,
  );
  assert.throws(
    () =>
      parseCondition(
        nested((inner) => ({ not: inner }), present),
        'test',
      ),
    /nested deeper than/,
  );
  const both = nested((inner) => ({ when: { present: inner }, value: 'Ca' }), 'Pname');
  assert.throws(() => parseValue(both, 'test'), /nested deeper than/);
});

test('what is parsed is frozen', () => {
  const value = parseValue({ list: [{ integer: 'Pname' }] }, 'test');
  assert.ok(value.kind === 'list' && Object.isFrozen(value) && Object.isFrozen(value.parts));
  assert.ok(Object.isFrozen(value.parts[0]));
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { isKamadoError } from '../../../src/kernel/errors.ts';
import type { Json, JsonObject } from '../../../src/kernel/json.ts';
import { parseCondition, parseValue } from '../../../src/schema/behaviour/value-parser.ts';
import { schemaFileSchema } from '../../../src/schema/editor-schema.ts';
import { structuralFaults } from '../../../src/schema/metaschema.ts';

const ajv = new Ajv2020({ allErrors: true, strict: true, strictTypes: false, strictRequired: false });
ajv.addFormat('regex', true);
const isValid = ajv.compile(schemaFileSchema);

const present: Json = { present: 'Pa' };

const values: readonly (readonly [value: Json, isValid: boolean])[] = [
  ['Cx', true],
  ['Pname', true],
  ['ACx&Pname', true],
  ['Ma:b:c', false],
  ['name', false],
  [7, false],
  [null, false],
  [{}, false],
  [{ constant: [1] }, true],
  [{ field: 'a', path: ['b', { type: 't', id: 'c' }] }, true],
  [{ output_key: 'k' }, false],
  [{ list: ['Pa', { list: [] }] }, true],
  [{ list: ['a'] }, false],
  [{ object: { 'a/b': 'Pa' } }, true],
  [{ object: { a: 7 } }, false],
  [{ element: 'Pa', index: -1, key: 'start' }, true],
  [{ element: 'Pa' }, false],
  [{ element: 'Pa', index: 0.5 }, false],
  [{ find: 't', where: { a: 'Pa' }, field: 'id' }, true],
  [{ find: 't', where: {}, field: 'id' }, false],
  [{ find: 't', where: { a: 'Pa' } }, false],
  [{ address: 'Pa', index: 1 }, true],
  [{ address: 'Pa', index: '1' }, false],
  [{ integer: 'Pa' }, true],
  [{ sum: ['Pa', { constant: 1 }] }, true],
  [{ sum: 'Pa' }, false],
  [{ generate: 'uuid' }, true],
  [{ generate: 'uuid', length: 9 }, false],
  [{ generate: 'mac_address', prefix: 'fa:16:3e' }, true],
  [{ generate: 'mac_address', prefix: 'fa:16:3e:0' }, false],
  [{ generate: 'password', length: 128 }, true],
  [{ generate: 'password', length: 129 }, false],
  [{ generate: 'name' }, false],
  [{ when: present, value: 'Ca', otherwise: 'Cb' }, true],
  [{ when: present }, false],
];

const conditions: readonly (readonly [condition: Json, isValid: boolean])[] = [
  [{ equal: [{ field: 'a' }, 'b'] }, true],
  [{ equal: [{ field: 'a' }] }, false],
  [{ equal: [{ field: 'a' }, true] }, false],
  [{ equal: [{ field: 'a' }, { output_key: 'b' }] }, false],
  [{ one_of: ['Pa', ['b', 1, null]] }, true],
  [{ one_of: ['Pa', 'b'] }, false],
  [{ one_of: ['Pa'] }, false],
  [{ regexp: ['Pa', '^b'] }, true],
  [{ regexp: ['Pa', { constant: '^b' }] }, true],
  [{ regexp: ['Pa', { field: 'b' }] }, false],
  [present, true],
  [{ present: 7 }, false],
  [{ not: present }, true],
  [{ not: 'Pa' }, false],
  [{ all: [present, { any: [present] }] }, true],
  [{ all: [] }, false],
  [{ none: [present] }, false],
];

function schemaWith(behaviour: Json, initial: Json = 'Cx'): JsonObject {
  return {
    id: 'thing',
    singular: 'thing',
    plural: 'things',
    title: 'Thing',
    behaviour,
    schema: { type: 'object', properties: { name: { type: 'string', initial } } },
  };
}

function parses(parse: (source: Json, place: string) => unknown, source: Json): boolean {
  try {
    parse(source, 'test');
    return true;
  } catch (error) {
    assert.ok(isKamadoError(error, 'MAPPING_INVALID'));
    return false;
  }
}

test('of a value, editor and parser think the same', () => {
  for (const [value, valid] of values) {
    assert.equal(isValid({ schemas: [schemaWith({}, value)] }), valid, `editor: ${JSON.stringify(value)}`);
    assert.equal(parses(parseValue, value), valid, `parser: ${JSON.stringify(value)}`);
  }
});

test('of a condition, editor and parser think the same', () => {
  for (const [when, valid] of conditions) {
    const behaviour = { passes: { one: { when, set: { name: 'Cx' } } } };
    assert.equal(isValid({ schemas: [schemaWith(behaviour)] }), valid, `editor: ${JSON.stringify(when)}`);
    assert.equal(parses(parseCondition, when), valid, `parser: ${JSON.stringify(when)}`);
  }
});

/** Every key of the section. */
const whole: JsonObject = {
  ensures: { tenant: { type: 'tenant', id: 'Ptenant_id', properties: { name: 'Pname' } } },
  pools: {
    vlans: {
      first: 1,
      last: 4095,
      reserved: 'C0-1024,4094',
      bitmap: 'vlans',
      bits: 4096,
      free: 'left',
      new_version: true,
    },
    addresses: { first: '10.0.0.1', last: { address: 'Pcidr', index: -2 } },
  },
  counters: { free_gateways: { capacity: 'Pmaximum', new_version: false }, used: {} },
  takes: {
    vlan: {
      type: 'line',
      from: 'Pline_id',
      pool: 'vlans',
      into: 'vlan_id',
      as: 'string',
      owner: 'line_id',
      when: present,
    },
    address: { type: 'subnet', from: 'Psubnet_id', pool: 'addresses', into: 'ip_address', each: 'fixed_ips' },
    component: {
      type: 'router',
      from: { field: 'router_id', path: ['line_id'] },
      counter: 'free_gateways',
      amount: 'Psize',
    },
  },
  children: {
    port: {
      type: 'port',
      when: present,
      properties: { 'binding:vif_type': 'Cvrouter' },
      link: 'port_id',
      children: { logical: { type: 'logical_port', children: { deep: { type: 'x' } } } },
    },
  },
  updates: {
    router: {
      path: ['line_id', { type: 'router', id: 'router_id' }],
      set: { last: 'Pid' },
      on_delete: { last: 'C' },
      keep: ['orchestration_state'],
      when: present,
    },
  },
  passes: { attached: { when: present, set: { attached: { constant: true } } } },
};

test('every key of the section is known', () => {
  const schema = schemaWith(whole);
  assert.deepEqual(structuralFaults(schema), []);
  assert.ok(isValid({ schemas: [schema] }), JSON.stringify(isValid.errors?.slice(0, 3)));
});

const wrong: readonly (readonly [behaviour: Json, faults: readonly string[]])[] = [
  [[], ['/behaviour must be object']],
  [{ take: {} }, ['/behaviour/take unknown key; did you mean takes?']],
  [{ takes: { 'a/b': { type: 'a', from: 'Pa' } } }, ['/behaviour/takes/a/b this name is not allowed']],
  [{ ensures: { a: { id: 'Pa' } } }, ['/behaviour/ensures/a the key type is missing']],
  [{ pools: { a: { first: 1 } } }, ['/behaviour/pools/a the key last is missing']],
  [{ pools: { a: { first: 1, last: 2, bits: 0 } } }, ['/behaviour/pools/a/bits must be >= 1']],
  [{ counters: { a: { capcity: 'Pa' } } }, ['/behaviour/counters/a/capcity unknown key; did you mean capacity?']],
  [
    { takes: { a: { type: 't', from: 'Pa', pool: 'p' } } },
    ['/behaviour/takes/a must have property into when property pool is present'],
  ],
  [
    { takes: { a: { type: 't', from: 'Pa', counter: 'c', into: 'x' } } },
    ['/behaviour/takes/a/into this name is not allowed'],
  ],
  [
    { takes: { a: { type: 't', from: 'Pa', pool: 'p', into: 'x', as: 'text' } } },
    ['/behaviour/takes/a/as one of ["integer","string","address"] is expected'],
  ],
  [
    { children: { a: { type: 't', children: { b: { properties: {} } } } } },
    ['/behaviour/children/a/children/b the key type is missing'],
  ],
  [{ updates: { a: { path: [], set: { b: 'Pb' } } } }, ['/behaviour/updates/a/path must NOT have fewer than 1 items']],
  [{ passes: { a: { when: present, set: {} } } }, ['/behaviour/passes/a/set must NOT have fewer than 1 properties']],
];

for (const [behaviour, faults] of wrong) {
  test(`not in the language: ${JSON.stringify(behaviour)}`, () => {
    const schema = schemaWith(behaviour);
    assert.deepEqual(
      structuralFaults(schema).map(({ pointer, reason }) => `${pointer} ${reason}`),
      faults,
    );
    assert.ok(!isValid({ schemas: [schema] }));
  });
}

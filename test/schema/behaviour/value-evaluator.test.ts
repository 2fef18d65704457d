import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isKamadoError, kamadoError } from '../../../src/kernel/errors.ts';
import { type Json, type JsonObject, jsonEqual } from '../../../src/kernel/json.ts';
import { limits } from '../../../src/kernel/limits.ts';
import { evaluateValue, holdsFor, type ValueContext } from '../../../src/schema/behaviour/value-evaluator.ts';
import { parseCondition, parseValue } from '../../../src/schema/behaviour/value-parser.ts';

/** A gateway and a subnet of the recorded run of 2018, as far as values look at them. */
const rows: { readonly [type: string]: { readonly [id: string]: JsonObject } } = {
  ha_router: { h1: { id: 'h1', name: 'sample-ha-router', maximum_gateways: 500 } },
  ha_interface: {
    down: { id: 'down', name: 'sample-ha-router-downlink', primary_interface_id: 'i1', ha_router_id: 'h1' },
  },
  interface: { i1: { id: 'i1', name: 'ae0' } },
  port: {
    p1: { id: 'p1', device_id: 's1', device_owner: 'network:dhcp', name: 'dhcp-server-port' },
    p2: { id: 'p2', device_id: 'g1', device_owner: 'network:gw_interface', name: 'Port' },
  },
};
const relations: { readonly [key: string]: string } = {
  'gateway.downlink_id': 'ha_interface',
  'ha_interface.ha_router_id': 'ha_router',
  'ha_interface.primary_interface_id': 'interface',
};
const body: JsonObject = {
  id: 's1',
  name: 'sample-subnet',
  downlink_id: 'down',
  lost_id: 'nowhere',
  cidr: '172.16.101.0/24',
  downlink_vlan_id: '1025',
  orchestration_state: 'CREATE_COMPLETE',
  enable_dhcp: true,
  dns_nameservers: [],
  allocation_pools: [{ start: '172.16.101.2', end: '172.16.101.254' }],
  description: '',
  none: null,
};
const context: ValueContext = {
  type: 'gateway',
  body,
  version: 2,
  relationOf: (type, field) => relations[`${type}.${field}`] ?? null,
  lookup: (type, id) => rows[type]?.[id],
  find: (type, where) =>
    Object.values(rows[type] ?? {}).find((row) => [...where].every(([field, value]) => jsonEqual(row[field], value))),
  generate: (of) => `a ${of.what}`,
};

function evaluated(source: Json, of: ValueContext = context): Json {
  return evaluateValue(parseValue(source, 'test'), of, 'gateway, initial of x');
}

const along = (field: string, ...path: readonly string[]): Json => ({ field, path });
const pool: Json = {
  list: [{ object: { start: { address: 'Pcidr', index: 2 }, end: { address: 'Pcidr', index: -2 } } }],
};

const values: readonly (readonly [what: string, source: Json, value: Json])[] = [
  ['a property', 'Pname', 'sample-subnet'],
  ['a property that is not there', 'Pabsent', null],
  ['the version', 'Vauto_filled', 2],
  ['a constant', { constant: { a: [1] } }, { a: [1] }],
  ['a path', along('name', 'downlink_id', 'ha_router_id'), 'sample-ha-router'],
  ['a path that leads nowhere', { field: 'name', path: [{ type: 'ha_router', id: 'lost_id' }] }, null],
  ['a path whose first hop is null', { field: 'name', path: [{ type: 'ha_router', id: 'none' }] }, null],
  [
    'a text of which a part leads nowhere',
    { concatenate: ['a', { field: 'name', path: [{ type: 'port', id: 'lost_id' }] }] },
    null,
  ],
  [
    'the name of an interface',
    { concatenate: [along('name', 'downlink_id', 'primary_interface_id'), '.', { field: 'downlink_vlan_id' }] },
    'ae0.1025',
  ],
  [
    'the name of a VRF',
    { concatenate: ['vrf_gw_', along('name', 'downlink_id'), '_', { field: 'downlink_vlan_id' }] },
    'vrf_gw_sample-ha-router-downlink_1025',
  ],
  ['the gateway of a subnet', { address: 'Pcidr', index: 1 }, '172.16.101.1'],
  ['the addresses of a subnet', pool, [{ start: '172.16.101.2', end: '172.16.101.254' }]],
  ["a network's own address", { address: 'C172.16.101.77/24', index: 0 }, '172.16.101.0'],
  ['the last address', { address: 'C10.0.0.0/8', index: -1 }, '10.255.255.255'],
  ['an address above 2 ** 31', { address: 'C224.0.0.0/4', index: 0x0fff_ffff }, '239.255.255.255'],
  ['the one address of a host', { address: 'C10.0.0.1/32', index: 0 }, '10.0.0.1'],
  ['an address of everything', { address: 'C0.0.0.0/0', index: -1 }, '255.255.255.255'],
  ['an address of no network', { address: 'Pnone', index: 1 }, null],
  ['an element', { element: 'Pallocation_pools', index: 0, key: 'start' }, '172.16.101.2'],
  ['the last element', { element: 'Pallocation_pools', index: -1 }, { start: '172.16.101.2', end: '172.16.101.254' }],
  ['an element that is not there', { element: 'Pallocation_pools', index: 1, key: 'start' }, null],
  ['an element before the first', { element: 'Pallocation_pools', index: -2 }, null],
  ['an element of an empty list', { element: 'Pdns_nameservers', index: 0 }, null],
  ['an element of null', { element: 'Pnone', index: 0, key: 'a' }, null],
  ['a key that an element lacks', { element: 'Pallocation_pools', index: 0, key: 'constructor' }, null],
  ['a key of a scalar', { element: { list: ['Pname'] }, index: 0, key: 'length' }, null],
  ['a key of what was built', { element: { list: [{ object: { a: 'Pname' } }] }, index: 0, key: 'a' }, 'sample-subnet'],
  ['what is found', { find: 'port', where: { device_id: 'Pid', device_owner: 'Cnetwork:dhcp' }, field: 'id' }, 'p1'],
  ['what is not found', { find: 'port', where: { device_id: 'Pid', device_owner: 'Cx' }, field: 'id' }, null],
  ['a property that what is found lacks', { find: 'port', where: { id: 'Cp1' }, field: 'mac_address' }, null],
  ['an integer', { integer: 'Pdownlink_vlan_id' }, 1025],
  ['an integer that is one', { integer: { constant: 7 } }, 7],
  ['a negative integer', { integer: 'C-12' }, -12],
  ['an integer of nothing', { integer: 'Pnone' }, null],
  ["an integer of ''", { integer: 'Pdescription' }, null],
  ['a sum', { sum: ['Pdownlink_vlan_id', along('maximum_gateways', 'downlink_id', 'ha_router_id'), 'Pnone'] }, 1525],
  ['an empty sum', { sum: [] }, 0],
  ['a random value', { generate: 'mac_address' }, 'a mac_address'],
  [
    'one value',
    { when: { equal: [{ field: 'enable_dhcp' }, { constant: true }] }, value: 'Cyes', otherwise: 'Cno' },
    'yes',
  ],
  ['or the other', { when: { present: 'Pdescription' }, value: 'Cyes', otherwise: 'Cno' }, 'no'],
  ['or none', { when: { present: 'Pnone' }, value: 'Cyes' }, null],
  [
    'an object whose key is __proto__',
    { object: JSON.parse('{"__proto__": "Pname"}') },
    JSON.parse('{"__proto__":"sample-subnet"}'),
  ],
];

for (const [what, source, value] of values) {
  test(`value: ${what}`, () => assert.deepEqual(evaluated(source), value));
}

const state: Json = { field: 'orchestration_state' };
const conditions: readonly (readonly [source: Json, holds: boolean])[] = [
  [{ equal: [state, 'CREATE_COMPLETE'] }, true],
  [{ equal: [state, 'CREATE_COMPLETE', 'CREATE_COMPLETED'] }, false],
  [{ equal: [{ field: 'downlink_vlan_id' }, { constant: 1025 }] }, false],
  [{ equal: [{ integer: 'Pdownlink_vlan_id' }, { constant: 1025 }] }, true],
  [{ equal: [pool, { field: 'allocation_pools' }] }, true],
  [{ equal: [{ field: 'none' }, { constant: null }] }, true],
  [{ one_of: ['Porchestration_state', ['CREATE_COMPLETE', 'UPDATE_COMPLETE']] }, true],
  [{ one_of: ['Porchestration_state', []] }, false],
  [{ one_of: ['Pnone', [null]] }, true],
  [{ regexp: ['Porchestration_state', '_COMPLETE$'] }, true],
  [{ regexp: ['Pnone', '.'] }, false],
  [{ present: 'Pname' }, true],
  [{ present: 'Pdescription' }, false],
  [{ present: 'Pnone' }, false],
  [{ present: 'Pdns_nameservers' }, true],
  [{ present: { constant: false } }, true],
  [{ not: { present: 'Pname' } }, false],
  [{ all: [{ present: 'Pname' }, { present: 'Pcidr' }] }, true],
  [{ all: [{ present: 'Pname' }, { present: 'Pnone' }] }, false],
  [{ any: [{ present: 'Pnone' }, { present: 'Pname' }] }, true],
  [{ any: [{ present: 'Pnone' }] }, false],
];

for (const [source, holds] of conditions) {
  test(`condition ${JSON.stringify(source)} is ${holds}`, () => {
    assert.equal(holdsFor(parseCondition(source, 'test'), context, 'test'), holds);
    assert.equal(evaluated({ when: source, value: { constant: true }, otherwise: { constant: false } }), holds);
  });
}

const misfits: readonly (readonly [source: Json, reason: RegExp])[] = [
  [{ address: 'Pname', index: 1 }, /not an IPv4 network with an address 1$/],
  [{ address: 'Cfd00::/64', index: 1 }, /not an IPv4 network/],
  [{ address: 'C10.0.0.1', index: 1 }, /not an IPv4 network/],
  [{ address: { constant: 7 }, index: 1 }, /not an IPv4 network/],
  [{ address: 'Pcidr', index: 256 }, /not an IPv4 network with an address 256/],
  [{ address: 'Pcidr', index: -257 }, /not an IPv4 network with an address -257/],
  [{ integer: 'Pname' }, /is not an integer/],
  [{ integer: 'C1.5' }, /is not an integer/],
  [{ integer: 'C99999999999999999999' }, /is not an integer/],
  [{ integer: 'Penable_dhcp' }, /is not an integer/],
  [{ sum: ['Pallocation_pools'] }, /is not an integer/],
  [{ sum: [{ constant: 1e308 }, { constant: 1e308 }] }, /the sum is too large/],
  [{ sum: [{ constant: Number.MAX_SAFE_INTEGER }, { constant: 2 }, { constant: -5 }] }, /the sum is too large/],
  [{ element: 'Pname', index: 0 }, /can only be taken of a list/],
  [{ field: 'a', path: ['name'] }, /gateway has no relation name/],
  [{ when: { regexp: ['Pallocation_pools', 'a'] }, value: 'Ca' }, /text is needed, not a list or an object/],
];

for (const [source, reason] of misfits) {
  test(`does not fit: ${JSON.stringify(source)}`, () => {
    assert.throws(
      () => evaluated(source),
      (error) => {
        assert.ok(isKamadoError(error, 'MAPPING_INVALID'), String(error));
        assert.equal(error.params.place, 'gateway, initial of x');
        assert.match(String(error.params.reason), reason);
        assert.ok(!error.message.includes('sample-subnet'), 'values stay out of errors');
        return true;
      },
    );
  });
}

test('find asks for nothing where a value is null, and for a resource once', () => {
  const asked: string[] = [];
  const asking: ValueContext = {
    ...context,
    find: (type, where) => {
      asked.push(`${type} ${JSON.stringify([...where])}`);
      return undefined;
    },
  };
  assert.equal(evaluated({ find: 'port', where: { device_id: 'Pid', owner: 'Pnone' }, field: 'id' }, asking), null);
  assert.deepEqual(asked, []);
  assert.equal(evaluated({ find: 'port', where: { device_id: 'Pid', owner: 'Pname' }, field: 'id' }, asking), null);
  assert.deepEqual(asked, ['port [["device_id","s1"],["owner","sample-subnet"]]']);
});

test('what the caller throws in lookup, find or generate comes out as it is', () => {
  const missing = kamadoError('RESOURCE_NOT_FOUND', { type: 'port', id: 'p1' });
  const throws = () => {
    throw missing;
  };
  for (const [source, part] of [
    [along('name', 'downlink_id'), { lookup: throws }],
    [{ find: 'port', where: { id: 'Pid' }, field: 'id' }, { find: throws }],
    [{ generate: 'uuid' }, { generate: throws }],
  ] as const) {
    assert.throws(
      () => evaluated({ list: [source] }, { ...context, ...part }),
      (error) => error === missing,
    );
  }
});

test('one alternative alone is evaluated', () => {
  const generate = () => assert.fail('generated');
  const source: Json = { when: { present: 'Pnone' }, value: { generate: 'uuid' }, otherwise: 'Ca' };
  assert.equal(evaluated(source, { ...context, generate }), 'a');
});

test('the steps of one evaluation are bounded, over all of its mappings', () => {
  const part: Json = { for_field: { constant: Array.from({ length: 1000 }, () => 1) }, for_mapping: { constant: 1 } };
  const parts = (count: number): Json => ({ list: Array.from({ length: count }, () => part) });
  assert.throws(() => evaluated(parts(limits.mappingSteps / 1000)), /more than \d+ steps/);
  assert.doesNotThrow(() => evaluated(parts(limits.mappingSteps / 1000 - 1)));
});

const anySource = fc.letrec<{ value: Json; condition: Json }>((tie) => {
  const value = tie('value');
  const condition = tie('condition');
  const index = fc.integer({ min: -3, max: 300 });
  const field = fc.constantFrom(
    'Pname',
    'Pcidr',
    'Pallocation_pools',
    'Pnone',
    'Pdownlink_vlan_id',
    'Penable_dhcp',
    'Mport:id:u',
  );
  const leaf = fc.oneof(
    field,
    fc.constant<Json>(along('name', 'downlink_id')),
    fc.constant<Json>({ field: 'name', path: [{ type: 'port', id: 'lost_id' }] }),
    fc.constantFrom<Json[]>({ generate: 'uuid' }, { generate: 'password', length: 8 }),
    fc.jsonValue({ maxDepth: 1 }).map((constant): Json => ({ constant: JSON.parse(JSON.stringify(constant)) })),
  );
  const parts = fc.array(value, { maxLength: 3 });
  return {
    value: fc.oneof(
      { maxDepth: 5, withCrossShrink: true },
      leaf,
      parts.map((list): Json => ({ list })),
      fc.dictionary(fc.string(), value, { maxKeys: 3 }).map((object): Json => ({ object })),
      fc.tuple(value, index).map(([element, at]): Json => ({ element, index: at, key: 'start' })),
      fc.tuple(value).map(([id]): Json => ({ find: 'port', where: { id }, field: 'name' })),
      fc.tuple(value, index).map(([address, at]): Json => ({ address, index: at })),
      value.map((integer): Json => ({ integer })),
      parts.map((sum): Json => ({ sum })),
      fc.tuple(condition, value, value).map(([when, one, otherwise]): Json => ({ when, value: one, otherwise })),
    ),
    condition: fc.oneof(
      { maxDepth: 5 },
      value.map((present): Json => ({ present })),
      fc.tuple(value, value).map((equal): Json => ({ equal })),
      fc.tuple(value, fc.constantFrom('a', '^x$', '(')).map((regexp): Json => ({ regexp })),
      value.map((subject): Json => ({ one_of: [subject, ['a', null, 1]] })),
      condition.map((not): Json => ({ not })),
      fc.array(condition, { maxLength: 2 }).map((all): Json => ({ all })),
      fc.array(condition, { maxLength: 2 }).map((any): Json => ({ any })),
    ),
  };
});

test('any nesting gives JSON or MAPPING_INVALID, and the same again', () => {
  fc.assert(
    fc.property(anySource.value, (source) => {
      try {
        const value = evaluated(source);
        assert.ok(jsonEqual(JSON.parse(JSON.stringify(value)), value));
        assert.deepEqual(evaluated(source), value);
      } catch (error) {
        assert.ok(isKamadoError(error, 'MAPPING_INVALID'), String(error));
      }
    }),
  );
});

test('any JSON parses to a value and a condition, or to MAPPING_INVALID', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), (source) => {
      for (const parse of [parseValue, parseCondition]) {
        try {
          parse(JSON.parse(JSON.stringify(source)), 'test');
        } catch (error) {
          assert.ok(isKamadoError(error, 'MAPPING_INVALID'), String(error));
        }
      }
    }),
  );
});

test('a condition and its negation never both hold', () => {
  fc.assert(
    fc.property(anySource.condition, (source) => {
      try {
        const holds = holdsFor(parseCondition(source, 'test'), context, 'test');
        assert.equal(holdsFor(parseCondition({ not: source }, 'test'), context, 'test'), !holds);
      } catch (error) {
        assert.ok(isKamadoError(error, 'MAPPING_INVALID'), String(error));
      }
    }),
  );
});

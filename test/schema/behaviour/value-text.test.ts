import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json } from '../../../src/kernel/json.ts';
import { parseCondition, parseValue } from '../../../src/schema/behaviour/value-parser.ts';
import { conditionText, valueText } from '../../../src/schema/behaviour/value-text.ts';

const style = { name: (name: string) => name, value: (value: Json) => JSON.stringify(value) };

const values: readonly (readonly [source: Json, words: string])[] = [
  ['Pname', 'name'],
  [{ field: 'name', path: ['site_id'] }, 'name along site_id'],
  [{ concatenate: ['gw-', { field: 'name' }] }, '"gw-" + name'],
  [{ list: ['Pa', 'Pb', 'Pc'] }, 'the list of a, b and c'],
  [{ list: [] }, '[]'],
  [{ object: { id: 'Pid', of: { field: 'a', path: ['b_id'] } } }, 'the object with id: id, of: (a along b_id)'],
  [{ element: 'Ppools', index: 0, key: 'start' }, 'start of the first element of pools'],
  [{ element: 'Ppools', index: -2 }, 'the 2nd last element of pools'],
  [{ element: 'Ppools', index: 12 }, 'the 13th element of pools'],
  [
    { find: 'subnet', where: { network_id: 'Pnet', ip_version: { constant: 4 } }, field: 'id' },
    'id of the subnet whose network_id is net and ip_version is 4',
  ],
  [{ address: 'Pcidr', index: 0 }, 'the own address of the network cidr'],
  [{ address: 'Pcidr', index: -1 }, 'the last address of the network cidr'],
  [{ address: 'Pcidr', index: 2 }, 'address 2 of the network cidr'],
  [{ integer: { field: 'vlan', path: ['gw_id'] } }, '(vlan along gw_id) as an integer'],
  [{ sum: ['Pa', { constant: 1 }] }, 'the sum of a and 1'],
  [{ generate: 'uuid' }, 'a random UUID'],
  [{ generate: 'mac_address', prefix: 'fa:16:3e' }, 'a random MAC address that begins with "fa:16:3e"'],
  [{ generate: 'password', length: 12 }, 'a random password of 12 characters'],
  [{ when: { present: 'Pa' }, value: 'Pa', otherwise: { constant: 0 } }, 'a where a has a value, else 0'],
  [{ when: { not: { present: 'Pa' } }, value: 'Pb' }, 'b where a has no value, else nothing'],
];

for (const [source, words] of values) {
  test(`a value in words: ${words}`, () => assert.equal(valueText(parseValue(source, 'here'), style), words));
}

const conditions: readonly (readonly [source: Json, words: string])[] = [
  [{ equal: [{ field: 'kind' }, 'large'] }, 'kind is "large"'],
  [{ not: { equal: [{ field: 'kind' }, 'large'] } }, 'kind is not "large"'],
  [{ one_of: ['Pstate', ['UP', 1]] }, 'state is "UP" or 1'],
  [{ regexp: ['Pname', '^x'] }, 'name matches /^x/'],
  [{ not: { regexp: ['Pname', '^x'] } }, 'name does not match /^x/'],
  [
    { all: [{ present: 'Pa' }, { any: [{ present: 'Pb' }, { not: { present: 'Pc' } }] }] },
    'a has a value and (b has a value or c has no value)',
  ],
  [{ not: { all: [{ present: 'Pa' }, { present: 'Pb' }] } }, 'it is not so that (a has a value and b has a value)'],
  [{ present: { sum: ['Pa', 'Pb'] } }, '(the sum of a and b) has a value'],
];

for (const [source, words] of conditions) {
  test(`a condition in words: ${words}`, () =>
    assert.equal(conditionText(parseCondition(source, 'here'), style), words));
}

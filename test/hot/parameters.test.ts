import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bindParameters, documentParameters, pseudoParameters } from '../../src/hot/index.ts';
import type { Json, JsonObject } from '../../src/kernel/json.ts';
import { isFaultOf } from './helpers.ts';

function bound(parameters: JsonObject, given: JsonObject = {}) {
  return bindParameters(documentParameters({ parameters }), given, {});
}

/** The value that a parameter of a type takes, and the text that it is shown as. */
const TAKEN: readonly (readonly [type: string, given: Json, value: Json, shown: string])[] = [
  ['string', 'text', 'text', 'text'],
  ['string', 1.5, '1.5', '1.5'],
  ['string', true, 'True', 'True'],
  ['number', ' 12 ', 12, '12'],
  ['boolean', 'Yes', true, 'True'],
  ['boolean', 0, false, 'False'],
  ['comma_delimited_list', 'a, b', ['a', 'b'], 'a,b'],
  ['comma_delimited_list', '', [], ''],
  ['comma_delimited_list', ['a', 1], ['a', '1'], 'a,1'],
  ['json', '{"a": [1, null]}', { a: [1, null] }, '{"a": [1, null]}'],
  ['json', '', {}, '{}'],
  ['json', { a: "it's" }, { a: "it's" }, '{"a": "it\'s"}'],
];

for (const [type, given, value, text] of TAKEN) {
  test(`a parameter of type ${type} takes ${JSON.stringify(given)}`, () => {
    const { values, shown } = bound({ x: { type } }, { x: given });
    assert.deepEqual(values.get('x'), value);
    assert.deepEqual(shown, { x: text });
  });
}

const REFUSED: readonly (readonly [declaration: JsonObject, given: Json, reason: string])[] = [
  [{ type: 'number' }, '', "could not convert string to float: ''"],
  [{ type: 'json' }, '{', 'Value must be valid JSON: Expecting value: line 1 column 1 (char 0)'],
  [
    { type: 'comma_delimited_list' },
    true,
    "Value must be a comma-delimited list string: 'bool' object has no attribute 'split'",
  ],
  [
    { type: 'json', constraints: [{ length: { max: 1 } }] },
    { a: 1, b: 2 },
    'length (2) is out of range (min: None, max: 1)',
  ],
  [{ constraints: [{ length: { max: 1 } }] }, '🍚🍚', 'length (2) is out of range (min: None, max: 1)'],
  [{ type: 'number', constraints: [{ range: { max: 5 } }] }, 6, '6 is out of range (min: None, max: 5)'],
  [{ constraints: [{ allowed_pattern: '[a-z]+' }] }, 'aB', '"aB" does not match pattern "[a-z]+"'],
  [{ constraints: [{ length: { min: 1 } }, { allowed_values: ['a'] }] }, 'b', '"b" is not an allowed value ["a"]'],
];

test('a value of another type, or one that a constraint forbids, is refused with why', () => {
  for (const [x, given, reason] of REFUSED) {
    assert.throws(() => bound({ x }, { x: given }), isFaultOf('invalid', `Parameter 'x' is invalid: ${reason}`));
  }
});

test('constraints that are met, and those that are not known here, forbid nothing', () => {
  const constraints = [{ length: { min: 1, max: 1 } }, { allowed_values: [1] }, { allowed_pattern: '[0-9]' }];
  assert.equal(
    bound(
      { x: { constraints: [...constraints, { custom_constraint: 'nova.flavor' }, 'no map'] } },
      { x: '1' },
    ).values.get('x'),
    '1',
  );
});

test('a default stands in for what is not given, and is checked like it', () => {
  const { values } = bound({ x: { default: 'd' }, y: { type: 'number', default: 1 } }, { y: 2 });
  assert.deepEqual(
    [...values],
    [
      ['x', 'd'],
      ['y', 2],
    ],
  );
  assert.throws(
    () => bound({ x: { type: 'number', default: 'd' } }),
    isFaultOf('invalid', "Parameter 'x' is invalid: could not convert string to float: 'd'"),
  );
});

test('a parameter without a default must be given, and only declared ones may be', () => {
  assert.throws(() => bound({ x: {} }), isFaultOf('missing_parameter', 'The Parameter (x) was not provided.'));
  const unknown = isFaultOf('unknown_parameter', 'The Parameter (y) was not defined in template.');
  assert.throws(() => bound({}, { y: 1 }), unknown);
});

test('hidden parameters are masked where they are shown', () => {
  for (const hidden of [true, 'true', 'Yes', '1', 'on']) {
    const { values, shown } = bound({ x: { hidden } }, { x: 'secret' });
    assert.equal(values.get('x'), 'secret');
    assert.deepEqual(shown, { x: '******' }, String(hidden));
  }
  for (const hidden of [false, 'false', 'no', null, 1]) {
    assert.deepEqual(bound({ x: { hidden } }, { x: 'open' }).shown, { x: 'open' }, String(hidden));
  }
});

test('pseudo parameters are there without being declared', () => {
  const pseudo = pseudoParameters({ id: 'i', name: 'n', project: 'p' });
  const { values, shown } = bindParameters(new Map(), {}, pseudo);
  assert.deepEqual(shown, { 'OS::stack_id': 'i', 'OS::project_id': 'p', 'OS::stack_name': 'n' });
  assert.equal(values.get('OS::stack_name'), 'n');
});

test('what a document says of parameters is read as far as it can be', () => {
  assert.equal(documentParameters(null).size, 0);
  assert.equal(documentParameters({ parameters: ['x'] }).size, 0);
  const [first, second] = documentParameters({
    parameters: { x: 'no map', y: { type: 'json', default: null } },
  }).values();
  assert.deepEqual(first, { type: 'string', default: undefined, isHidden: false, constraints: [] });
  assert.deepEqual(second, { type: 'json', default: null, isHidden: false, constraints: [] });
});

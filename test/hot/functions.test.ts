import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FunctionScope, hotFunctions, resolveFunctions } from '../../src/hot/index.ts';
import type { Json } from '../../src/kernel/json.ts';
import { askPython, needsPython } from '../template/python.ts';
import { isFaultOf } from './helpers.ts';

/** Every function of every version of Heat's templates. */
const FUNCTIONS_OF_HEAT = `
import inspect, json, sys, warnings
warnings.simplefilter('ignore')
from heat.engine.cfn import template as cfn
from heat.engine.hot import template as hot
names = set()
for module in (cfn, hot):
    for _, template in inspect.getmembers(module, inspect.isclass):
        for kind in ('functions', '_functions', 'condition_functions', '_condition_functions'):
            table = getattr(template, kind, None)
            names |= set(table) if isinstance(table, dict) else set()
json.dump(sorted(names), sys.stdout)
`;

test('these are all functions that Heat has', needsPython('heat'), () => {
  const ofHeat = askPython(FUNCTIONS_OF_HEAT, []);
  assert.ok(ofHeat.length > 30);
  assert.deepEqual([...hotFunctions].sort(), ofHeat);
});

const scope: FunctionScope = {
  parameter: (name) => ({ name: 'n', list: ['x', { deep: true }], none: null })[name],
  reference: (resource) => `id of ${resource}`,
  attribute: (resource, path) => [resource, ...path],
};

const RESOLVED: readonly (readonly [what: string, value: Json, result: Json])[] = [
  ['a parameter', { get_param: 'name' }, 'n'],
  ['a part of a parameter', { get_param: ['list', 1, 'deep'] }, true],
  ['a part that a parameter has not', { get_param: ['list', 7, 'deep'] }, null],
  ['a part that only every object has', { get_param: ['list', 1, 'constructor'] }, null],
  ['a parameter without a value', { get_param: 'none' }, null],
  ['a resource', { get_resource: 'a' }, 'id of a'],
  ['an attribute', { get_attr: ['a', 'b', 0] }, ['a', 'b', '0']],
  ['a list', { list_join: ['-', ['a', null, { b: 1 }], ['c']] }, 'a-{"b": 1}-c'],
  ['a text', { str_replace: { template: 'ab a', params: { a: 'b', ab: 'a', b: null } } }, 'a b'],
  ['a text with numbers and lists', { str_replace: { template: '$n.$l', params: { $n: 1, $l: ['x'] } } }, '1.["x"]'],
  ['a text without names', { str_replace: { template: 'same', params: {} } }, 'same'],
  ['a function in a function', { list_join: [',', [{ get_param: 'name' }, { get_resource: 'a' }]] }, 'n,id of a'],
  ['functions in lists and maps', [{ a: { get_param: 'name' } }, 1], [{ a: 'n' }, 1]],
  ['the name of a function beside another key', { get_param: 'name', other: 1 }, { get_param: 'name', other: 1 }],
  ['a function that is not computed here', { digest: ['md5', { get_param: 'name' }] }, { digest: ['md5', 'n'] }],
];

for (const [what, value, result] of RESOLVED) {
  test(`resolves ${what}`, () => assert.deepEqual(resolveFunctions(value, scope), result));
}

const UNUSABLE: readonly (readonly [value: Json, message: string])[] = [
  [{ get_param: 'other' }, 'The Parameter (other) was not provided.'],
  [{ list_join: [',', ['a', 1]] }, 'Items to join must be string, map or list not 1'],
  [{ list_join: [',', [true]] }, 'Items to join must be string, map or list not True'],
  [{ str_replace: { template: 'a' } }, '"str_replace" parameters must be a mapping'],
  [{ str_replace: ['a'] }, '"str_replace" parameters must be a mapping'],
];

test('a function says what it can’t use', () => {
  for (const [value, message] of UNUSABLE) {
    assert.throws(() => resolveFunctions([value], scope), isFaultOf('function', message));
  }
});

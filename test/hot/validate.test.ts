import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  bindParameters,
  type HotFaultKind,
  parametersIn,
  type ResourceTypeSchema,
  readTemplate,
  validateTemplate,
} from '../../src/hot/index.ts';
import { isJsonObject, type JsonObject } from '../../src/kernel/json.ts';
import { isFaultOf } from './helpers.ts';

const types: ReadonlyMap<string, ResourceTypeSchema> = new Map<string, ResourceTypeSchema>([
  ['T::Any', { schemas: () => null, attributes: null }],
  [
    'T::Port',
    {
      schemas: () => ({
        name: { type: 'string', isRequired: true },
        mtu: { type: 'number', default: 1500 },
        tags: { type: 'list' },
        isUp: { type: 'boolean' },
      }),
      attributes: ['address'],
    },
  ],
  [
    'T::Nested',
    {
      schemas: () => ({ template: { type: 'map', isRequired: true } }),
      attributes: null,
      validate: ({ template = null }, check) => check(readTemplate(isJsonObject(template) ? template : {})),
    },
  ],
]);

const VERSION = { heat_template_version: '2018-08-31' };

function validate(resources: JsonObject, rest: JsonObject = {}): void {
  const template = readTemplate({ ...VERSION, resources, ...rest });
  validateTemplate(template, bindParameters(template.parameters, {}, {}), types);
}

const port = (properties: JsonObject, rest: JsonObject = {}): JsonObject => ({ type: 'T::Port', properties, ...rest });
const any = (rest: JsonObject = {}): JsonObject => ({ type: 'T::Any', ...rest });

test('a template in which everything fits is taken', () => {
  const resources = {
    b: port({ name: { get_param: 'n' }, mtu: '9000', isUp: 'True', tags: [{ get_attr: ['a', 'whatever'] }] }),
    a: any({ properties: { x: { get_resource: 'c' } } }),
    c: port({ name: 'c' }, { depends_on: 'd' }),
    d: { type: 'T::Nested', properties: { template: { ...VERSION, resources: { inner: any() } } } },
  };
  validate(resources, {
    parameters: { n: { default: 'x' } },
    outputs: { o: { value: { get_attr: ['b', 'address'] } }, p: { value: { get_attr: ['b', 'show'] } } },
  });
});

const REFUSED: readonly (readonly [what: string, resources: JsonObject, kind: HotFaultKind, message: string])[] = [
  ['an unknown type', { a: { type: 'T::Nope' } }, 'invalid', 'The Resource Type (T::Nope) could not be found.'],
  [
    'a reference to nothing',
    { a: any({ properties: { x: [{ get_attr: ['z', 'y'] }] } }) },
    'reference',
    'The specified reference "z" (in a.Properties.x) is incorrect.',
  ],
  [
    'a dependency on nothing',
    { a: any({ depends_on: ['z'] }) },
    'reference',
    'The specified reference "z" (in a) is incorrect.',
  ],
  [
    'a circle',
    { free: any(), a: any({ depends_on: ['b', 'free'] }), b: port({ name: { get_resource: 'a' } }) },
    'circle',
    'Circular Dependency Found: {Any "a": {Port "b"}, Port "b": {Any "a"}}',
  ],
  [
    'a resource that requires itself',
    { a: any({ depends_on: 'a' }) },
    'circle',
    'Circular Dependency Found: {Any "a": {Any "a"}}',
  ],
  [
    'an attribute that the type has not',
    { a: port({ name: 'a' }), b: any({ properties: { x: { get_attr: ['a', 'nope'] } } }) },
    'invalid',
    'resources.b.properties.x.get_attr: The Referenced Attribute (a nope) is incorrect.',
  ],
  [
    'a parameter that is not declared',
    { a: any({ properties: { x: { get_param: 'zz' } } }) },
    'invalid',
    'Property error: resources.a.properties.x: The Parameter (zz) was not provided.',
  ],
  [
    'a property that the type has not',
    { a: port({ name: 'a', nope: 1 }) },
    'invalid',
    'Property error: resources.a.properties: Unknown Property nope',
  ],
  [
    'a property that is missing',
    { a: port({}) },
    'invalid',
    'Property error: resources.a.properties: Property name not assigned',
  ],
  [
    'a property of another type',
    { a: port({ name: 'a', tags: 'b' }) },
    'invalid',
    'Property error: resources.a.properties.tags: "b" is not a list',
  ],
  [
    'no boolean',
    { a: port({ name: 'a', isUp: 'yes' }) },
    'invalid',
    'Property error: resources.a.properties.isUp: "yes" is not a valid boolean',
  ],
  [
    'a fault in a template inside',
    { a: { type: 'T::Nested', properties: { template: { ...VERSION, resources: { b: { type: 'T::Nope' } } } } } },
    'invalid',
    'The Resource Type (T::Nope) could not be found.',
  ],
];

for (const [what, resources, kind, message] of REFUSED) {
  test(`refuses ${what}`, () => assert.throws(() => validate(resources), isFaultOf(kind, message)));
}

test('refuses outputs of what is not there', () => {
  const output = (resource: string, attribute: string) => () =>
    validate({ a: port({ name: 'a' }) }, { outputs: { o: { value: { get_attr: [resource, attribute] } } } });
  const nothing = 'outputs.o.value.get_attr: The specified reference "z" (in unknown) is incorrect.';
  assert.throws(output('z', 'address'), isFaultOf('invalid', nothing));
  const nope = 'outputs.o.value.get_attr: The Referenced Attribute (a nope) is incorrect.';
  assert.throws(output('a', 'nope'), isFaultOf('invalid', nope));
});

test('the parameters that a value names are found, however deep', () => {
  const value = { a: [{ get_param: 'x' }, { list_join: [',', [{ get_param: ['y', 'deep'] }]] }], b: 'get_param' };
  assert.deepEqual(parametersIn(value), ['x', 'y']);
  assert.deepEqual(parametersIn({ get_param: [{ get_param: 'z' }] }), ['z']);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isKamadoError } from '../../src/kernel/errors.ts';
import type { Json, JsonObject } from '../../src/kernel/json.ts';
import { compileModel } from '../../src/schema/compile-model.ts';
import type { Model, ResourceType } from '../../src/schema/model.ts';
import { dumpedModel, dumpedSchemas, skipWithoutTraces } from './recordings.ts';

function schema(id: string, properties: JsonObject = {}, more: JsonObject = {}, inner: JsonObject = {}): JsonObject {
  return {
    id,
    singular: id,
    plural: `${id}s`,
    prefix: '/v2.0',
    title: id,
    ...more,
    schema: { type: 'object', properties, ...inner },
  };
}

function typeOf(model: Model, id: string): ResourceType {
  const type = model.types.get(id);
  assert.ok(type, id);
  return type;
}

function faults(documents: readonly JsonObject[], namespaces: readonly JsonObject[] = []): readonly string[] {
  try {
    compileModel(documents, namespaces);
  } catch (error) {
    assert.ok(isKamadoError(error, 'SCHEMA_INVALID'), String(error));
    return error.message.split('\n').slice(1);
  }
  return [];
}

test('L4: the dump of 2019: types, relations, warnings', { skip: skipWithoutTraces }, () => {
  const model = dumpedModel();
  const properties = [...model.types.values()].flatMap((type) => type.properties);
  assert.equal(model.types.size, 75);
  assert.equal(properties.length, 982);
  assert.equal(properties.filter(({ relation }) => relation !== null).length, 121);
  assert.equal([...model.referrers.values()].flat().length, 121);
  const types = [...model.types.values()];
  assert.equal(types.filter(({ versioned }) => versioned).length, 60);
  assert.equal(types.filter(({ synced }) => !synced).length, 3);
  assert.equal(types.filter(({ routed }) => !routed).length, 4);
  assert.equal(types.filter(({ handlers }) => handlers.length > 0).length, 31);
  assert.equal(types.filter(({ twoStepDeletion }) => twoStepDeletion).length, 52);
  assert.equal(types.filter(({ parent }) => parent !== null).length, 8);
  assert.equal(model.byUrl.size, 71);
  assert.equal(model.warnings.filter((warning) => warning.includes('dropped')).length, 9);
  assert.equal(model.warnings.length, 9);
  assert.equal(typeOf(model, 'neutron_extension').url, '/v2.0/extensions');
  const secrets = types.flatMap((type) =>
    type.properties.filter(({ secret }) => secret).map(({ name }) => `${type.id}.${name}`),
  );
  const ofServers = ['user_password', 'admin_password', 'other_password'];
  const servers = ['firewall', 'load_balancer', 'load_balancer_conf'];
  assert.deepEqual(
    secrets.toSorted(),
    [
      'ese_device.password',
      'edge_router.password',
      'vnf_template.credentials',
      ...servers.flatMap((server) => ofServers.map((name) => `${server}.${name}`)),
    ].toSorted(),
  );
});

test('the documents of a model compile to an equal model', { skip: skipWithoutTraces }, () => {
  const model = dumpedModel();
  const again = compileModel(model.documents);
  assert.deepEqual(again, model);
  assert.equal(again.hash, model.hash);
  const reordered = dumpedSchemas().map((document) => Object.fromEntries(Object.entries(document).reverse()));
  assert.equal(compileModel(reordered).hash, model.hash);
  assert.notEqual(compileModel(dumpedSchemas().slice(1)).hash, model.hash);
});

test('A1: URLs: prefix, plural, namespace, url, a prefix that is the URL', () => {
  const model = compileModel(
    [
      schema('a', {}, { prefix: 'v1.0/' }),
      schema('b', {}, { prefix: '/v1.0/bs' }),
      schema('c', {}, { prefix: '' }),
      schema('d', {}, { url: '/x/y' }),
      schema('e', {}, { namespace: 'inner', prefix: '/p' }),
    ],
    [
      { id: 'outer', prefix: '/o/' },
      { id: 'inner', prefix: 'i', parent: 'outer' },
    ],
  );
  assert.deepEqual([...model.byUrl.keys()], ['/v1.0/as', '/v1.0/bs', '/cs', '/x/y', '/o/i/p/es']);
  assert.equal(typeOf(model, 'a').document.prefix, '/v1.0/as');
  assert.deepEqual(compileModel(model.documents), model);
});

test('properties: order, nullability, permissions, id', () => {
  const model = compileModel([
    schema('site'),
    schema(
      'router',
      {
        z: { type: 'string', permission: ['create', 'update'] },
        b_id: { type: 'string', relation: 'site', relation_property: 'b', on_delete_cascade: true },
        a: { type: 'integer', default: 1 },
        first: { type: ['string', 'null'], indexed: true },
        needed: { type: 'string', unique: true },
      },
      {},
      {
        propertiesOrder: ['first', 'absent'],
        required: ['needed'],
        indexes: { pair: { columns: ['a', 'z'], type: 'unique' } },
      },
    ),
  ]);
  const router = typeOf(model, 'router');
  assert.deepEqual(
    router.properties.map(({ name }) => name),
    ['first', 'id', 'b_id', 'a', 'needed', 'z'],
  );
  const nullable = router.properties.filter((property) => property.nullable).map(({ name }) => name);
  assert.deepEqual(nullable, ['first', 'b_id', 'z']);
  assert.deepEqual(router.uniqueTogether, [['a', 'z']]);
  assert.deepEqual(model.referrers.get('site'), [{ type: 'router', field: 'b_id' }]);
  const b = router.property.get('b_id');
  assert.deepEqual([b?.relation, b?.relationProperty, b?.onDeleteCascade], ['site', 'b', true]);
  assert.deepEqual([router.property.get('z')?.updatable, router.property.get('id')?.creatable], [true, true]);
});

test('a parent gives a required relation', () => {
  const model = compileModel([
    schema('device'),
    schema('port', {}, { parent: 'device', on_parent_delete_cascade: true }),
  ]);
  const field = typeOf(model, 'port').property.get('device_id');
  assert.deepEqual(
    [field?.relation, field?.creatable, field?.nullable, field?.onDeleteCascade],
    ['device', true, false, true],
  );
  assert.deepEqual(typeOf(model, 'port').required, ['device_id']);
});

test('inheritance: the derived schema wins, the order of the base comes first unless it is to come after', () => {
  const base = (id: string, name: string): JsonObject => ({
    id,
    type: 'abstract',
    metadata: { state_versioning: true, view: 'tenant' },
    schema: {
      properties: { [name]: { type: 'string' }, shared: { type: 'integer' } },
      propertiesOrder: [name],
      required: [name],
    },
  });
  const own = { own: { type: 'string' }, shared: { type: 'string' } };
  const model = compileModel([
    schema(
      'x',
      own,
      { extends: ['a', 'b'], order_properties_before: ['b'], metadata: { view: 'none' } },
      { propertiesOrder: ['own'] },
    ),
    base('a', 'of_a'),
    { ...base('b', 'of_b'), extends: ['a'] },
  ]);
  const x = typeOf(model, 'x');
  assert.equal(model.types.size, 1);
  assert.deepEqual(x.properties.map(({ name }) => name).slice(0, 3), ['of_a', 'own', 'of_b']);
  assert.equal(x.property.get('shared')?.kind, 'string');
  assert.deepEqual([...x.required].sort(), ['of_a', 'of_b']);
  assert.equal(x.versioned, true);
  assert.deepEqual(x.document.metadata, { state_versioning: true, view: 'none' });
  assert.equal(x.document.extends, undefined);
});

test('handlers, their short form, and the machine that a type gets', () => {
  const versioned = { state_versioning: true };
  const status = { status: { type: 'string' } };
  const model = compileModel([
    schema('a', status, { metadata: { ...versioned, template_path: 'Ca' } }),
    schema(
      'b',
      { ...status, operational_state: { type: 'string' } },
      {
        metadata: {
          ...versioned,
          handlers: [
            { handler: 'x', template: 'Cb' },
            { handler: 'y', template: { field: 'id' } },
          ],
        },
      },
    ),
    schema('c', status),
    schema(
      'd',
      { ...status, b_id: { type: 'string', relation: 'b' } },
      {
        metadata: {
          ...versioned,
          status_machine: { extends: '2018', inputs: { b: { relation: 'b_id', field: 'status' } } },
        },
      },
    ),
  ]);
  assert.deepEqual(typeOf(model, 'a').handlers, [
    { handler: 'heat_worker', template: { kind: 'constant', value: 'a' }, retry: null, stateForm: '2018' },
  ]);
  assert.deepEqual(
    typeOf(model, 'b').handlers.map(({ handler }) => handler),
    ['x', 'y'],
  );
  assert.deepEqual(
    [...model.types.values()].map(({ statusMachine }) => statusMachine?.name),
    ['2017', '2018', undefined, 'd'],
  );
  assert.deepEqual(typeOf(model, 'd').statusMachine?.inputs.get('b'), {
    relation: 'b_id',
    field: 'status',
    type: null,
  });
});

test('a handler’s retry: given, usual delays, delays that give way to the one that is given', () => {
  const retries = [
    undefined,
    { attempts: 3 },
    { attempts: 10, first_delay_seconds: 0.5, longest_delay_seconds: 3600 },
    { attempts: 1, first_delay_seconds: 120 },
    { attempts: 1, longest_delay_seconds: 0.2 },
  ];
  const handlers = retries.map((retry, i) => {
    return { handler: `h${i}`, template: 'Ct', ...(retry === undefined ? {} : { retry }) };
  });
  const model = compileModel([schema('a', {}, { metadata: { state_versioning: true, handlers } })]);
  assert.deepEqual(
    typeOf(model, 'a').handlers.map(({ retry }) => retry),
    [
      null,
      { attempts: 3, firstDelayMs: 1_000, longestDelayMs: 60_000 },
      { attempts: 10, firstDelayMs: 500, longestDelayMs: 3_600_000 },
      { attempts: 1, firstDelayMs: 120_000, longestDelayMs: 120_000 },
      { attempts: 1, firstDelayMs: 200, longestDelayMs: 200 },
    ],
  );
});

test('secrets: by name, by declaration, inside of objects', () => {
  const text = { type: 'string' };
  const model = compileModel([
    schema('x', {
      password: text,
      admin_password: text,
      community_name: text,
      license_key: text,
      api_token: { ...text, secret: false },
      pin: { ...text, secret: true },
      inner: {
        type: 'object',
        properties: { deep: { type: 'array', items: { type: 'object', properties: { secret: text } } } },
      },
      open: { type: 'object', properties: { name: text } },
    }),
  ]);
  const secret = typeOf(model, 'x')
    .properties.filter((property) => property.secret)
    .map(({ name }) => name);
  assert.deepEqual(secret.toSorted(), ['admin_password', 'community_name', 'inner', 'password', 'pin']);
});

test('L4: impossible defaults are dropped with a warning, unknown formats and metadata are warned of', () => {
  const model = compileModel([
    schema(
      'x',
      {
        a: { type: 'string', default: 1 },
        b: { type: 'string', format: 'cidr', default: '' },
        c: { type: 'string', format: 'colour', default: 'red' },
        d: { type: 'integer', minimum: 3, default: 2 },
        e: { type: 'object', default: { f: 1 }, properties: { f: { type: 'string' } } },
      },
      { metadata: { state_versionning: true } },
    ),
  ]);
  const x = typeOf(model, 'x');
  assert.deepEqual(
    x.properties.filter((property) => property.default !== undefined).map(({ name }) => name),
    ['c'],
  );
  assert.equal(x.property.get('a')?.nullable, true);
  assert.equal(model.warnings.length, 6);
  assert.ok(
    model.warnings.includes(
      'x: metadata.state_versionning is not known and is ignored; did you mean state_versioning?',
    ),
  );
});

const text = { type: 'string' };
const wrong: readonly (readonly [what: string, documents: readonly JsonObject[], expected: readonly RegExp[]])[] = [
  [
    'not the language',
    [{ id: 'x', schema: 7 }],
    [/#\/schema.* \(x\): must be object/, /plural is missing/, /singular is missing/, /title is missing/],
  ],
  [
    'an unknown key',
    [schema('x', { a: { ...text, formatt: 'mac' } }, { parnt: 'y' })],
    [/#\/parnt \(x\): unknown key/, /#\/schema\/properties\/a\/formatt \(x\): unknown key/],
  ],
  ['a property without a type', [schema('x', { a: {} })], [/the key type is missing/]],
  ['a bad pattern', [schema('x', { a: { ...text, pattern: '(' } })], [/regular expression/]],
  [
    'patterns that linear time forbids, wherever they stand',
    [
      schema('x', {
        a: { ...text, pattern: '^(?=.*[0-9]).+$' },
        b: { type: 'array', items: { ...text, pattern: '(a)\\1' } },
        c: { type: 'object', patternProperties: { '(?<!a)b': text } },
        d: { ...text, pattern: '((((((){9999}){9999}){9999}){9999}){9999})' },
        e: { type: 'object', properties: { f: { anyOf: [{ ...text, pattern: '(?>a)' }] } } },
      }),
    ],
    [
      /#\/schema\/properties\/a\/pattern \(x\): a regular expression is expected: look-ahead/,
      /b\/items\/pattern \(x\): .*back references are not supported/,
      /c\/patternProperties\/\(\?<!a\)b \(x\): .*look-behind/,
      /d\/pattern \(x\): .*limit patternStates/,
      /anyOf\/0\/pattern \(x\): .*group of this kind/,
    ],
  ],
  [
    'names that break SQL',
    [schema('x', { 'a"; drop table': text }), schema('y;')],
    [/drop table \(x\): this name is not allowed/, /#\/id/, /#\/plural/, /#\/singular/],
  ],
  [
    'a name of the language',
    [schema('x', JSON.parse('{"__proto__": {"type": "string"}}'))],
    [/__proto__ \(x\): this name is not allowed/],
  ],
  ['names that differ in case', [schema('x', { ab: text, aB: text })], [/aB \(x\): differs from ab only in case/]],
  ['the same id twice', [schema('x'), schema('x')], [/the id is taken/]],
  ['the same URL twice', [schema('x'), schema('y', {}, { url: '/v2.0/xs' })], [/\/v2\.0\/xs is the URL of x already/]],
  ['a URL of the API itself', [schema('x', {}, { url: '/gohan/v0.1/schemas' })], [/served by the API itself/]],
  [
    'a URL with odd characters',
    [schema('x', {}, { prefix: '/v2.0/a b' }), schema('y', {}, { prefix: '/a/../b' })],
    [/do not fit a path/, /do not fit a path/],
  ],
  [
    'unknown targets',
    [schema('x', { a: { ...text, relation: 'y' } }, { parent: 'z' })],
    [/#\/parent \(x\): there is no schema z/, /a\/relation \(x\): there is no schema y/, /z_id\/relation/],
  ],
  ['a relation that is no text', [schema('x', { a: { type: 'integer', relation: 'x' } })], [/a relation holds an id/]],
  [
    'what it extends',
    [schema('x', {}, { extends: ['y', 'z'] }), schema('y')],
    [/extends\/0 \(x\): y is not abstract/, /extends\/1 \(x\): there is no schema z/],
  ],
  [
    'a cycle of extends',
    [
      { id: 'a', type: 'abstract', extends: ['b'], schema: { properties: {} } },
      { id: 'b', type: 'abstract', extends: ['a'], schema: { properties: {} } },
    ],
    [/a cycle/],
  ],
  ['required but not there', [schema('x', {}, {}, { required: ['a'] })], [/there is no property a/]],
  [
    'an index of nothing',
    [schema('x', {}, {}, { indexes: { i: { columns: ['a'], type: 'unique' } } })],
    [/indexes\/i \(x\): there is no property a/],
  ],
  [
    'an unknown column type',
    [schema('x', { a: { ...text, sql: 'varchar(9); drop' } })],
    [/a\/sql \(x\): this column type/],
  ],
  [
    'a bad mapping',
    [schema('x', {}, { metadata: { state_versioning: true, template_path: 'Xa' } })],
    [/template_path \(x\): character 0/],
  ],
  [
    'a mapping that does not fit',
    [schema('x', {}, { metadata: { state_versioning: true, template_path: 'Pa' } })],
    [/#\/metadata\/template_path\/field \(x\): x has no property a/],
  ],
  [
    'handlers without versions',
    [schema('x', {}, { metadata: { template_path: 'Ca' } })],
    [/handlers need state_versioning/],
  ],
  ...(
    [
      ['no attempts', {}, /handlers\/1\/retry \(x\): the key attempts is missing/],
      ['too many', { attempts: 11 }, /retry\/attempts \(x\): must be <= 10/],
      ['none', { attempts: 0 }, /retry\/attempts \(x\): must be >= 1/],
      ['half of one', { attempts: 0.5 }, /retry\/attempts \(x\): must be integer/],
      ['too long', { attempts: 1, longest_delay_seconds: 3601 }, /longest_delay_seconds \(x\): must be <= 3600/],
      ['before now', { attempts: 1, first_delay_seconds: -1 }, /first_delay_seconds \(x\): must be >= 0/],
      ['unknown', { attempts: 1, delay: 1 }, /retry\/delay \(x\): unknown key/],
      [
        'the wrong way round',
        { attempts: 1, first_delay_seconds: 3, longest_delay_seconds: 2 },
        /handlers\/1\/retry\/first_delay_seconds \(x\): longer than longest_delay_seconds/,
      ],
    ] as const
  ).map(([what, retry, expected]) => {
    const handlers = [
      { handler: 'g', template: 'Ct' },
      { handler: 'h', template: 'Ct', retry },
    ];
    const metadata = { state_versioning: true, handlers };
    return [`a retry: ${what}`, [schema('x', {}, { metadata })], [expected]] as const;
  }),
  [
    'a template that hangs on other resources',
    [
      schema(
        'x',
        { y_id: { ...text, relation: 'x' } },
        {
          metadata: {
            state_versioning: true,
            handlers: [
              { handler: 'g', template: 'Xa' },
              { handler: 'h', template: { field: 'z', path: ['y_id'] } },
              { handler: 'i', template: { output_key: 'id' } },
            ],
          },
        },
      ),
    ],
    [
      /handlers\/0\/template \(x\): character 0/,
      /handlers\/1\/template \(x\): only properties of the resource itself/,
      /handlers\/1\/template\/field \(x\): x has no property z/,
      /handlers\/2\/template \(x\): only properties of the resource itself/,
    ],
  ],
  [
    'both forms of handlers',
    [
      schema(
        'x',
        {},
        { metadata: { state_versioning: true, template_path: 'Ca', handlers: [{ handler: 'h', template: 'Ca' }] } },
      ),
    ],
    [/exclude each other/],
  ],
  [
    'a machine without a status',
    [schema('x', {}, { metadata: { state_versioning: true, status_machine: '2017' } })],
    [/needs the property status/],
  ],
  [
    'a machine with faults',
    [
      schema(
        'x',
        { status: text },
        {
          metadata: {
            state_versioning: true,
            status_machine: { extends: '1', inputs: { a: { relation: 'b', field: 'c' } } },
          },
        },
      ),
    ],
    [/status_machine\/extends/],
  ],
  [
    'an initial value that is known to the worker alone',
    [schema('x', { a: { ...text, initial: 'Mx:a:key' } })],
    [/properties\/a \(x\): .*known only to the worker/],
  ],
  ['an unknown namespace', [schema('x', {}, { namespace: 'n' })], [/there is no such namespace/]],
];

for (const [what, documents, expected] of wrong) {
  test(`refused: ${what}`, () => {
    const found = faults(documents);
    for (const pattern of expected)
      assert.ok(
        found.some((line) => pattern.test(line)),
        `${pattern} in ${found.join(' | ')}`,
      );
  });
}

test('all faults of all schemas at once, each with its place', () => {
  const place = (name: string, document: JsonObject, i: number) => ({
    file: name,
    pointer: `/schemas/${i}`,
    document,
    positionOf: () => ({ line: 7, column: 3 }),
  });
  assert.throws(
    () =>
      compileModel([
        place('a.yaml', schema('x', { a: { ...text, relation: 'no' } }), 0),
        place('b.yaml', schema('y', {}, { extra: 1 }), 1),
      ]),
    (error) => {
      assert.ok(isKamadoError(error, 'SCHEMA_INVALID'));
      assert.equal(error.params.count, 2);
      assert.match(
        error.message,
        /a\.yaml:7:3#\/schemas\/0\/schema\/properties\/a\/relation \(x\): there is no schema no/,
      );
      assert.match(error.message, /b\.yaml:7:3#\/schemas\/1\/extra \(y\): unknown key/);
      assert.deepEqual(
        error.faults.map(({ pointer }) => pointer),
        ['/schemas/1/extra', '/schemas/0/schema/properties/a/relation'],
      );
      return true;
    },
  );
});

test('a schema with a fault in its form still hears of those that it names in vain', () => {
  const document = { ...schema('x', { a: { type: 'nonsense', relation: 'no' } }), parent: 'nobody' };
  const found = faults([document]);
  for (const pattern of [/properties\/a\/type/, /there is no schema no/, /there is no schema nobody/]) {
    assert.ok(
      found.some((line) => pattern.test(line)),
      `${pattern} in ${found.join(' | ')}`,
    );
  }
});

test('any JSON as a schema is compiled or refused', () => {
  const key = fc.constantFrom('id', 'schema', 'metadata', 'extends', 'parent', 'properties', 'type', 'x');
  const value = fc.letrec<{ value: unknown; object: unknown }>((tie) => ({
    value: fc.oneof({ maxDepth: 4 }, fc.constantFrom<Json>('x', 'string', null, 1, []), tie('object')),
    object: fc.dictionary(key, tie('value')),
  })).object;
  fc.assert(
    fc.property(value, (part) => {
      const document: JsonObject = JSON.parse(JSON.stringify(part));
      faults([{ ...schema('y'), ...document }]);
    }),
  );
});

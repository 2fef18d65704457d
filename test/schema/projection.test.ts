import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isKamadoError } from '../../src/kernel/errors.ts';
import type { JsonObject } from '../../src/kernel/json.ts';
import { compileModel } from '../../src/schema/compile-model.ts';
import { mirrorContent, mirrorKey, type Projection } from '../../src/schema/projection.ts';

function formOf(metadata: JsonObject): Projection | null {
  const properties = { id: { type: 'string' }, name: { type: 'string' }, size: { type: 'integer' } };
  const schema = { type: 'object', properties };
  const thing = { id: 'thing', singular: 'thing', plural: 'things', title: 'Thing', metadata, schema };
  const type = compileModel([thing]).types.get('thing');
  assert.ok(type);
  return type.projection;
}

function own(metadata: JsonObject): Projection {
  const form = formOf(metadata);
  assert.ok(form);
  return form;
}

const body = { id: 'a', name: 'x/y', size: 3 };

test('without sync_* a type stands in the usual form', () => {
  assert.equal(formOf({}), null);
  assert.equal(formOf({ nosync: true }), null);
});

test('sync_key_template makes the key, with values that stay in their segment', () => {
  const form = own({ sync_key_template: '/v1/{{ name }}/of/{{size}}' });
  assert.equal(mirrorKey(form, '/things/a', body), '/config/v1/x%2Fy/of/3');
});

test('sync_skip_config_prefix drops /config', () => {
  assert.equal(mirrorKey(own({ sync_skip_config_prefix: true }), '/things/a', body), '/things/a');
});

test('sync_property and sync_plain make the content', () => {
  assert.equal(mirrorContent(own({ sync_plain: true }), body), '{"id":"a","name":"x/y","size":3}');
  assert.equal(mirrorContent(own({ sync_property: 'size' }), body), '3');
  assert.equal(mirrorContent(own({ sync_property: 'name' }), body), '"x/y"');
  assert.equal(mirrorContent(own({ sync_property: 'name', sync_plain: true }), body), 'x/y');
});

test('two types whose keys differ in nothing but values are a fault: both would write the same one', () => {
  const typeOf = (id: string, metadata: JsonObject, plural = `${id}s`): JsonObject => {
    const schema = { type: 'object', properties: { id: { type: 'string' }, name: { type: 'string' } } };
    return { id, singular: id, plural, title: id, metadata, schema };
  };
  const named = (template: string) => ({ sync_key_template: template });
  const same: readonly (readonly [JsonObject, JsonObject])[] = [
    [typeOf('one', named('/v1/{{name}}')), typeOf('two', named('/v1/{{ id }}'))],
    [typeOf('one', {}), typeOf('two', named('/ones/{{name}}'))],
    [
      typeOf('one', { ...named('/x/{{id}}'), sync_skip_config_prefix: true }),
      typeOf('two', { ...named('/x/{{id}}'), sync_skip_config_prefix: true }),
    ],
    [typeOf('one', { ...named('/config/x/{{id}}'), sync_skip_config_prefix: true }), typeOf('two', named('/x/{{id}}'))],
  ];
  for (const pair of same) {
    assert.throws(
      () => compileModel(pair),
      (error) =>
        isKamadoError(error, 'SCHEMA_INVALID') && /sync_key_template \(two\): .*those of one:/.test(error.message),
      JSON.stringify(pair),
    );
  }
  const apart: readonly (readonly [JsonObject, JsonObject])[] = [
    [typeOf('one', named('/v1/{{name}}')), typeOf('two', named('/v2/{{name}}'))],
    [typeOf('one', named('/v1/{{name}}')), typeOf('two', { ...named('/v1/{{name}}'), nosync: true })],
    [typeOf('one', {}), typeOf('two', named('/ones/of-{{name}}'))],
  ];
  for (const pair of apart) assert.equal(compileModel(pair).types.size, 2);
});

test('what is wrong is a fault with its place', () => {
  const faulty: readonly [JsonObject, RegExp][] = [
    [{ sync_property: 'nope' }, /sync_property.*no property nope/],
    [{ sync_key_template: '/v1/{{nope}}' }, /sync_key_template.*no property nope/],
    [{ sync_key_template: 'v1/{{name}}' }, /sync_key_template.*path/],
    [{ sync_key_template: '/v1/{{ name | upper }}' }, /sync_key_template.*path/],
    [{ sync_plain: true, state_versioning: true }, /state_versioning/],
  ];
  for (const [metadata, expected] of faulty) {
    assert.throws(
      () => formOf(metadata),
      (error) => isKamadoError(error, 'SCHEMA_INVALID') && expected.test(error.message),
    );
  }
});

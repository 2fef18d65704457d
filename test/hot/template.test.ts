import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyTemplate, hotDocument, isHotDocument, readTemplate } from '../../src/hot/index.ts';
import type { JsonObject } from '../../src/kernel/json.ts';
import { isFaultOf } from './helpers.ts';

const VERSION = { heat_template_version: '2018-08-31' };
const NO_MAPPING = 'Template not in valid format: The template is not a JSON object or YAML mapping.';
const NO_VERSION = 'Template not in valid format: Template format version not found.';

test('a document is an object, or YAML or JSON text; its version stays text', () => {
  const document = { ...VERSION, description: 'd' };
  for (const given of [document, 'heat_template_version: 2018-08-31\ndescription: d\n', JSON.stringify(document)]) {
    assert.deepEqual(hotDocument(given), document);
  }
  assert.ok(isHotDocument(document));
  assert.ok(!isHotDocument({ AWSTemplateFormatVersion: '2010-09-09' }));
  assert.ok(!isHotDocument(null));
});

test('integers that a number can’t hold keep their digits', () => {
  assert.deepEqual(hotDocument('a: 12345678901234567890\nb: 12'), { a: '12345678901234567890', b: 12 });
});

test('a text that is no document is refused', () => {
  assert.throws(() => hotDocument('only text'), isFaultOf('format', NO_MAPPING));
  assert.throws(() => hotDocument(['a']), isFaultOf('format', NO_MAPPING));
  assert.throws(() => hotDocument(''), isFaultOf('format', NO_VERSION));
  assert.throws(
    () => hotDocument('a: ['),
    /^Error: Template not in valid format: Error parsing template \[root stack\] ./,
  );
});

test('the sections of a template are read', () => {
  const { description, parameters, resources, outputs } = readTemplate({
    ...VERSION,
    description: 'd',
    parameters: { p: { type: 'number', default: 1, hidden: true, constraints: [{ range: { min: 1 } }] } },
    resources: {
      a: { type: 'T::A' },
      b: { type: 'T::B', depends_on: 'a', properties: { x: 1 } },
      c: {
        type: 'T::C',
        depends_on: ['b', 'a'],
        properties: { x: { get_attr: ['a', 'y'] }, deep: [{ list_join: [',', [{ get_resource: 'd' }]] }] },
      },
      d: { type: 'T::D' },
    },
    outputs: { o: { value: { get_param: 'p' } }, q: { description: 'of q' } },
  });
  assert.equal(description, 'd');
  const p = { type: 'number', default: 1, isHidden: true, constraints: [{ range: { min: 1 } }] };
  assert.deepEqual([...parameters], [['p', p]]);
  assert.deepEqual([...resources.keys()], ['a', 'b', 'c', 'd']);
  assert.deepEqual(resources.get('b'), { name: 'b', type: 'T::B', properties: { x: 1 }, requires: ['a'] });
  assert.deepEqual(resources.get('c')?.requires, ['b', 'a', 'd']);
  assert.deepEqual(outputs, [
    { name: 'o', description: 'No description given', value: { get_param: 'p' } },
    { name: 'q', description: 'of q', value: null },
  ]);
  assert.deepEqual(readTemplate(VERSION), emptyTemplate);
});

const REFUSED: readonly (readonly [document: JsonObject, message: string])[] = [
  [{ ...VERSION, nope: {} }, 'The template section is invalid: nope'],
  [{ ...VERSION, resources: [] }, 'The section resources of the template must be a mapping'],
  [{ ...VERSION, outputs: { o: 1 } }, '"outputs" must contain a map of outputs maps: o'],
  [{ ...VERSION, resources: { a: {} } }, 'Each resource must contain a type key.'],
];

test('sections that are not as they must be are refused', () => {
  for (const [document, message] of REFUSED) {
    assert.throws(() => readTemplate(document), isFaultOf('invalid', message));
  }
});

test('a version is needed, and one that Heat knows', () => {
  assert.throws(() => readTemplate({}), isFaultOf('format', NO_VERSION));
  assert.throws(
    () => readTemplate({ heat_template_version: '1999-01-01' }),
    /The template version is invalid: "heat_template_version: 1999-01-01"\. .* should be one of: 2013-05-23, .*, wallaby$/,
  );
});

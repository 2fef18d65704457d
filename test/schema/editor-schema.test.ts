import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { editorFiles } from '../../src/catalog/editor-files.ts';
import { exampleFileSchema } from '../../src/catalog/examples/example-schema.ts';
import { isKamadoError } from '../../src/kernel/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../../src/kernel/json.ts';
import { rowFileSchema, schemaFileSchema } from '../../src/schema/editor-schema.ts';
import { parseMapping } from '../../src/schema/mapping-parser.ts';
import { writeLoadCatalog } from '../acceptance/kill-under-load-catalog.ts';
import { writeStackCatalog } from '../acceptance/stack-catalog.ts';
import { folderOf, shipped, shippedFolder, shippedNames } from './catalog-files.ts';
import { dumpedSchemas, objectOf, skipWithoutTraces } from './recordings.ts';

function validatorOf(schema: JsonObject): ValidateFunction {
  const ajv = new Ajv2020({ allErrors: true, strict: true, strictTypes: false, strictRequired: false });
  ajv.addFormat('regex', true);
  return ajv.compile(schema);
}

const validators = {
  schemas: validatorOf(schemaFileSchema),
  templates: validatorOf(rowFileSchema),
  examples: validatorOf(exampleFileSchema),
};

function assertValid(kind: keyof typeof validators, content: unknown, what: string): void {
  const validate = validators[kind];
  assert.ok(validate(content), `${what}: ${JSON.stringify(validate.errors?.slice(0, 3))}`);
}

/** The files of a folder of schemas or templates, parsed as they are on start. */
function* filesOf(folder: string): Generator<readonly [path: string, text: string, content: unknown]> {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!/\.(?:ya?ml|json)$/.test(entry)) continue;
    const text = readFileSync(join(folder, entry), 'utf8');
    yield [join(folder, entry), text, parse(text, { version: '1.1' })];
  }
}

const thing: JsonObject = {
  id: 'thing',
  singular: 'thing',
  plural: 'things',
  title: 'Thing',
  metadata: { state_versioning: true, handlers: [{ handler: 'heat_worker', template: 'Cthing' }] },
  schema: { type: 'object', properties: { name: { type: 'string' } } },
};

test('the files in catalog/editor are what is made of the language: kamado catalog editor catalog', () => {
  for (const [name, text] of editorFiles) {
    assert.equal(readFileSync(join(shippedFolder, 'editor', name), 'utf8'), text, name);
  }
});

test('every file of every catalogue that ships is valid, and names the schema that it is', async () => {
  let files = 0;
  for (const [path, text, content] of filesOf(join(shippedFolder, 'common'))) {
    assertValid('schemas', content, path);
    assert.match(text, /^# yaml-language-server: \$schema=\.\.\/editor\/schemas\.schema\.json\n/, path);
  }
  for (const name of await shippedNames()) {
    for (const kind of ['schemas', 'templates', 'examples'] as const) {
      for (const [path, text, content] of filesOf(join(shipped(name), kind))) {
        files++;
        assertValid(kind, content, path);
        assert.ok(text.startsWith(`# yaml-language-server: $schema=../../editor/${kind}.schema.json\n`), path);
      }
    }
  }
  assert.ok(files >= 11);
});

test('the catalogues of the tests are valid', async (context) => {
  const folder = await folderOf(context);
  const small = join(process.cwd(), 'test', 'schema', 'golden', 'small');
  for (const catalog of [await writeLoadCatalog(folder), await writeStackCatalog(folder), small]) {
    for (const kind of ['schemas', 'templates'] as const) {
      for (const [path, , content] of filesOf(join(catalog, kind))) assertValid(kind, content, path);
    }
  }
});

test('the recorded schemas are valid', { skip: skipWithoutTraces }, () => {
  assertValid('schemas', { schemas: dumpedSchemas() }, 'the dump');
});

const handler = { handler: 'heat_worker', template: 'Cthing' };
const faults: readonly (readonly [what: string, change: JsonObject])[] = [
  ['an unknown key in a handler', { metadata: { handlers: [{ ...handler, tempalte: 'x' }] } }],
  ['a handler without a template', { metadata: { handlers: [{ handler: 'heat_worker' }] } }],
  ['an unknown key in retry', { metadata: { handlers: [{ ...handler, retry: { attempts: 1, pause: 2 } }] } }],
  ['unknown metadata', { metadata: { state_versionning: true } }],
  ['a flag that is a text', { metadata: { state_versioning: 'yes' } }],
  ['an unknown status machine', { metadata: { status_machine: '2016' } }],
  ['a rule without a status', { metadata: { status_machine: { rules: [{ when: {} }] } } }],
  ['no mapping', { metadata: { template_path: 'template' } }],
  ['an id that is a number', { id: 7 }],
  ['an unknown type', { schema: { properties: { name: { type: 'text' } } } }],
  ['a property without a type', { schema: { properties: { name: { title: 'Name' } } } }],
  ['an unknown permission', { schema: { properties: { name: { type: 'string', permission: ['delete'] } } } }],
  ['an unknown key', { colour: 'red' }],
];

for (const [what, change] of faults) {
  test(`refused: ${what}`, () => {
    assertValid('schemas', { schemas: [thing, 'other.yaml'] }, 'without the fault');
    assert.ok(!validators.schemas({ schemas: [{ ...thing, ...change }] }));
  });
}

test('refused: what is missing in a schema or a row, and what is no list', () => {
  for (const key of ['id', 'singular', 'plural', 'title', 'schema']) {
    const { [key]: _missing, ...rest } = thing;
    assert.ok(!validators.schemas({ schemas: [rest] }), key);
  }
  assertValid(
    'schemas',
    { schemas: [{ id: 'base', type: 'abstract', schema: { properties: {} } }] },
    'an abstract one',
  );
  assert.ok(!validators.schemas({ schema: [] }));
  assert.ok(!validators.templates({ thing: [{ name: 'without an id' }] }));
  assert.ok(!validators.templates({ thing: { id: 'x' } }));
  assert.ok(!validators.templates({ heat_template: [{ id: 'x', parameter_mappings: { a: 'Qx' } }] }));
  assert.ok(!validators.templates({ heat_template: [{ id: 'x', parameter_mappings: { a: { feild: 'x' } } }] }));
});

const mappings: readonly (readonly [mapping: Json, isValid: boolean])[] = [
  ['Cx', true],
  ['C', true],
  ['Pname', true],
  ['P', false],
  ['Fa+b:c', true],
  ['Oa:b', true],
  ['Vauto_filled', true],
  ['Ma:b:c', true],
  ['ACx&Pname', true],
  ['AAx', false],
  ['name', false],
  [7, false],
  [{}, false],
  [{ constant: [1, null] }, true],
  [{ field: 'a' }, true],
  [{ field: '' }, false],
  [{ field: 'a', path: ['b', { type: 't', id: '' }, { concatenate: [{ field: 'c' }, '_id'] }] }, true],
  [{ field: 'a', path: [{ type: 't' }] }, false],
  [{ field: 'a', ignore_missing: 'yes' }, false],
  [{ field: 'a', nested: ['b', 'c'] }, false],
  [{ nested: ['a', 'b'] }, true],
  [{ nested: ['a'] }, false],
  [{ version: 'auto_filled' }, true],
  [{ output_key: 'k', path: ['a'], ignore_missing: true }, true],
  [{ concatenate: ['a', { field: 'b' }] }, true],
  [{ concatenate: [] }, false],
  [{ if_mapping: { equal: [{ field: 'a' }, 'b'] }, then_mapping: 'Cc' }, true],
  [{ if_mapping: { equal: ['b'] }, then_mapping: 'Cc' }, false],
  [{ if_mapping: { regexp: [{ field: 'a' }, '^b'] }, then_mapping: 'Cc', else_mapping: { constant: 1 } }, true],
  [{ if_mapping: { regexp: ['a', 'b', 'c'] }, then_mapping: 'Cc' }, false],
  [{ if_mapping: { equal: ['a', 'b'] } }, false],
  [{ for_field: 'a', for_mapping: { field: 'b' } }, true],
  [{ for_field: { field: 'a', path: ['b'] }, for_mapping: 'Pb' }, true],
  [{ for_field: 'a' }, false],
];

test('of a mapping, editor and parser think the same', () => {
  for (const [mapping, isValid] of mappings) {
    const row = { heat_template: [{ id: 'x', parameter_mappings: { a: mapping } }] };
    assert.equal(validators.templates(row), isValid, `editor: ${JSON.stringify(mapping)}`);
    assert.equal(parses(mapping), isValid, `parser: ${JSON.stringify(mapping)}`);
  }
});

function parses(mapping: Json): boolean {
  try {
    parseMapping(mapping, 'a');
    return true;
  } catch (error) {
    assert.ok(isKamadoError(error, 'MAPPING_INVALID'));
    return false;
  }
}

/** Keys of the language that nothing is said about. `if` only asks; it explains nothing. */
function* silentKeys(schema: Json, path: string): Generator<string> {
  if (typeof schema !== 'object' || schema === null) return;
  for (const [key, part] of Object.entries(schema)) {
    if (key === 'properties' && isJsonObject(part)) {
      for (const [name, property] of Object.entries(part)) {
        if (objectOf(property).description === undefined) yield `${path}/${name}`;
        yield* silentKeys(property, `${path}/${name}`);
      }
    } else if (key !== 'if') yield* silentKeys(part, `${path}/${key}`);
  }
}

test('every key is explained', () => {
  assert.deepEqual([...silentKeys(schemaFileSchema, ''), ...silentKeys(rowFileSchema, '')], []);
});

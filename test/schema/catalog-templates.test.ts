import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { loadCatalog } from '../../src/catalog/catalog.ts';
import { checkCatalog } from '../../src/catalog/catalog-check.ts';
import { isKamadoError } from '../../src/kernel/errors.ts';
import { writeStackCatalog } from '../acceptance/stack-catalog.ts';
import { folderOf, shipped, shippedNames, templateSchema } from './catalog-files.ts';

const schemas = (handler: string): string => `schemas:
  - id: thing
    singular: thing
    plural: things
    title: Thing
    metadata: { state_versioning: true, handlers: [{ handler: ${handler}, template: Cthing }] }
    schema:
      type: object
      properties:
        name: { type: string, permission: [create] }
        size: { type: integer, permission: [create] }${templateSchema}`;

/** The faults of a catalogue whose one template has these mappings and this text, which begins in line 5. */
async function faultsOf(
  context: TestContext,
  template: { readonly text: string; readonly mappings?: string; readonly handler?: string },
): Promise<readonly string[]> {
  const { text, mappings = '{}', handler = 'heat_worker' } = template;
  const body = text.replaceAll(/^(?=.)/gm, '      ');
  const rows = `heat_template:\n  - id: thing\n    parameter_mappings: ${mappings}\n    template_file: |\n${body}`;
  const folder = await folderOf(context, { 'main/schemas/a.yaml': schemas(handler), 'main/templates/a.yaml': rows });
  const { fault } = await checkCatalog(join(folder, 'main'));
  // A start asks for the schemas and the mappings alone.
  assert.equal((await loadCatalog(join(folder, 'main'))).rows.length, 1);
  if (fault === null) return [];
  assert.ok(isKamadoError(fault, 'SCHEMA_INVALID'));
  return fault.message.split('\n').slice(1);
}

const hot = (parameters: string): string =>
  `heat_template_version: 2016-10-14\nparameters:\n${parameters}resources:\n  one: { type: OS::Heat::Value }\n`;

test('the catalogues that ship, and that of the stack tests, have neither faults nor warnings', async (context) => {
  const names = await shippedNames();
  assert.ok(names.includes('openstack') && names.includes('starter'));
  const folder = await folderOf(context);
  for (const path of [...names.map(shipped), await writeStackCatalog(folder)]) {
    const { fault, warnings } = await checkCatalog(path);
    assert.equal(fault, null, path);
    // The templates of these are for a southbound of the operator's own.
    const isOwn = ['vpn-gateway', 'firewall'].some((name) => path === shipped(name));
    const isExpected = (warning: string): boolean => isOwn && /: no template /.test(warning);
    assert.deepEqual(
      warnings.filter((warning) => !isExpected(warning)),
      [],
      path,
    );
  }
});

test('a template that is not in the language of templates is a fault at its line of the file', async (context) => {
  for (const handler of ['heat_worker', 'monitoring_worker']) {
    const found = await faultsOf(context, { handler, text: 'a: 1\n  {% if x %}\nb: 2\n{{ y + }}\n' });
    assert.equal(found.length, 1);
    const [fault = ''] = found;
    assert.ok(
      fault.startsWith('main/templates/a.yaml:8:7#/heat_template/0/template_file (heat_template): line 4 of '),
      fault,
    );
  }
});

test('a regular expression that cannot be used is a fault at its line, wherever it stands in the text', async (context) => {
  const text = (pattern: string) => `a: 1\n{% if false %}\n  {{ x|match('${pattern}') }}\n{% endif %}\n`;
  const places: readonly (readonly [pattern: string, expected: RegExp])[] = [
    ['a(?=b)', /a\.yaml:7:9#.*line 3 of .*: look-ahead and look-behind are not supported/],
    ['(a)\\\\1', /a\.yaml:7:9#.*back references are not supported/],
    ['((((((){9999}){9999}){9999}){9999}){9999})', /a\.yaml:4:5#.*patternStates/],
  ];
  for (const [pattern, expected] of places) {
    assert.match((await faultsOf(context, { handler: 'monitoring_worker', text: text(pattern) })).join('\n'), expected);
  }
});

test('a parameter that is mapped has to be declared', async (context) => {
  const text = hot('  size: { type: number }\n  other: { type: string, default: x }\n');
  assert.deepEqual(
    await faultsOf(context, { text, mappings: '{ size: Psize, heat_timeout: C5, rollback: Cfalse, jinja_x: Pname }' }),
    [],
  );
  assert.deepEqual(await faultsOf(context, { text, mappings: '{ size: Psize, othr: Pname }' }), [
    'main/templates/a.yaml:3:40#/heat_template/0/parameter_mappings/othr (heat_template): the template declares no parameter othr, so Heat refuses it; did you mean other?',
  ]);
  const none = 'heat_template_version: 2016-10-14\nresources:\n  {% if jinja_x %}\n  a: {}\n  {% endif %}\n';
  assert.match(
    (await faultsOf(context, { text: none, mappings: '{ size: Psize }' })).join(),
    /declares no parameter size/,
  );
});

test('a parameter that is declared without a default has to be mapped', async (context) => {
  const text = hot('  name: { type: string }\n  size:\n    type: number\n  free: { type: string, default: null }\n');
  assert.deepEqual(await faultsOf(context, { text, mappings: '{ name: Pname }' }), [
    'main/templates/a.yaml:8:9#/heat_template/0/template_file (heat_template): the parameter size has no default, and nothing is mapped to it: add it to parameter_mappings',
  ]);
});

test('what is for the text is not declared', async (context) => {
  const text = hot('  jinja_doors: { type: json }\n');
  const found = await faultsOf(context, { text, mappings: '{ jinja_doors: Pname }' });
  assert.equal(found.length, 1);
  assert.match(
    found.join(),
    /a\.yaml:7:9#.*: jinja_doors is for the text of the template and never given to the stack/,
  );
});

test('nothing is said of parameters that only rendering shows, of other handlers and of what is no HOT', async (context) => {
  const rendered = [
    hot('{% for x in jinja_x %}\n  a_{{ x }}: { type: string }\n{% endfor %}\n'),
    hot('  a: { type: string }\n{% if jinja_x %}\n  b: { type: string }\n{% endif %}\n'),
    `{% if jinja_x %}\n${hot('  a: { type: string }\n')}{% endif %}\n`,
    '{{ jinja_x }}\nresources: {}\n',
    'AWSTemplateFormatVersion: 2010-09-09\nParameters: { a: { Type: String } }\n',
  ];
  for (const text of rendered)
    assert.deepEqual(await faultsOf(context, { text, mappings: '{ size: Psize }' }), [], text);
  const handler = 'monitoring_worker';
  assert.deepEqual(await faultsOf(context, { handler, text: hot('  a: { type: string }\n') }), []);
});

test('the section is read in a text with tags elsewhere, and in JSON', async (context) => {
  const tags = '{% for x in jinja_x %}\n  {{ x }}: { type: OS::Heat::Value }\n{% endfor %}\n';
  const text = `${hot('  # of the stack\n  size: { type: number }\n')}${tags}`;
  assert.match((await faultsOf(context, { text })).join('\n'), /a\.yaml:8:9#.*parameter size has no default/);
  const json = '{"heat_template_version": "2016-10-14", "parameters": {"size": {"type": "number"}}}\n';
  assert.match((await faultsOf(context, { text: json })).join('\n'), /parameter size has no default/);
});

test('a text without tags has to be YAML, and settings of the handler such as it takes', async (context) => {
  const broken = await faultsOf(context, { text: 'heat_template_version: [\n' });
  assert.match(broken.join('\n'), /template_file \(heat_template\): line \d+ of the template: /);
  const mappings = '{ heat_timeout: C500, rollback: { constant: true } }';
  const settings = await faultsOf(context, { text: hot('  a: { default: 1 }\n'), mappings });
  assert.match(settings.join('\n'), /a\.yaml:3:27#.*heat_timeout \(heat_template\): an integer from 1 to 110/);
  assert.match(settings.join('\n'), /rollback \(heat_template\): stacks are not rolled back/);
});

test('warnings have places, and are no faults; a template that is not there is one', async (context) => {
  const schema = schemas('monitoring_worker').replace('state_versioning', 'colour: red, state_versioning');
  const folder = await folderOf(context, {
    'main/schemas/a.yaml': schema,
    'main/templates/a.yaml': 'heat_template:\n  - id: other\n    template_file: ""\n',
  });
  const { fault, warnings } = await checkCatalog(join(folder, 'main'));
  assert.equal(fault, null);
  assert.deepEqual(warnings, [
    'main/schemas/a.yaml:6:17#/schemas/0/metadata/colour (thing): metadata.colour is not known and is ignored',
    'main/schemas/a.yaml:6:5#/schemas/0/metadata (thing): no template thing is here: jobs fail until one is created through the API',
  ]);
});

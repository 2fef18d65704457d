import assert from 'node:assert/strict';
import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadCatalog } from '../../src/catalog/catalog.ts';
import { isKamadoError } from '../../src/kernel/errors.ts';
import { limits } from '../../src/kernel/limits.ts';
import { compileModel } from '../../src/schema/compile-model.ts';
import { parseMapping } from '../../src/schema/mapping-parser.ts';
import { isSecretMapping } from '../../src/schema/mapping-secrets.ts';
import { evaluateStatus } from '../../src/schema/status-machine.ts';
import { createValidator } from '../../src/schema/validator.ts';
import { folderOf, shipped, templateSchema } from './catalog-files.ts';
import { objectOf, readLines, skipWithoutTraces, traces } from './recordings.ts';

async function faults(path: string): Promise<readonly string[]> {
  try {
    await loadCatalog(path);
  } catch (error) {
    assert.ok(isKamadoError(error, 'SCHEMA_INVALID'), String(error));
    return error.message.split('\n').slice(1);
  }
  return [];
}

const thing = (id: string): string => `
  - id: ${id}
    singular: ${id}
    plural: ${id}s
    prefix: /v2.0
    title: Thing
    schema:
      type: object
      required: [size]
      properties:
        size: { type: integer, permission: [create] }
        note: { type: string, default: none, permission: [create] }
`;

test('the catalogue of 2017: both handlers, the recorded template, no warnings', async () => {
  const { model, rows, documents } = await loadCatalog(shipped('network-2017'));
  assert.deepEqual([...model.byUrl.keys()].sort(), ['/v2.0/edge_routers', '/v2.0/ha_routers', '/v2.0/heat_templates']);
  assert.deepEqual(model.warnings, []);
  const [edge, ha] = ['edge_router', 'ha_router'].map((id) => model.types.get(id));
  for (const type of [edge, ha]) {
    assert.equal(type?.statusMachine?.name, '2017');
    assert.equal(type?.twoStepDeletion, true);
    const template = { kind: 'constant', value: `${type?.id}_monitoring` };
    assert.deepEqual(type?.handlers, [{ handler: 'monitoring_worker', template, retry: null, stateForm: '2018' }]);
  }
  assert.equal(edge?.property.get('password')?.secret, true);
  assert.deepEqual(
    rows.map(({ id }) => id),
    ['edge_router_monitoring', 'ha_router_monitoring'],
  );
  assert.deepEqual(compileModel(documents), model);
});

test('a password reaches the template as a secret, and every value of a tenant is quoted', async () => {
  for (const name of ['network-2017', 'network-2018']) {
    const { model, rows } = await loadCatalog(shipped(name));
    const body = objectOf(rows.find(({ id }) => id === 'edge_router_monitoring')?.body);
    const secrets = Object.entries(objectOf(body.parameter_mappings))
      .filter(([param, source]) => isSecretMapping(parseMapping(source, param), model, 'edge_router'))
      .map(([param]) => param);
    assert.deepEqual(secrets, ['password']);
    for (const [hole] of String(body.template_file).matchAll(/\{\{.*?\}\}/g)) assert.match(hole, /\| tojson \}\}$/);
  }
});

test('the HA router of 2017 and its template are as recorded', { skip: skipWithoutTraces }, async () => {
  const lines = readLines('ha_router', 'recorded_2017.jsonl');
  const { model, rows } = await loadCatalog(shipped('network-2017'));
  const template = lines
    .map(({ value }) => objectOf(objectOf(value).body))
    .find(({ id }) => id === 'ha_router_monitoring');
  assert.deepEqual(rows.find(({ id }) => id === 'ha_router_monitoring')?.body, template);

  const type = model.types.get('ha_router');
  const post = lines.find(({ trace, method }) => trace === 'request' && method === 'POST');
  assert.ok(type);
  const { body } = createValidator(model).create(type, objectOf(objectOf(post?.body).ha_router));
  // What the server computes comes in the transaction.
  const { id, status, available_gateways, ...response } = objectOf(objectOf(post?.response).ha_router);
  assert.equal(available_gateways, body.maximum_gateways);
  assert.deepEqual({ ...body, id, status }, { ...response, id, status });
});

test('the HA router of 2018 waits for both of its routers', async () => {
  const { model } = await loadCatalog(shipped('network-2018'));
  const type = model.types.get('ha_router');
  const machine = type?.statusMachine;
  assert.ok(machine);
  assert.deepEqual(type?.handlers, []);
  const at = (orchestration_state: string, primary: string, secondary: string, current_status: string) =>
    evaluateStatus(machine, {
      orchestration_state,
      current_status,
      primary_router_status: primary,
      secondary_router_status: secondary,
    });
  assert.equal(at('CREATE_IN_PROGRESS', 'PENDING_CREATE', 'ACTIVE', 'NO_STATE'), 'PENDING_CREATE');
  assert.equal(at('SYNC_COMPLETE', 'PENDING_CREATE', 'ACTIVE', 'PENDING_CREATE'), null);
  assert.equal(at('SYNC_COMPLETE', 'ACTIVE', 'ERROR', 'PENDING_CREATE'), null);
  assert.equal(at('SYNC_COMPLETE', 'ACTIVE', 'ACTIVE', 'PENDING_CREATE'), 'ACTIVE');
});

test('a dump of the original is a catalogue of one file', { skip: skipWithoutTraces }, async () => {
  const { model, rows } = await loadCatalog(join(traces, 'schemas.json'));
  assert.equal(model.types.size, 75);
  assert.deepEqual(rows, []);
});

test('files are read recursively in order, includes once, rows with their defaults', async (context) => {
  const folder = await folderOf(context, {
    'main/schemas/b.yaml': `schemas:${thing('b')}  - ../../common/c.yml\n  - ./deep/d.json\n`,
    'main/schemas/a.yaml': `policies: []\nextensions:\nschemas:${thing('a')}  - ../../common/c.yml\n`,
    'main/schemas/deep/d.json': JSON.stringify({
      schemas: [{ id: 'd', type: 'abstract', schema: { properties: {} } }],
    }),
    'main/schemas/.hidden.yaml': 'nonsense: 1',
    'main/schemas/readme.txt': 'nonsense',
    'common/c.yml': `schemas:${thing('c')}`,
    'main/templates/rows.yaml': 'a:\n  - { id: one, size: 1 }\n  - { id: two, size: 2, note: x }\n',
  });
  const { model, rows } = await loadCatalog(join(folder, 'main'));
  assert.deepEqual([...model.types.keys()], ['a', 'c', 'b']);
  assert.deepEqual(rows, [
    { type: 'a', id: 'one', body: { id: 'one', size: 1, note: 'none' } },
    { type: 'a', id: 'two', body: { id: 'two', size: 2, note: 'x' } },
  ]);
});

test('all faults of all files at once, with file, line and column', async (context) => {
  const folder = await folderOf(context, {
    'main/schemas/a.yaml': `schemas:${thing('a').replace('type: integer', 'typ: integer')}`,
    'main/schemas/b.yaml': 'schemas:\n  - [unclosed\n',
    'main/schemas/c.yaml':
      'schemas:\n  - 7\n  - https://example.org/x.yaml\n  - ./absent.yaml\n  - ../../../etc.yaml\nunknown: []\nnamespaces: [{ id: n }]\n',
    'main/schemas/d.yaml': 'policies:\n  - id: x\n',
    'main/schemas/e.json': '{"schemas": [',
    'main/schemas/f.yaml': `schemas:${thing('f')}    metadata: { since: 2017-05-11 }\n`,
    'main/schemas/g.yaml': '- 1\n',
    'main/schemas/i.yaml': `schemas:${thing('i')}        big: { type: object, default: { s: [1, 1234567890123456789] } }\n`,
    'main/schemas/j.yaml': `schemas:${thing('j')}        far: { type: number, default: 0.1234567890123456789 }\n`,
    'main/schemas/k.yaml': `schemas:${thing('k')}        hex: { type: object, default: { s: 0xffffffffffffffff } }\n`,
    'main/schemas/l.yaml': `schemas:${thing('l')}        key: { type: object, default: { 1234567890123456789: 1 } }\n`,
    'main/schemas/m.json': '{"schemas": [\n{"id": 9007199254740993}]}',
    'main/schemas/h.yaml': `schemas:${thing('h')}        on: { type: string }\n`,
  });
  const found = await faults(join(folder, 'main'));
  for (const pattern of [
    /main\/schemas\/a\.yaml:11:17#\/schemas\/0\/schema\/properties\/size\/typ \(a\): unknown key; did you mean type\?$/,
    /main\/schemas\/b\.yaml:3:1: not YAML/,
    /c\.yaml:2:5#\/schemas\/0: a schema or the path/,
    /c\.yaml:3:5#\/schemas\/1: only local files/,
    /c\.yaml:4:5#\/schemas\/2: there is no such file/,
    /c\.yaml:5:5#\/schemas\/3: there is no such file/,
    /c\.yaml:7:14#\/namespaces\/0: \{id, prefix, parent\?\} is expected/,
    /c\.yaml:6:1#\/unknown: unknown key/,
    /d\.yaml:1:1#\/policies: policies are not evaluated/,
    /e\.json:1:14: not JSON/,
    /f\.yaml:13:24: holds a value that JSON cannot represent/,
    /h\.yaml:13:9: a key such as y, no or on/,
    /g\.yaml:1:1: an object is expected/,
    /i\.yaml:13:48: this value is an integer beyond 2\^53/,
    /j\.yaml:13:39: this value is a number with more digits than are kept/,
    /k\.yaml:13:44: this value is an integer beyond 2\^53/,
    /l\.yaml:13:41: this value is an integer beyond 2\^53/,
    /m\.json:2:8: \/schemas\/0\/id is an integer beyond 2\^53/,
  ]) {
    assert.ok(
      found.some((line) => pattern.test(line)),
      `${pattern} in\n${found.join('\n')}`,
    );
  }
});

test('rows that do not fit are refused with their place', async (context) => {
  const folder = await folderOf(context, {
    'main/schemas/a.yaml': `schemas:${thing('a')}`,
    'main/templates/rows.yaml':
      'a:\n  - { id: one }\n  - { size: 1 }\n  - { id: two, size: 2 }\n  - { id: two, size: 2 }\n  - 7\nb:\n  - { id: x }\n',
  });
  const found = await faults(join(folder, 'main'));
  assert.deepEqual(found, ['main/templates/rows.yaml:6:5#/a/4: a row is an object']);
  await writeFile(
    join(folder, 'main/templates/rows.yaml'),
    'a:\n  - { id: one }\n  - { size: 1 }\n  - { id: two, size: 2 }\n  - { id: two, size: 2 }\nb:\n  - { id: x }\n',
  );
  assert.deepEqual(await faults(join(folder, 'main')), [
    'main/templates/rows.yaml:2:5#/a/0/size (a): size is required',
    'main/templates/rows.yaml:3:5#/a/1/id (a): a row of a catalogue needs an id',
    'main/templates/rows.yaml:5:7#/a/3/id (a): another row has this id',
    'main/templates/rows.yaml:7:5#/b/0 (b): there is no type b with resources',
  ]);
});

test('a template is checked against the types that use it', async (context) => {
  const folder = await folderOf(context, {
    'main/schemas/a.yaml': `schemas:${thing('a')}    metadata: { state_versioning: true, template_path: Ca }${templateSchema}`,
    'main/templates/rows.yaml': 'heat_template:\n  - id: a\n    parameter_mappings: { x: Psize, w: Pweight, z: Q }\n',
  });
  assert.deepEqual(await faults(join(folder, 'main')), [
    'main/templates/rows.yaml:3:37#/heat_template/0/parameter_mappings/w/field (heat_template): a has no property weight',
    'main/templates/rows.yaml:3:49#/heat_template/0/parameter_mappings/z (heat_template): character 0: one of the operators C, P, V, O, F, M, A is expected',
  ]);
});

test('mappings are checked wherever they stand, each fault with its file, line and column', async (context) => {
  const folder = await folderOf(context, {
    'main/schemas/a.yaml': `schemas:${thing('a')}    metadata:
      state_versioning: true
      handlers:
        - { handler: first, template: Ca }
        - handler: second
          template:
            if_mapping: { equal: [{ field: sise }, { constant: 1 }] }
            then_mapping: Ca
`,
    'main/schemas/b.yaml': `schemas:${thing('b')}    metadata:
      state_versioning: true
      template_path: ACb_&Psise
`,
    'main/schemas/c.yaml': `schemas:${thing('c')}    metadata:
      state_versioning: true
      template_path: Fa+note:note
`,
  });
  assert.deepEqual(await faults(join(folder, 'main')), [
    'main/schemas/a.yaml:19:37#/schemas/0/metadata/handlers/1/template/if_mapping/equal/0/field (a): a has no property sise; did you mean size?',
    'main/schemas/b.yaml:15:7#/schemas/0/metadata/template_path/concatenate/1/field (b): b has no property sise; did you mean size?',
    'main/schemas/c.yaml:15:7#/schemas/0/metadata/template_path (c): only properties of the resource itself can be used',
  ]);
});

test('a template is checked against every type that can name it, and where none does by itself', async (context) => {
  const folder = await folderOf(context, {
    'main/schemas/a.yaml': `schemas:${thing('a')}        kind: { type: string, enum: [x, y], permission: [create] }
    metadata: { state_versioning: true, template_path: ACa_&Pkind }${templateSchema}`,
    'main/templates/rows.yaml': `heat_template:
  - id: a_x
    parameter_mappings:
      fine: Psize
      wrong: Pweight
  - id: a_z
    parameter_mappings:
      fine: Pweight
      wrong: { field: name, path: [{ type: nothing, id: size }] }
`,
  });
  assert.deepEqual(await faults(join(folder, 'main')), [
    'main/templates/rows.yaml:5:7#/heat_template/0/parameter_mappings/wrong/field (heat_template): a has no property weight',
    'main/templates/rows.yaml:9:36#/heat_template/1/parameter_mappings/wrong/path/0 (heat_template): there is no type nothing',
  ]);
});

test('nothing outside of the folder of the catalogue is read, links included', async (context) => {
  const folder = await folderOf(context, {
    'outside/x.yaml': `schemas:${thing('x')}`,
    'inner/main/schemas/a.yaml': 'schemas:\n  - ../../../outside/x.yaml\n',
  });
  await symlink(join(folder, 'outside/x.yaml'), join(folder, 'inner/main/schemas/link.yaml'));
  const found = await faults(join(folder, 'inner/main'));
  assert.equal(found.length, 1);
  assert.match(found.join(), /lies outside of the folder of the catalogue/);
});

test('endless includes, aliases, nesting and size end in a fault', async (context) => {
  const chain = Object.fromEntries(
    Array.from({ length: limits.includeDepth + 2 }, (_, i) => [
      `main/more/${i}.yaml`,
      `schemas:\n  - ./${i + 1}.yaml\n`,
    ]),
  );
  const folder = await folderOf(context, {
    ...chain,
    'main/schemas/a.yaml': 'schemas:\n  - ./a.yaml\n  - ../more/0.yaml\n',
    'main/schemas/bomb.yaml': `a: &a [x, x]\n${[...'bcdefghij'].map((name, i) => `${name}: &${name} [${`*${'abcdefghij'[i]},`.repeat(9)}]`).join('\n')}\n`,
    'main/schemas/deep.yaml': `schemas: ${'['.repeat(200)}${']'.repeat(200)}`,
    'main/schemas/large.json': ' '.repeat(limits.schemaFileBytes + 1),
  });
  const found = (await faults(join(folder, 'main'))).join('\n');
  assert.match(found, /includes are nested deeper than/);
  assert.match(found, /bomb\.yaml: not usable YAML/);
  assert.match(found, /deep\.yaml: holds a value that JSON cannot represent/);
  assert.match(found, /large\.json: cannot be read: it is larger than/);
});

test('a path without a catalogue is CATALOG_UNREADABLE', async (context) => {
  const folder = await folderOf(context, { 'main/x.txt': '' });
  for (const path of [join(folder, 'absent'), join(folder, 'main')]) {
    await assert.rejects(loadCatalog(path), (error) => isKamadoError(error, 'CATALOG_UNREADABLE'));
  }
});

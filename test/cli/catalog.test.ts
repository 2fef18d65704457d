import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { checkCatalog } from '../../src/catalog/catalog-check.ts';
import { editorFiles } from '../../src/catalog/editor-files.ts';
import { createCatalog, pluralOf } from '../../src/catalog/new-catalog.ts';
import { isKamadoError } from '../../src/kernel/errors.ts';
import { startApplicationHere } from '../acceptance/application-here.ts';
import { objectOf, untilStatus } from '../acceptance/rest.ts';
import { assertFailed, kamado, packageRoot, temporaryFolder } from './helpers.ts';

describe('kamado catalog check', () => {
  it('says what a catalogue holds', async (t) => {
    const checked = await kamado(t, ['catalog', 'check', join(packageRoot, 'catalog', 'network-2017')]);
    assert.equal(checked.code, 0, checked.stderr);
    assert.match(checked.stdout, /no faults\n {2}3 types, 2 relations, 2 initial rows/);
    assert.deepEqual(await kamado(t, ['schema', 'check']), await kamado(t, ['catalog', 'check']));
  });

  it('lists all faults of a wrong schema file, which cannot be started either', async (t) => {
    const folder = temporaryFolder(t);
    const file = join(folder, 'wrong.yaml');
    writeFileSync(
      file,
      `schemas:
  - id: thing
    singular: thing
    plural: things
    title: Thing
    prefix: /v2.0
    schema:
      type: object
      properties:
        id: { type: string }
        size: { type: huge }
  - id: other
    singular: other
    plural: others
    title: Other
    prefix: /v2.0
    schema:
      type: object
      properties:
        id: { type: string }
        thing_id: { type: string, relation: nowhere }
`,
    );
    for (const args of [
      ['catalog', 'check', file],
      ['catalog', 'check', '--catalog', file],
      ['schema', 'check', file],
      ['up', '--catalog', file, '--data-dir', join(folder, 'data'), '--port', '0'],
    ]) {
      const checked = await kamado(t, args);
      assertFailed(checked, 1, /fault\(s\) in the schema files/);
      assert.match(
        checked.stderr,
        /wrong\.yaml:21:35#\/schemas\/1\/schema\/properties\/thing_id\/relation \(other\): there is no schema nowhere/,
      );
      assert.match(checked.stderr, /wrong\.yaml:11:17#\/schemas\/0\/schema\/properties\/size\/type \(thing\)/);
      assert.match(checked.stderr, /Correct the files named/);
    }
  });

  it('says what cannot be read', async (t) => {
    const missing = join(temporaryFolder(t), 'missing');
    assertFailed(await kamado(t, ['catalog', 'check', missing]), 1, /cannot be read/);
    assertFailed(await kamado(t, ['up', '--catalog', missing]), 1, /cannot be read/);
  });

  it('tells warnings from faults: they end with 0', async (t) => {
    const folder = temporaryFolder(t);
    const copy = join(folder, 'new');
    assert.equal((await kamado(t, ['catalog', 'new', copy])).code, 0);
    const file = join(copy, 'schemas', 'my_services.yaml');
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replace('template: Cmy_service', 'template: Cmy_srevice'));
    const warned = await kamado(t, ['catalog', 'check', copy]);
    assert.equal(warned.code, 0, warned.stderr);
    assert.match(warned.stdout, /no faults, 1 warning\n/);
    assert.match(
      warned.stderr,
      /^warning: new\/schemas\/my_services\.yaml:\d+:5#\S+ \(my_service\): no template my_srevice is here/,
    );
    writeFileSync(file, text.replace('relation: site', 'relation: sites'));
    assertFailed(await kamado(t, ['catalog', 'check', copy]), 1, /there is no schema sites; did you mean site\?/);
  });

  it('looks into the texts of templates', async (t) => {
    const copy = join(temporaryFolder(t), 'new');
    await kamado(t, ['catalog', 'new', copy]);
    const file = join(copy, 'templates', 'my_services.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace('site | tojson }}', 'site | tojsn( }}'));
    const line =
      readFileSync(file, 'utf8')
        .split('\n')
        .findIndex((text) => text.includes('tojsn')) + 1;
    const found = await kamado(t, ['catalog', 'check', copy]);
    assertFailed(
      found,
      1,
      new RegExp(`my_services\\.yaml:${line}:9#/heat_template/0/template_file .*: line 4 of the template`),
    );
  });
});

describe('kamado catalog new', () => {
  for (const type of ['my_service', 'vpn_gateway', 'policy']) {
    it(`makes a catalogue with ${type} that checks clean, starts and serves`, async (t) => {
      const folder = join(temporaryFolder(t), 'shop');
      const made = await kamado(t, ['catalog', 'new', folder, '--type', type]);
      assert.equal(made.code, 0, made.stderr);
      const checked = await kamado(t, ['catalog', 'check', folder]);
      assert.deepEqual({ ...checked, stdout: '' }, { code: 0, stdout: '', stderr: '' });
      assert.match(checked.stdout, /no faults\n {2}3 types, 1 relation, 1 initial row/);
      for (const [name, text] of editorFiles) {
        assert.equal(readFileSync(join(folder, 'editor', name), 'utf8'), text);
        const kind = name.replace('.schema.json', '');
        const first = `# yaml-language-server: $schema=../editor/${name}\n`;
        for (const file of readdirSync(join(folder, kind))) {
          assert.ok(readFileSync(join(folder, kind, file), 'utf8').startsWith(first), file);
        }
      }
      const plural = type === 'policy' ? 'policies' : `${type}s`;
      const application = await startApplicationHere({ catalog: folder, dataDir: join(folder, 'data') });
      t.after(() => application.close());
      const site = await application.rest.create('/v1.0/sites', { name: 'north' });
      const body = { [type]: { name: 'first', site_id: site.id ?? null } };
      const { status, body: answer } = await application.rest.call('POST', `/v1.0/${plural}`, body);
      assert.equal(status, 201);
      const { id, size } = objectOf(objectOf(answer)[type]);
      assert.equal(size, 'small');
      await untilStatus(application.rest, `/v1.0/${plural}/${id}`, 'ACTIVE');
      assert.deepEqual(application.fatal, []);
    });
  }

  it('takes every name that a type can have, and no other', async (t) => {
    const folder = temporaryFolder(t);
    for (const type of ['template', 'my_services', 'x', 'schema', 'sites', 'tenant']) {
      await createCatalog(join(folder, type), type);
      const { fault, warnings, model } = await checkCatalog(join(folder, type));
      assert.equal(fault, null, type);
      assert.deepEqual(warnings, []);
      assert.ok(model.types.has(type));
    }
    for (const type of [
      '',
      'y',
      'no',
      'null',
      'true',
      'site',
      'heat_template',
      'constructor',
      'a-b',
      '1a',
      'a'.repeat(48),
    ]) {
      await assert.rejects(createCatalog(join(folder, 'none'), type), (error) => isKamadoError(error, 'USAGE'));
    }
    assert.ok(!existsSync(join(folder, 'none')));
  });

  it('refuses a folder that is not empty, and what is no folder', async (t) => {
    const folder = temporaryFolder(t);
    const kept = join(folder, 'kept.txt');
    writeFileSync(kept, 'mine');
    assertFailed(await kamado(t, ['catalog', 'new', folder]), 1, /cannot be written to .*: it is not empty/);
    assertFailed(await kamado(t, ['catalog', 'new', kept]), 1, /cannot be written to /);
    assert.deepEqual(readdirSync(folder), ['kept.txt']);
  });

  it('knows plurals', () => {
    const plurals = ['route', 'policy', 'gateway', 'bus', 'box', 'switch', 'mesh'].map(pluralOf);
    assert.deepEqual(plurals, ['routes', 'policies', 'gateways', 'buses', 'boxes', 'switches', 'meshes']);
  });
});

describe('kamado catalog docs', () => {
  it('prints the reference, or writes it to a file', async (t) => {
    const file = join(temporaryFolder(t), 'reference.md');
    const catalog = join(packageRoot, 'catalog', 'openstack');
    const printed = await kamado(t, ['catalog', 'docs', catalog]);
    assert.equal(printed.code, 0, printed.stderr);
    assert.match(printed.stdout, /^# Catalogue openstack\n/);
    assert.deepEqual(await kamado(t, ['catalog', 'docs', '--catalog', catalog, '--out', file]), {
      code: 0,
      stdout: '',
      stderr: '',
    });
    assert.equal(readFileSync(file, 'utf8'), printed.stdout);
    assertFailed(await kamado(t, ['catalog', 'docs', '--out', join(file, 'x')]), 1, /cannot be written/);
    assertFailed(await kamado(t, ['catalog', 'docs', join(file, 'x')]), 1, /cannot be read/);
  });
});

describe('kamado catalog editor', () => {
  it('writes what belongs to this version over what is there', async (t) => {
    const folder = temporaryFolder(t);
    mkdirSync(join(folder, 'editor'));
    writeFileSync(join(folder, 'editor', 'schemas.schema.json'), 'old');
    assert.equal((await kamado(t, ['catalog', 'editor', folder])).code, 0);
    for (const [name, text] of editorFiles) assert.equal(readFileSync(join(folder, 'editor', name), 'utf8'), text);
  });
});

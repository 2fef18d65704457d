import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { loadCatalog, readSchemas } from '../../src/catalog/catalog.ts';
import { checkCatalog } from '../../src/catalog/catalog-check.ts';
import { writeTypeDeclarations } from '../../src/catalog/type-declarations.ts';
import { loadHookModules } from '../../src/hooks/load-hooks.ts';
import { openCatalogRoot } from '../../src/kernel/fenced-folder.ts';
import { catalogFolder, firewallCatalog, firewallSchemas, hooksOf } from './hooks-catalog.ts';

/** The lines of all faults, without the folder. */
async function faultsOf(folder: string): Promise<readonly string[]> {
  const { fault } = await checkCatalog(folder);
  return (fault?.message ?? '').split('\n').slice(1).sort();
}

test('all faults of hooks are told at once, with file and place', async (t) => {
  const folder = firewallCatalog(t, {
    'a.ts': hooksOf(`pre_craete() {}, post_create: 7,`),
    'b.js': hooksOf(`pre_create() {}`, 'firewal'),
    'c.mjs': hooksOf(`actions: { rebot() {}, reboot() {} }`),
    'd.ts': hooksOf(`*post_state_update_in_transaction() {}`, 'site'),
    'lib/helper.ts': 'export const x: number = 1;',
    'types.d.ts': 'no typescript at all',
  });
  assert.deepEqual(await faultsOf(folder), [
    'shop/hooks/a.ts:3:1#/hooks/pre_craete: there is no event pre_craete; did you mean pre_create?',
    'shop/hooks/a.ts:3:18#/hooks/post_create: a hook is a function',
    'shop/hooks/b.js:2:35#/hooks: there is no type firewal with resources; did you mean firewall?',
    'shop/hooks/c.mjs:3:12#/hooks/actions/rebot: firewall has no action rebot; did you mean reboot?',
    'shop/hooks/c.mjs:3:24#/hooks/actions/reboot: another module has a hook for this action',
    'shop/hooks/d.ts:3:2#/hooks/post_state_update_in_transaction: site has no state_versioning: never',
  ]);
});

test('modules that are no modules are faults with their places', async (t) => {
  const syntax = firewallCatalog(t, { 'a.ts': 'export const x = ;', 'b.ts': '\n  enum A { B }' });
  const [first, second] = await faultsOf(syntax);
  assert.match(first ?? '', /^shop\/hooks\/a\.ts:1:18: not erasable TypeScript: /);
  assert.match(second ?? '', /^shop\/hooks\/b\.ts:2:3: not erasable TypeScript: .*enum/);
  const throwing = firewallCatalog(t, {
    'a.js': 'export const x = (;',
    'b.ts': "import './missing.ts';",
    'c.ts': '\nthrow new Error("at once");',
    'd.ts': "import '../../elsewhere.ts';",
  });
  const faults = await faultsOf(throwing);
  assert.match(faults[0] ?? '', /^shop\/hooks\/a\.js(?::1:\d+)?: cannot be loaded: /);
  assert.match(faults[1] ?? '', /^shop\/hooks\/b\.ts.*: cannot be loaded: .*missing\.ts/);
  assert.match(faults[2] ?? '', /^shop\/hooks\/c\.ts:2:7: cannot be loaded: at once$/);
  assert.match(faults[3] ?? '', /^shop\/hooks\/d\.ts.*outside of the folder hooks/);
});

test('a module says why it is not loaded: a name that kamado lacks, a wait without end', async (t) => {
  const folder = firewallCatalog(t, {
    'a.ts': "import { defineHook } from 'kamado';\nexport const a = defineHook('firewall', {});",
    'b.ts': "import { nothing } from './lib.ts';\nexport const b = nothing;",
    'lib.ts': 'export const some: number = 1;',
  });
  const faults = await faultsOf(folder);
  assert.match(faults[0] ?? '', /^shop\/hooks\/a\.ts:1:\d+: cannot be loaded: .*export named 'defineHook'/);
  assert.match(faults[1] ?? '', /^shop\/hooks\/b\.ts.*: cannot be loaded: .*nothing/);
  const waiting = await openCatalogRoot(firewallCatalog(t, { 'a.ts': 'await new Promise(() => {});' }));
  const loaded = await loadHookModules(waiting, 50);
  // On a busy machine the other modules may take longer than that, too.
  assert.deepEqual(
    loaded.faults.filter(({ file }) => file.endsWith('/a.ts')).map(({ reason }) => reason),
    ['cannot be loaded: its top-level await has not ended after 50 ms'],
  );
});

test('hooks that could never run are faults', async (t) => {
  const folder = firewallCatalog(t, {
    'a.ts': hooksOf(
      'async pre_create_in_transaction() {}, async *post_delete_in_transaction() {}, async pre_create() {}',
    ),
    'b.ts': hooksOf('pre_create() {}').replace('export ', ''),
  });
  const reason = 'it is async: inside of a transaction nothing can be waited for, write a generator (*)';
  const reported = await faultsOf(folder);
  assert.deepEqual(
    reported.map((line) => line.replace(/:\d+:\d+/, '')),
    ['shop/hooks/b.ts: hooks of firewall are defined and not exported: they would never run'],
  );
  writeFileSync(join(folder, 'hooks/b.ts'), 'export const helper = 1;');
  assert.deepEqual(
    (await faultsOf(folder)).map((line) => line.replace(/:\d+:\d+/, '')),
    [
      `shop/hooks/a.ts#/hooks/post_delete_in_transaction: ${reason}`,
      `shop/hooks/a.ts#/hooks/pre_create_in_transaction: ${reason}`,
    ],
  );
});

test('an action needs a hook, a path of its own and schemas that hold', async (t) => {
  const wrong = firewallSchemas
    .replace('path: /close_all', 'path: /:id/reboot')
    .replace('{ type: object, required: [closed]', '{ type: objet, required: [closed]');
  const folder = catalogFolder(t, { 'schemas/firewalls.yaml': wrong });
  const faults = await faultsOf(folder);
  assert.equal(faults.filter((line) => line.includes('there is no hook for this action')).length, 3);
  assert.ok(
    faults.some((line) => /:\d+:\d+#\/schemas\/1\/actions\/close_all\/path .*taken by the action reboot/.test(line)),
  );
  assert.ok(faults.some((line) => /#\/schemas\/1\/actions\/close_all\/output /.test(line)));
});

test('a single schema file has no hooks: its actions are a warning', async (t) => {
  const folder = catalogFolder(t, { 'schemas/firewalls.yaml': firewallSchemas });
  const { fault, warnings } = await checkCatalog(join(folder, 'schemas/firewalls.yaml'));
  assert.equal(fault, null);
  assert.equal(warnings.filter((line) => line.includes('it is not served')).length, 3);
});

test('modules import packages that lie beside the catalogue', async (t) => {
  const folder = firewallCatalog(t, {
    'a.ts': `import { price } from 'prices';\n${hooksOf('pre_create() { return { reboots: price }; }')}`,
  });
  const place = join(folder, 'node_modules/prices');
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, 'package.json'), '{"name": "prices", "type": "module", "exports": "./index.js"}');
  writeFileSync(join(place, 'index.js'), 'export const price = 7;');
  const { hooks } = await loadCatalog(folder);
  assert.deepEqual(hooks.of('firewall', 'pre_create')[0]?.({}), { reboots: 7 });
});

test('modules import each other; what is read again is new, and its hash says whether it differs', async (t) => {
  const folder = firewallCatalog(t, {
    'a.ts': `import { value } from './lib/b.ts';\nimport { join } from 'node:path';\n${hooksOf('pre_create() { return { note: join("x", value) }; }')}`,
    'lib/b.ts': 'export const value: string = "one";',
  });
  const noteOf = async () => {
    const { hooks } = await loadCatalog(folder);
    const [hook] = hooks.of('firewall', 'pre_create');
    return { note: hook?.({}), hash: hooks.hash };
  };
  const first = await noteOf();
  assert.deepEqual(first.note, { note: join('x', 'one') });
  assert.deepEqual(await noteOf(), first);
  writeFileSync(join(folder, 'hooks/lib/b.ts'), 'export const value: string = "two";');
  const second = await noteOf();
  assert.deepEqual(second.note, { note: join('x', 'two') });
  assert.notEqual(second.hash, first.hash);
});

const root = fileURLToPath(new URL('../../..', import.meta.url));

const strict = {
  compilerOptions: {
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    noImplicitReturns: true,
    noUnusedLocals: true,
    noEmit: true,
    target: 'es2023',
    module: 'nodenext',
    erasableSyntaxOnly: true,
    types: [],
  },
  include: ['hooks', 'types.ts'],
};

const wrongHooks = `
import { defineHooks } from 'kamado';
import type { Types } from '../types.ts';
export const hooks = defineHooks<Types, 'firewall'>('firewall', {
  // @ts-expect-error: inside of a transaction nothing can be waited for
  async pre_update_in_transaction() {},
  // @ts-expect-error: no such property
  pre_create({ resource }) { return resource.nam === '' ? { size: 'small' } : undefined; },
  // @ts-expect-error: no such size
  pre_update() { return { size: 'huge' }; },
  *post_create_in_transaction({ tx, resource }) {
    // @ts-expect-error: no such type
    yield* tx.get('sites', 'a');
    const site = yield* tx.get('site', resource.site_id ?? '');
    // @ts-expect-error: it may not be there
    const name: string = site.body.name;
    yield* tx.update('firewall', resource.id, { note: name, rules: [{ port: 7, 'is:open': true }] });
  },
  actions: {
    // @ts-expect-error: no such output
    reset_password() { return { user: 'a' }; },
  },
});
`;

test('the types that are generated hold under strict settings, and see what is wrong', async (t) => {
  const [firstExample] =
    readFileSync(join(root, 'docs/hooks.md'), 'utf8').match(/(?<=```ts\n)import[\s\S]*?(?=```)/) ?? [];
  assert.ok(firstExample, 'docs/hooks.md has an example');
  const folder = firewallCatalog(t, { 'wrong.ts': wrongHooks, 'example.ts': firstExample });
  mkdirSync(join(folder, 'editor'));
  const files = await writeTypeDeclarations(folder, await readSchemas(folder));
  assert.deepEqual(files, [join(folder, 'types.ts'), join(folder, 'editor/kamado.d.ts')]);
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(strict));
  const tsc = join(root, 'node_modules/.bin/tsc');
  const run = promisify(execFile)(tsc, ['-p', folder]);
  await assert.doesNotReject(run, await run.catch((error: { stdout: string }) => error.stdout).then(String));
});

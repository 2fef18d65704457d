import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemRuntime } from '../../src/app/process/system-runtime.ts';
import { loadCatalog } from '../../src/catalog/catalog.ts';
import { readExamples } from '../../src/catalog/examples/read-examples.ts';
import { createCatalog } from '../../src/catalog/new-catalog.ts';
import { runExample } from '../../src/examples/run-example.ts';
import { until } from '../acceptance/rest.ts';
import { blocksOf, Terminal } from '../acceptance/terminal.ts';
import { freePort } from '../support/programs.ts';
import { temporaryFolder } from './helpers.ts';

const page = 'docs/catalogs.md';

test('docs/catalogs.md, word by word', async (t) => {
  const home = temporaryFolder(t);
  const catalog = join(home, 'shop');
  const environment = { PATH: process.env.PATH, HOME: home, KAMADO_PORT: String(await freePort()) };
  const [make = '', check = '', tried = '', up = '', order = '', look = '', ...others] = blocksOf(page, 'sh');
  const [docs = '', explain = '', editor = '', ...rest] = others;
  const [fault = '', ...faults] = blocksOf(page, 'console');
  assert.deepEqual([rest, faults], [[], []]);

  const [first, second] = [new Terminal(environment), new Terminal(environment)];
  t.after(() => Promise.all([first.interrupt(), second.interrupt()]));
  const [exported = ''] = make.split('\n');
  await first.run(make);
  await second.run(exported);
  assert.match(await first.run(check), /shop: no faults/);

  const file = join(catalog, 'schemas', 'vpn_gateways.yaml');
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, text.replace('relation: site', 'relation: sites'));
  const [command = '', ...answer] = fault.trimEnd().split('\n');
  const reported = await first.run(`! ${command.replace('$ ', '')}`);
  assert.equal(reported.replace(/done-\d+\n$/, ''), `${answer.join('\n')}\n`);
  writeFileSync(file, text);

  assert.match(await first.run(tried), /^3 passed, 0 failed$/m);
  first.type(up);
  await until('Kamado serves', () => first.reported.includes('Kamado serves at'));
  assert.match(await second.run(order), /north/);
  await until('it is ACTIVE', async () => /ACTIVE/.test(await second.run(look)));
  await second.run(docs);
  assert.match(readFileSync(join(catalog, 'README.md'), 'utf8'), /^# Catalogue shop\n/);
  assert.match(await second.run(explain), /^vpn_gateway: Vpn gateway: /m);
  assert.match(await second.run(editor), /editor\/schemas\.schema\.json/);
});

test('the line for editors on the page is that of a new catalogue', () => {
  const [, line = ''] = blocksOf(page, 'yaml');
  const starter = readFileSync(join(process.cwd(), 'catalog', 'starter', 'schemas', 'my_services.yaml'), 'utf8');
  assert.equal(starter.split('\n')[0]?.replace('../../', '../'), line.trimEnd());
});

test('the example on the page is one', async (t) => {
  const [example = ''] = blocksOf(page, 'yaml');
  const folder = join(temporaryFolder(t), 'shop');
  await createCatalog(folder, 'vpn_gateway');
  writeFileSync(join(folder, 'examples', 'vpn_gateways.yaml'), example);
  const catalog = await loadCatalog(folder);
  const alive = setInterval(() => {}, 60_000);
  t.after(() => clearInterval(alive));
  for (const read of await readExamples(folder, catalog.model)) {
    assert.equal(await runExample(systemRuntime, catalog, read), null);
  }
});

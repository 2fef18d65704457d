import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { until } from '../acceptance/rest.ts';
import { blocksOf, Terminal } from '../acceptance/terminal.ts';
import { freePort } from '../support/programs.ts';
import { temporaryFolder } from './helpers.ts';

const page = 'docs/catalogs.md';

test('docs/catalogs.md, word by word', async (t) => {
  const home = temporaryFolder(t);
  const catalog = join(home, 'shop');
  const environment = { PATH: process.env.PATH, HOME: home, KAMADO_PORT: String(await freePort()) };
  const [make = '', check = '', up = '', order = '', look = '', docs = '', editor = '', ...rest] = blocksOf(page, 'sh');
  const [fault = '', ...others] = blocksOf(page, 'console');
  assert.deepEqual([rest, others], [[], []]);

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
  const said = await first.run(`! ${command.replace('$ ', '')}`);
  assert.equal(said.replace(/done-\d+\n$/, ''), `${answer.join('\n')}\n`);
  writeFileSync(file, text);

  first.type(up);
  await until('Kamado serves', () => first.said.includes('Kamado serves at'));
  assert.match(await second.run(order), /north/);
  await until('it is ACTIVE', async () => /ACTIVE/.test(await second.run(look)));
  await second.run(docs);
  assert.match(readFileSync(join(catalog, 'README.md'), 'utf8'), /^# Catalogue shop\n/);
  assert.match(await second.run(editor), /editor\/schemas\.schema\.json/);
});

test('the line for editors on the page is that of a new catalogue', () => {
  const [line = ''] = blocksOf(page, 'yaml');
  const starter = readFileSync(join(process.cwd(), 'catalog', 'starter', 'schemas', 'my_services.yaml'), 'utf8');
  assert.equal(starter.split('\n')[0]?.replace('../../', '../'), line.trimEnd());
});

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { heatAvailable, startHeat } from '../support/openstack.ts';
import { freePort } from '../support/programs.ts';
import { needs } from '../support/services.ts';
import { until } from './rest.ts';
import { blocksOf, Terminal } from './terminal.ts';

test('docs/openstack.md, word by word, on a real Heat', needs('heat', heatAvailable()), async (t) => {
  const heat = await startHeat();
  t.after(() => heat.stop());
  const folder = mkdtempSync(join(tmpdir(), 'kamado-howto-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const { PATH, HOME } = process.env;
  const port = String(await freePort());
  const environment = { PATH, HOME, KAMADO_PORT: port, KAMADO_DATA_DIR: join(folder, 'data') };
  const [install = '', credentials = '', up = '', order = '', look = '', ask = '', change = '', ...ends] = blocksOf(
    'docs/openstack.md',
    'sh',
  );
  const [removeClient = '', clients = '', removeKey = '', ...rest] = ends;
  assert.deepEqual(rest, []);
  assert.match(install, /^npm ci /, 'which is how this clone was made ready');

  const [first, second] = [new Terminal(environment), new Terminal(environment)];
  t.after(() => Promise.all([first.interrupt(), second.interrupt()]));
  // Heat stands at another address here.
  const own = credentials.replace('http://127.0.0.1:8004/v1', heat.endpoint);
  assert.notEqual(own, credentials);
  await first.run(own);
  await second.run(own);
  first.type(up);
  await until('Kamado serves', () => first.reported.includes('Kamado serves at'));

  const ordered = await second.run(order);
  assert.match(ordered, /PENDING_CREATE/);
  const seen = await until('both are ACTIVE', async () => {
    const text = await second.run(look);
    return text.match(/ACTIVE/g)?.length === 2 ? text : null;
  });
  assert.match(seen, /heat_outputs/);
  const { stacks } = JSON.parse((await second.run(ask)).replace(/done-\d+\s*$/, '')) as {
    stacks: { stack_name: string }[];
  };
  assert.deepEqual(stacks.map(({ stack_name: name }) => name.replace(/_[^_]*$/, '')).sort(), [
    'access_client',
    'access_key',
  ]);
  assert.match(await second.run(change), /PENDING_UPDATE/);
  await until('the change', async () => /UPDATE_COMPLETE/.test(await second.run(look)));
  await second.run(removeClient);
  await until('the client is gone', async () => !/robot/.test(await second.run(clients)));
  await second.run(removeKey);
  await until('the key is gone', async () => !/blue/.test(await second.run('./bin/kamado client access_key list')));
  const left = JSON.parse((await second.run(ask)).replace(/done-\d+\s*$/, '')) as { stacks: unknown[] };
  assert.deepEqual(left.stacks, []);
  assert.doesNotMatch(first.reported, /"level":(?:50|60)/);
});

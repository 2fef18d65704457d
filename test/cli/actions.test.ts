import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { firewallCatalog } from '../hooks/hooks-catalog.ts';
import { kamado, startUp, temporaryFolder } from './helpers.ts';

test('kamado client does the actions of a type, and shows them', async (t) => {
  const catalog = firewallCatalog(t);
  const { endpoint } = await startUp(t, ['--data-dir', join(temporaryFolder(t), 'data'), '--catalog', catalog]);
  const run = (...args: readonly string[]) =>
    kamado(t, ['client', 'firewall', ...args], { env: { KAMADO_ENDPOINT: endpoint } });
  assert.equal((await run('create', '--id', 'a', '--name', 'first')).code, 0);
  const reset = await run('reset-password', '--username', 'admin', 'first');
  assert.deepEqual(JSON.parse(reset.stdout), { username: 'admin', new_password: 'made-up' });
  assert.match((await run('reboot', 'a')).stdout, /^firewall a: reboot is done\.$/m);
  assert.deepEqual(JSON.parse((await run('close_all')).stdout), { closed: 1 });
  assert.match(
    (await run()).stdout,
    /kamado client firewall reset_password \[--password value\] --username value <id-or-name>/,
  );
  for (const [args, reason] of [
    [['reboot'], /an id or a name is missing/],
    [['reset_password', 'a'], /username is required/],
    [['reset_password', '--user', 'x', 'a'], /no property user/],
    [['close_all', 'a'], /a makes no sense here/],
    [['roast', 'a'], /roast is none of list, .*, reboot/],
  ] as const) {
    const { code, stderr } = await run(...args);
    assert.notEqual(code, 0);
    assert.match(stderr, reason);
  }
});

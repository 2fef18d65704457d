import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { send } from './openstack-helpers.ts';

const main = fileURLToPath(new URL('../../lab/main.js', import.meta.url));

function run(...args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [main, 'openstack', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
}

/** The variables that it prints, once the last one is there. */
async function settings(child: ChildProcess, last: string): Promise<ReadonlyMap<string, string>> {
  let reported = '';
  for await (const bytes of child.stdout ?? []) {
    reported += String(bytes);
    if (reported.includes(`export ${last}=`) && reported.endsWith('\n')) break;
  }
  return new Map([...reported.matchAll(/^export (\w+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]));
}

it('runs a Heat without Keystone, and prints how to use it', async () => {
  const child = run('--port', '0');
  const variables = await settings(child, 'OS_ENDPOINT');
  assert.equal(variables.get('OS_AUTH_TYPE'), 'none');
  assert.equal((await send(`${variables.get('OS_ENDPOINT')}/p/stacks`)).status, 200);
  child.kill('SIGTERM');
  assert.deepEqual(await once(child, 'exit'), [0, null]);
});

it('runs one with Keystone', async () => {
  const child = run('--port=0', '--keystone');
  const variables = await settings(child, 'OS_IDENTITY_API_VERSION');
  assert.equal((await send(variables.get('OS_AUTH_URL') ?? '')).status, 200);
  child.kill('SIGINT');
  assert.deepEqual(await once(child, 'exit'), [0, null]);
});

for (const args of [['--port', 'x'], ['--port', '70000'], ['--loud']]) {
  it(`refuses ${args.join(' ')}`, async () => {
    const child = run(...args);
    let reported = '';
    child.stderr?.on('data', (bytes: Buffer) => {
      reported += bytes.toString();
    });
    assert.deepEqual(await once(child, 'close'), [1, null]);
    assert.match(reported, new RegExp(args[0] ?? ''));
  });
}

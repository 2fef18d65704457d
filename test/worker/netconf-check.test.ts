import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { generateHostKey } from '../../lab/host-keys.ts';
import { type Router, type RouterOptions, startRouter } from '../../lab/router.ts';
import type { JsonObject } from '../../src/kernel/json.ts';
import { withCode } from '../store/helpers.ts';
import { until } from '../support/until.ts';
import { keyOf } from '../support/work.ts';
import { monitoring } from './monitoring.ts';

const template = `router:
  type: netconf
  ip: {{ ip }}
  port: {{ port }}
  login: {{ login | tojson }}
  password: {{ password | tojson }}
  time_between_retries: 0.05
  timeout: 10
`;

async function router(t: TestContext, options: Partial<RouterOptions> = {}): Promise<Router> {
  const started = await startRouter({
    name: 'r',
    host: '127.0.0.1',
    port: 0,
    login: 'admin',
    password: 'b: {c}',
    hostKeyPem: generateHostKey(),
    ...options,
  });
  t.after(() => started.close());
  return started;
}

const parameters = ({ address, port }: Router, password = 'b: {c}'): JsonObject => ({
  ip: address,
  port,
  login: 'admin',
  password,
});

test('a router that answers is ACTIVE; its key is pinned, and forgotten with the resource', async (t) => {
  const { desk, run } = await monitoring(t);
  const one = await router(t);
  assert.deepEqual(await run(template, parameters(one)), { state_monitoring: { router: 'ACTIVE' } });
  assert.equal(one.sessions.established, 1);
  const pinned = await desk.value(keyOf('hostKey', 'look', 'l'));
  assert.match(pinned ?? '', /^SHA256:/);
  await run(template, parameters(one));
  assert.equal(await desk.value(keyOf('hostKey', 'look', 'l')), pinned);
  await run(template, {}, 'delete');
  assert.equal(await desk.value(keyOf('hostKey', 'look', 'l')), pinned);
  await run(template, {}, 'logical_delete');
  assert.equal(await desk.value(keyOf('hostKey', 'look', 'l')), undefined);
});

test('a router that refuses is tried again until it answers, without a slot', async (t) => {
  const { run, outside } = await monitoring(t);
  const one = await router(t, { fault: { kind: 'refuse' } });
  const done = run(template, parameters(one));
  await until(() => one.sessions.connections >= 3, 'it is tried again');
  assert.equal(outside(), 1);
  one.setFault({ kind: 'none' });
  assert.deepEqual(await done, { state_monitoring: { router: 'ACTIVE' } });
});

test('a wrong password fails at once, and stands in no error', async (t) => {
  const { run } = await monitoring(t);
  const one = await router(t);
  await assert.rejects(
    run(template, parameters(one, 'not-the-password')),
    (error) => withCode('NETCONF_AUTHENTICATION')(error) && !String(error).includes('not-the-password'),
  );
  assert.equal(one.sessions.connections, 1);
});

test('another host key than before is refused', async (t) => {
  const { run } = await monitoring(t);
  const one = await router(t);
  await run(template, parameters(one));
  const impostor = await router(t);
  await assert.rejects(run(template, parameters(impostor)), withCode('NETCONF_HOST_KEY'));
  assert.equal(impostor.sessions.passwordAttempts, 0);
});

test('it gives up after its time, and at once when the claim is lost', async (t) => {
  const { run, stop, outside } = await monitoring(t);
  const one = await router(t, { fault: { kind: 'refuse' } });
  const short = template.replace('timeout: 10', 'timeout: 0.2');
  await assert.rejects(run(short, parameters(one)), withCode('NETCONF_UNREACHABLE'));
  const done = run(template, parameters(one));
  await until(() => outside() === 1, 'it waits');
  stop();
  await assert.rejects(done);
});

test('a target that can’t be one fails with its name', async (t) => {
  const { run } = await monitoring(t);
  const wrong: readonly JsonObject[] = [{ port: 0 }, { port: 65_536 }, { port: 'x' }, { ip: '' }, { login: '' }];
  for (const change of wrong) {
    const given = { ip: '127.0.0.1', port: 1, login: 'a', password: 'b', ...change };
    await assert.rejects(run(template, given), withCode('CHECK_FAILED'), JSON.stringify(change));
  }
});

import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { systemRuntime } from '../../../src/app/process/system-runtime.ts';
import type { Runtime } from '../../../src/kernel/runtime.ts';
import { Secret } from '../../../src/kernel/secret.ts';
import type { PasswordCloud } from '../../../src/southbound/heat/cloud.ts';
import { keystoneAvailable, startOpenStack, type TestOpenStack } from '../../support/openstack.ts';
import { needs } from '../../support/services.ts';
import { completed, engineOn, gone, never, refusalOf, requestFor } from './helpers.ts';

const TOKEN_SECONDS = 20;

suite('A real Keystone and Heat', needs('keystone', keystoneAvailable()), () => {
  let cloud: TestOpenStack;
  before(async () => {
    cloud = await startOpenStack({ tokenSeconds: TOKEN_SECONDS });
  });
  after(() => cloud.stop());

  const login = (): PasswordCloud => ({
    kind: 'password',
    authUrl: cloud.authUrl,
    region: cloud.region,
    interface: 'public',
    user: { name: cloud.user.name, domain: { id: 'default' } },
    password: new Secret(cloud.user.password),
  });

  test('a stack lives in the project of its tenant, with a token that is scoped to it', async (t) => {
    const engine = engineOn(t, login());
    const { first, second } = cloud.projects;
    for (const project of [first, second]) {
      const ref = { project, name: 'network_1' };
      await engine.create(requestFor(ref, project), never);
      assert.equal((await completed(engine, ref, '1.0')).outputs[0]?.output_value, project);
    }
    const ref = { project: second, name: 'network_1' };
    await engine.update(requestFor(ref, 'changed', '2.0'), never);
    assert.equal((await completed(engine, ref, '2.0')).outputs[0]?.output_value, 'changed');
    await engine.delete(ref, never);
    await gone(engine, ref);
    assert.equal((await engine.show({ ...ref, project: first }, never))?.outputs[0]?.output_value, first);
    await engine.delete({ ...ref, project: first }, never);
    await gone(engine, { ...ref, project: first });
  });

  test('a project without a role for the user, and a wrong password, are refused with the reason', async (t) => {
    const { closed, first } = cloud.projects;
    const secret = 'not-the-password';
    const cases = [
      [login(), closed],
      [login(), 'f'.repeat(32)],
      [{ ...login(), password: new Secret(secret) }, first],
      [{ ...login(), region: 'elsewhere' }, first],
    ] as const;
    for (const [with_, project] of cases) {
      const error = await refusalOf(engineOn(t, with_).statuses(project, ['network_1'], never));
      assert.equal(error.code, 'STACK_ACCESS');
      assert.match(error.remedy, /Check/);
      assert.ok(!error.message.includes(secret));
    }
  });

  test('an application credential serves its own project, and no other', async (t) => {
    const { id, secret } = cloud.credential;
    const { authUrl, region } = cloud;
    const engine = engineOn(t, {
      kind: 'applicationCredential',
      authUrl,
      region,
      interface: 'internal',
      credential: { id },
      secret: new Secret(secret),
    });
    const ref = { project: cloud.projects.first, name: 'network_2' };
    await engine.create(requestFor(ref, 'one'), never);
    await completed(engine, ref, '1.0');
    await engine.delete(ref, never);
    await gone(engine, ref);
    const error = await refusalOf(engine.show({ ...ref, project: cloud.projects.second }, never));
    assert.equal(error.code, 'STACK_ACCESS');
    assert.match(error.message, /application credential/);
  });

  test('a token that has expired is replaced when Heat refuses it', async (t) => {
    // A clock that is behind takes tokens for good long after Keystone doesn't.
    const behind: Runtime = { ...systemRuntime, nowMs: () => systemRuntime.nowMs() - 3_600_000 };
    const engine = engineOn(t, login(), behind);
    const { first } = cloud.projects;
    assert.equal((await engine.statuses(first, ['network_1'], never)).size, 0);
    await new Promise((resolve) => setTimeout(resolve, (TOKEN_SECONDS + 1) * 1_000));
    assert.equal((await engine.statuses(first, ['network_1'], never)).size, 0);
  });
});

import assert from 'node:assert/strict';
import { suite, type TestContext, test } from 'node:test';
import type { ErrorCode } from '../../../src/kernel/error-catalogue.ts';
import { limits } from '../../../src/kernel/limits.ts';
import { Secret } from '../../../src/kernel/secret.ts';
import type { ApplicationCredentialCloud, PasswordCloud } from '../../../src/southbound/heat/cloud.ts';
import type { StackEngine } from '../../../src/southbound/stack/stack.ts';
import { manualRuntime } from '../../support/manual-runtime.ts';
import { engineOn, never, refusalOf, serverOf } from './helpers.ts';
import { keystoneDouble, type Trouble } from './keystone-double.ts';

const PASSWORD = 'the-secret-password';
const FIRST = ['password', 'token to tenant-1'];

function loginAt(origin: string): PasswordCloud {
  return {
    kind: 'password',
    authUrl: `${origin}/v3`,
    region: null,
    interface: 'public',
    user: { name: 'worker', domain: { name: 'Default' } },
    password: new Secret(PASSWORD),
  };
}

function credentialAt(origin: string): ApplicationCredentialCloud {
  const { authUrl, region, interface: side } = loginAt(origin);
  const credential = { name: 'worker', user: { id: 'user-1' } };
  return { kind: 'applicationCredential', authUrl, region, interface: side, credential, secret: new Secret(PASSWORD) };
}

async function worldOf(t: TestContext, options: { trouble?: Trouble; lifeMs?: number } = {}) {
  const runtime = manualRuntime();
  const double = await keystoneDouble(t, { ...options, nowMs: runtime.nowMs });
  return { ...double, runtime, engine: engineOn(t, loginAt(double.origin), runtime) };
}

function ask(engine: StackEngine, project = 'tenant-1') {
  return engine.statuses(project, ['a'], never);
}

suite('Tokens', () => {
  test('a token is got once, is scoped to the project, and is used until shortly before it expires', async (t) => {
    const { engine, logins, runtime, seen } = await worldOf(t);
    await Promise.all([ask(engine), ask(engine), ask(engine)]);
    assert.deepEqual(logins(), FIRST);
    assert.equal(seen.at(-1)?.headers['x-auth-token'], 'token-2');
    assert.equal(seen.at(-1)?.url, '/one/public/v1/tenant-1/stacks?name=a');
    await ask(engine, 'tenant-2');
    assert.deepEqual(logins().slice(2), ['token to tenant-2']);
    runtime.advance(3_600_000 - limits.stackTokenMarginMs - 1);
    await ask(engine);
    assert.equal(logins().length, 3);
    runtime.advance(1);
    await ask(engine);
    assert.deepEqual(logins().slice(3), FIRST);
    const { auth } = JSON.parse(seen[0]?.body ?? '');
    assert.equal(auth.scope, 'unscoped');
    const user = { name: 'worker', domain: { name: 'Default' }, password: PASSWORD };
    assert.deepEqual(auth.identity, { methods: ['password'], password: { user } });
  });

  test('one that lives for less than the margin serves, but is not kept', async (t) => {
    const { engine, logins } = await worldOf(t, { lifeMs: 1_000 });
    await ask(engine);
    await ask(engine);
    assert.deepEqual(logins(), [...FIRST, ...FIRST]);
  });

  test('the endpoint is that of the region and interface', async (t) => {
    const { origin, runtime, seen } = await worldOf(t);
    await ask(engineOn(t, { ...loginAt(origin), region: 'two', interface: 'internal' }, runtime));
    assert.equal(seen.at(-1)?.url, '/two/internal/v1/tenant-1/stacks?name=a');
    for (const wrong of [{ region: 'three' }, { interface: 'admin' }] as const) {
      const error = await refusalOf(ask(engineOn(t, { ...loginAt(origin), ...wrong }, runtime)));
      assert.equal(error.code, 'STACK_ACCESS');
      assert.match(error.message, /catalogue/);
    }
  });

  test('a token that Heat refuses is replaced once', async (t) => {
    const { engine, logins, refused } = await worldOf(t);
    await ask(engine);
    refused.add('token-2');
    await ask(engine);
    assert.deepEqual(logins(), [...FIRST, 'token to tenant-1']);
    refused.add('token-3').add('token-4');
    assert.equal((await refusalOf(ask(engine))).code, 'STACK_ACCESS');
    assert.equal(logins().length, 4);
  });

  test('where a token is not scoped anew, the password is', async (t) => {
    const trouble: Trouble = (login) => (login.startsWith('token') ? { status: 403, body: '{}' } : null);
    const { engine, logins } = await worldOf(t, { trouble });
    await ask(engine);
    assert.deepEqual(logins(), [...FIRST, 'password to tenant-1']);
  });

  test('a token of the user that was revoked is replaced', async (t) => {
    let isRevoked = false;
    const trouble: Trouble = (_login, { body }) =>
      isRevoked && body.includes('token-1"') ? { status: 401, body: '' } : null;
    const { engine, logins } = await worldOf(t, { trouble });
    await ask(engine);
    isRevoked = true;
    await ask(engine, 'tenant-2');
    await ask(engine, 'tenant-3');
    const replaced = ['token to tenant-2', 'password to tenant-2', 'password', 'token to tenant-3'];
    assert.deepEqual(logins().slice(2), replaced);
  });

  test('a project that is refused says so, and others go on', async (t) => {
    const { engine, logins } = await worldOf(t);
    const error = await refusalOf(ask(engine, 'closed'));
    assert.equal(error.code, 'STACK_ACCESS');
    assert.match(error.message, /closed.*requires authentication/);
    await ask(engine);
    assert.deepEqual(logins().slice(3), ['token to tenant-1']);
  });

  test('no more tokens are kept than the limit says', async (t) => {
    const { engine, logins } = await worldOf(t);
    for (let i = 0; i <= limits.stackTokens; i++) await ask(engine, `tenant-${i}`);
    const before = logins().length;
    await ask(engine, 'tenant-1');
    assert.equal(logins().length, before, 'the second one is kept');
    await ask(engine, 'tenant-0');
    assert.equal(logins().length, before + 1, 'the first one is not');
  });

  test('an application credential serves its own project, with one login', async (t) => {
    const { origin, runtime, logins, seen, refused } = await worldOf(t);
    const engine = engineOn(t, credentialAt(origin), runtime);
    await ask(engine);
    const error = await refusalOf(ask(engine, 'tenant-2'));
    assert.equal(error.code, 'STACK_ACCESS');
    assert.match(error.message, /tenant-1/);
    assert.deepEqual(logins(), ['application_credential']);
    assert.deepEqual(JSON.parse(seen[0]?.body ?? '').auth.identity.application_credential, {
      name: 'worker',
      user: { id: 'user-1' },
      secret: PASSWORD,
    });
    refused.add('token-1');
    await ask(engine);
    assert.equal(logins().length, 2);
  });
});

suite('What a Keystone answers that is in trouble', () => {
  const cases: readonly (readonly [number, string, ErrorCode])[] = [
    [201, '', 'STACK_ANSWER_INVALID'],
    [200, '<html>', 'STACK_ANSWER_INVALID'],
    [300, '<html>', 'STACK_ANSWER_INVALID'],
    [404, '<html>', 'STACK_ANSWER_INVALID'],
    [400, '{"error":{"message":"Expecting to find domain in user."}}', 'STACK_ACCESS'],
    [401, '<html>', 'STACK_ACCESS'],
    [403, '{"error":{"message":"Password expired"}}', 'STACK_ACCESS'],
    [429, '', 'STACK_UNAVAILABLE'],
    [500, '{"error":{"message":{"x":1}}}', 'STACK_UNAVAILABLE'],
    [503, '<html>', 'STACK_UNAVAILABLE'],
  ];
  for (const [status, body, code] of cases) {
    test(`status ${status} with ${body} is ${code}, and the next call asks again`, async (t) => {
      let isWell = false;
      const { engine } = await worldOf(t, { trouble: () => (isWell ? null : { status, body }) });
      const error = await refusalOf(ask(engine));
      assert.equal(error.code, code);
      assert.match(error.message, /^Keystone at http/);
      assert.doesNotMatch(error.message, /the-secret/);
      if (code === 'STACK_ACCESS') assert.match(error.remedy, /^Check/);
      isWell = true;
      await ask(engine);
    });
  }

  const tokens: readonly object[] = [
    {},
    { token: [] },
    { token: { expires_at: 'soon' } },
    { token: { expires_at: 17 } },
    { token: { expires_at: '2100-01-01T00:00:00Z', project: 'tenant-1' } },
    { token: { expires_at: '2100-01-01T00:00:00Z', catalog: {} } },
    { token: { expires_at: '2100-01-01T00:00:00Z', catalog: [{ type: 'orchestration', endpoints: 'x' }] } },
    ...['javascript:alert(1)', 'http://', 7].map((url) => {
      const catalog = [{ type: 'orchestration', endpoints: [{ interface: 'public', url }] }];
      return { token: { expires_at: '2100-01-01T00:00:00Z', catalog } };
    }),
  ];
  for (const token of tokens) {
    test(`the token ${JSON.stringify(token)} is none`, async (t) => {
      const { origin } = await serverOf(t, (_request, _incoming, response) => {
        response.writeHead(201, { 'x-subject-token': 'token-1' }).end(JSON.stringify(token));
      });
      assert.equal((await refusalOf(ask(engineOn(t, loginAt(origin))))).code, 'STACK_ANSWER_INVALID');
    });
  }

  test('a Keystone that hangs is given up when the time is up', async (t) => {
    const { origin, seen } = await serverOf(t, () => undefined);
    const runtime = manualRuntime();
    const engine = engineOn(t, loginAt(origin), runtime);
    const refused = refusalOf(ask(engine));
    while (seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    runtime.advance(limits.stackRequestTimeoutMs);
    assert.equal((await refused).code, 'STACK_UNAVAILABLE');
    assert.equal(runtime.timers(), 0);
  });
});

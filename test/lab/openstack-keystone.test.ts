import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { OpenStackDouble } from '../../lab/openstack/openstack-double.ts';
import type { Json, JsonObject } from '../../src/kernel/json.ts';
import { manualRuntime } from '../support/manual-runtime.ts';
import { at, doubleFor, hot, type Reply, send } from './openstack-helpers.ts';

const user = { name: 'kamado', domain: { name: 'Default' }, password: 'kamado-lab' };
const byPassword = (given: JsonObject = user) => ({ methods: ['password'], password: { user: given } });

function ask(double: OpenStackDouble, identity: JsonObject, scope?: Json): Promise<Reply> {
  const auth = scope === undefined ? { identity } : { identity, scope };
  return send(`${double.environment.OS_AUTH_URL}/auth/tokens`, 'POST', { auth });
}

async function tokenFor(double: OpenStackDouble, project: string): Promise<string> {
  const { status, headers } = await ask(double, byPassword(), { project: { id: project } });
  assert.equal(status, 201);
  return headers.get('x-subject-token') ?? '';
}

describe('the simulated Keystone', () => {
  it('gives tokens by password, and new ones by token for another project', async (context) => {
    const double = await doubleFor(context, { keystone: {} });
    const unscoped = await ask(double, byPassword());
    assert.equal(unscoped.status, 201);
    assert.equal(at(unscoped.json, 'token', 'catalog'), undefined);
    const id = unscoped.headers.get('x-subject-token') ?? '';
    const scoped = await ask(double, { methods: ['token'], token: { id } }, { project: { id: 'tenant' } });
    assert.deepEqual(at(scoped.json, 'token', 'methods'), ['token', 'password']);
    assert.equal(at(scoped.json, 'token', 'project', 'id'), 'tenant');
    assert.equal(at(scoped.json, 'token', 'expires_at'), at(unscoped.json, 'token', 'expires_at'));
    const catalog = at(scoped.json, 'token', 'catalog');
    assert.ok(Array.isArray(catalog));
    const heat = catalog.find((service: Json) => at(service, 'type') === 'orchestration');
    assert.equal(at(heat, 'endpoints', 0, 'url'), `${double.endpoint}/tenant`);
  });

  it('refuses who is not who they say, and projects that are not theirs', async (context) => {
    const double = await doubleFor(context, { keystone: { projects: ['mine'] } });
    const refused: readonly Promise<Reply>[] = [
      ask(double, byPassword({ ...user, password: 'wrong' })),
      ask(double, byPassword({ ...user, name: 'nobody' })),
      ask(double, byPassword({ ...user, domain: { name: 'Other' } })),
      ask(double, byPassword(), { project: { id: 'theirs' } }),
      ask(double, { methods: ['token'], token: { id: 'made-up' } }),
      ask(double, { methods: [] }),
    ];
    for (const { status, json } of await Promise.all(refused)) {
      assert.deepEqual([status, at(json, 'error', 'code')], [401, 401]);
      assert.equal(at(json, 'error', 'message'), 'The request you have made requires authentication.');
    }
    assert.equal((await ask(double, byPassword(), { project: { id: 'mine' } })).status, 201);
  });

  it('knows application credentials, which serve their own project', async (context) => {
    const double = await doubleFor(context, { keystone: {} });
    const { OS_APPLICATION_CREDENTIAL_ID: id = '', OS_APPLICATION_CREDENTIAL_SECRET: secret = '' } =
      double.applicationCredential('theirs');
    const credential = (given: string) => ({
      methods: ['application_credential'],
      application_credential: { id, secret: given },
    });
    const { json } = await ask(double, credential(secret));
    assert.equal(at(json, 'token', 'project', 'id'), 'theirs');
    assert.equal((await ask(double, credential('wrong'))).status, 401);
  });

  it('lets Heat in with a good token only, and into its project only', async (context) => {
    const runtime = manualRuntime();
    const double = await doubleFor(context, { runtime, keystone: { tokenLifeMs: 10_000 } });
    const token = await tokenFor(double, 'one');
    const list = (project: string, given: string) =>
      send(`${double.endpoint}/${project}/stacks`, 'GET', undefined, { 'X-Auth-Token': given });
    assert.equal((await list('one', token)).status, 200);
    assert.equal((await list('two', token)).status, 403);
    const without = await list('one', 'made-up');
    assert.equal(without.status, 401);
    assert.match(without.headers.get('www-authenticate') ?? '', /^Keystone uri=/);

    runtime.advance(10_000);
    assert.equal((await list('one', token)).status, 401);
    const fresh = await tokenFor(double, 'one');
    assert.equal((await list('one', fresh)).status, 200);
    double.expireTokens();
    assert.equal((await list('one', fresh)).status, 401);
  });

  it('shows a user the stacks of the project, and an administrator those of all', async (context) => {
    for (const [roles, seen] of [
      [['member'], 1],
      [['admin'], 2],
    ] as const) {
      const double = await doubleFor(context, { keystone: { roles } });
      for (const project of ['one', 'two']) {
        const headers = { 'X-Auth-Token': await tokenFor(double, project) };
        const { status } = await send(
          `${double.endpoint}/${project}/stacks`,
          'POST',
          { stack_name: 'same', template: hot({}) },
          headers,
        );
        assert.equal(status, 201);
      }
      const headers = { 'X-Auth-Token': await tokenFor(double, 'one') };
      const stacks = at((await send(`${double.endpoint}/one/stacks`, 'GET', undefined, headers)).json, 'stacks');
      assert.ok(Array.isArray(stacks));
      assert.equal(stacks.length, seen);
    }
  });
});

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { systemCaller } from '../../src/database/database.ts';
import type { SqlDriver } from '../../src/database/sql.ts';
import { assertProblem, listIn, objectIn } from '../api/helpers.ts';
import { type HookedApi, makeFirewall, startHooked } from './hooks-application.ts';
import { firewallCatalog, hooksOf } from './hooks-catalog.ts';

/** Every event writes its name and what it saw into the note of a site that is there for it. */
const tracing = `
import { defineHooks } from 'kamado';
import type { Types } from '../types.ts';
const lines: string[] = [];
globalThis.kamadoTestLines = lines;
const say = (event: string, told: any) => {
  const { resource, previous, record, resources, caller, id } = told;
  if (caller.user !== 'admin') throw new Error('no caller');
  const names = [resource?.name, previous?.name, record === undefined ? undefined : Object.keys(record).sort().join('+'), resources?.length, id];
  lines.push([event, ...names.filter((part) => part !== undefined)].join(' '));
};
export const traced = defineHooks<Types, 'firewall'>('firewall', {
  async pre_create(told) { say('pre_create', told); },
  async post_create(told) { say('post_create', told); },
  async pre_update(told) { say('pre_update', told); },
  async post_update(told) { say('post_update', told); },
  async pre_delete(told) { say('pre_delete', told); },
  async post_delete(told) { say('post_delete', told); },
  async pre_list(told) { say('pre_list', told); },
  async post_list(told) { say('post_list', told); },
  async pre_show(told) { say('pre_show', told); },
  async post_show(told) { say('post_show', told); },
  async post_state_update(told) { say('post_state_update', told); },
  async post_monitoring(told) { say('post_monitoring', told); },
  *pre_create_in_transaction(told) { say('pre_create_in_transaction', told); },
  *post_create_in_transaction(told) { say('post_create_in_transaction', told); },
  *pre_update_in_transaction(told) { say('pre_update_in_transaction', told); },
  *post_update_in_transaction(told) { say('post_update_in_transaction', told); },
  *pre_delete_in_transaction(told) { say('pre_delete_in_transaction', told); },
  post_delete_in_transaction(told) { say('post_delete_in_transaction', told); },
  *pre_state_update_in_transaction(told) { say('pre_state_update_in_transaction', told); },
  *post_state_update_in_transaction(told) { say('post_state_update_in_transaction', told); },
  *pre_monitoring_update_in_transaction(told) { say('pre_monitoring_update_in_transaction', told); },
  *post_monitoring_update_in_transaction(told) { say('post_monitoring_update_in_transaction', told); },
});
`;

async function show(api: HookedApi, path: string, key: string) {
  return objectIn(await api.send('GET', path), key);
}

/** What holds for hooks on every database. */
export function hooksContract(
  name: string,
  openDriver: () => Promise<SqlDriver>,
  options: { readonly skip?: string | false } = {},
): void {
  const start = async (t: TestContext, hooks: { readonly [file: string]: string }) =>
    await startHooked(t, firewallCatalog(t, hooks), { driver: await openDriver(), timeoutMs: 300 });

  test(`${name}: every event comes, in order, with what it is about`, options, async (t) => {
    const api = await start(t, { 'trace.ts': tracing });
    const lines: unknown = Reflect.get(globalThis, 'kamadoTestLines');
    assert.ok(Array.isArray(lines));
    const since = (): readonly string[] => lines.splice(0);
    await makeFirewall(api, { id: 'a', name: 'one' });
    assert.deepEqual(since(), [
      'pre_create one a',
      'pre_create_in_transaction one a',
      'post_create_in_transaction one a',
      'post_create one a',
    ]);
    assert.equal((await api.send('PATCH', '/v2.0/firewalls/a', { name: 'two' })).status, 200);
    assert.deepEqual(since(), [
      'pre_update two one a',
      'pre_update_in_transaction two one a',
      'post_update_in_transaction two one a',
      'post_update two one a',
    ]);
    await api.send('GET', '/v2.0/firewalls/a');
    await api.send('GET', '/v2.0/firewalls');
    assert.deepEqual(since(), ['pre_show a', 'post_show two a', 'pre_list', 'post_list 1']);
    await api.database.applyState('firewall', 'a', { version: 2, error: '', state: { worker_state: 'DONE' } });
    assert.deepEqual(since(), [
      'pre_state_update_in_transaction two error+state+version a',
      'post_state_update_in_transaction two error+state+version a',
      'post_state_update two error+state+version a',
    ]);
    await api.database.applyMonitoring('firewall', 'a', 2, { operational_state: 'UP' });
    assert.deepEqual(since(), [
      'pre_monitoring_update_in_transaction two monitoring+version a',
      'post_monitoring_update_in_transaction two monitoring+version a',
      'post_monitoring two monitoring+version a',
    ]);
    assert.equal((await api.send('DELETE', '/v2.0/firewalls/a')).status, 204);
    assert.deepEqual(since(), [
      'pre_delete two a',
      'pre_delete_in_transaction two a',
      'post_delete_in_transaction two a',
      'post_delete two a',
    ]);
  });

  test(`${name}: hooks set what clients cannot, and children come and go with the transaction`, options, async (t) => {
    const api = await start(t, {
      'a.ts': hooksOf(`
        async pre_create({ resource }) { return { serial: 'S-' + resource.name }; },
        *pre_create_in_transaction({ resource, tx }) {
          const site = yield* tx.create('site', { name: 'of ' + resource.name });
          return { site_id: site.id, note: resource.serial };
        },
        *post_update_in_transaction({ resource, tx }) {
          const site = yield* tx.get('site', resource.site_id);
          yield* tx.update('site', site.id, { firewalls: site.body.firewalls + 1 });
        },
        *post_delete_in_transaction({ resource, tx }) { yield* tx.remove('site', resource.site_id); },`),
      'b.ts': hooksOf(`pre_create_in_transaction({ resource }) { return { note: resource.note + '!' }; },`),
    });
    await makeFirewall(api, { id: 'a', name: 'x' });
    const made = await show(api, '/v2.0/firewalls/a', 'firewall');
    assert.equal(made.serial, 'S-x');
    assert.equal(made.note, 'S-x!');
    const site = `/v2.0/sites/${String(made.site_id)}`;
    assert.equal((await show(api, site, 'site')).name, 'of x');
    await api.send('PATCH', '/v2.0/firewalls/a', { size: 'large' });
    assert.equal((await show(api, site, 'site')).firewalls, 1);
    await api.send('DELETE', '/v2.0/firewalls/a');
    assert.equal((await api.send('GET', site)).status, 404);
  });

  test(`${name}: what throws after two writes leaves nothing`, options, async (t) => {
    const api = await start(t, {
      'a.ts': hooksOf(`
        *post_create_in_transaction({ resource, tx }) {
          yield* tx.create('site', { name: 'first' });
          yield* tx.create('site', { name: 'second' });
          if (resource.name === 'refused') {
            throw refuse({ status: 422, code: 'NO_ROOM', message: 'No {room}.', remedy: 'Ask.' });
          }
          if (resource.name === 'caught') {
            try { yield* tx.create('site', { name: 'first' }); } catch { /* nothing */ }
            return;
          }
          throw new Error('geheim');
        },`),
    });
    const refused = await api.send('POST', '/v2.0/firewalls', { id: 'a', name: 'refused' });
    assertProblem(refused, 422, 'NO_ROOM');
    assert.equal(refused.body.detail, 'No {room}.');
    const failed = await api.send('POST', '/v2.0/firewalls', { id: 'a', name: 'failed' });
    assertProblem(failed, 500, 'HOOK_FAILED');
    assert.doesNotMatch(failed.text, /geheim/);
    assert.match(JSON.stringify(api.errors), /geheim/);
    const caught = await api.send('POST', '/v2.0/firewalls', { id: 'a', name: 'caught' });
    assertProblem(caught, 409, 'DUPLICATE_VALUE');
    assert.deepEqual(listIn(await api.send('GET', '/v2.0/sites'), 'sites'), []);
    assert.deepEqual(listIn(await api.send('GET', '/v2.0/firewalls'), 'firewalls'), []);
    assert.deepEqual(await api.database.nextEvents([], 10), []);
  });

  test(`${name}: an endless loop is ended, and the next request is served`, options, async (t) => {
    const api = await start(t, {
      'a.ts': hooksOf(`
        *post_create_in_transaction({ resource, tx }) {
          if (resource.name === 'fine') return;
          yield* tx.create('site', { name: 'first' });
          try { for (;;); } finally { yield* tx.create('site', { name: 'second' }); }
        },`),
    });
    assertProblem(await api.send('POST', '/v2.0/firewalls', { name: 'loop' }), 500, 'HOOK_TIMED_OUT');
    assert.deepEqual(listIn(await api.send('GET', '/v2.0/sites'), 'sites'), []);
    await makeFirewall(api, { name: 'fine' });
  });

  test(`${name}: a hook that is none inside of a transaction says why`, options, async (t) => {
    const api = await start(t, {
      'a.ts': hooksOf(`
        pre_create_in_transaction({ resource, tx, id }) {
          switch (resource.name) {
            case 'async': return (async () => { throw new Error('unheard'); })();
            case 'async generator': return (async function* () {})();
            case 'yields': return (function* () { yield 'SELECT 1'; })();
            case 'yields a call': return (function* () { yield tx.get('site', 'a'); })();
            case 'calls': return (function* () { for (;;) yield* tx.get('site', 'a'); })();
            case 'unknown type': return (function* () { yield* tx.get('sites', 'a'); })();
            case 'unknown property': return { nam: 'x' };
            case 'wrong kind': return { reboots: 'x' };
            case 'no JSON': return { note: () => {} };
            case 'other id': return { id: 'other' };
            case 'creates badly': return (function* () { yield* tx.create('site', { name: 7 }); })();
            case 'changes': resource.rules.push({ port: 7 }); return;
          }
        },`),
    });
    for (const [kind, reason] of [
      ['async', /it is async/],
      ['async generator', /async generator/],
      ['yields', /yields something else/],
      ['yields a call', /write yield\*/],
      ['calls', /more than 1000 calls|took longer/],
      ['unknown type', /a type that does not exist/],
      ['unknown property', /nam: .*did you mean name/],
      ['wrong kind', /reboots: .*integer/],
      ['no JSON', /not a JSON object/],
      ['other id', /another id/],
      ['creates badly', /name: .*string/],
    ] as const) {
      const answer = await api.send('POST', '/v2.0/firewalls', { name: kind });
      assert.equal(answer.status, 500, `${kind}: ${answer.text}`);
      assert.match(String(answer.body.detail), reason, kind);
    }
    await makeFirewall(api, { id: 'c', name: 'changes' });
    assert.deepEqual((await show(api, '/v2.0/firewalls/c', 'firewall')).rules, []);
  });

  test(`${name}: hooks outside may wait, for their time, and their transactions are whole`, options, async (t) => {
    const api = await start(t, {
      'a.ts': hooksOf(`
        async pre_create({ resource, signal, transaction }) {
          await transaction(function* (tx) {
            yield* tx.create('site', { name: 'before ' + resource.name });
            if (resource.name === 'fails') throw new Error('half');
          });
          if (resource.name !== 'waits') return;
          await new Promise((resolve) => signal.addEventListener('abort', resolve));
          await transaction(function* (tx) { yield* tx.create('site', { name: 'too late' }); });
        },
        async post_create() { throw new Error('afterwards'); },`),
    });
    assertProblem(await api.send('POST', '/v2.0/firewalls', { name: 'fails' }), 500, 'HOOK_FAILED');
    assertProblem(await api.send('POST', '/v2.0/firewalls', { name: 'waits' }), 500, 'HOOK_TIMED_OUT');
    await makeFirewall(api, { name: 'stands' });
    const names = listIn(await api.send('GET', '/v2.0/sites'), 'sites').map((site) => site.name);
    assert.deepEqual([...names].sort(), ['before stands', 'before waits']);
    assert.match(JSON.stringify(api.errors), /A hook failed after the commit/);
  });

  test(`${name}: a state whose hook fails is not applied`, options, async (t) => {
    const api = await start(t, {
      'a.ts': hooksOf(`
        *post_state_update_in_transaction({ resource, record, tx }) {
          yield* tx.update('firewall', resource.id, { note: record.state.worker_state });
          if (record.state.worker_state === 'BAD') throw new Error('no');
        },
        *post_monitoring_update_in_transaction({ resource, record, tx }) {
          yield* tx.create('site', { name: JSON.stringify(record) });
        },`),
    });
    await makeFirewall(api, { id: 'a' });
    const state = (worker_state: string) =>
      api.database.applyState('firewall', 'a', { version: 1, error: '', state: { worker_state } });
    await assert.rejects(state('BAD'), { code: 'HOOK_FAILED' });
    const row = await api.database.get(systemCaller, 'firewall', 'a');
    assert.deepEqual([row?.configVersion, row?.stateVersion, row?.body.note], [1, 0, null]);
    assert.equal(await state('GOOD'), 'applied');
    assert.equal((await show(api, '/v2.0/firewalls/a', 'firewall')).note, 'GOOD');
  });
}

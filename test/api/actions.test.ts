import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../src/kernel/limits.ts';
import { makeFirewall, startHooked } from '../hooks/hooks-application.ts';
import { firewallCatalog, hooksOf } from '../hooks/hooks-catalog.ts';
import { type Answer, assertProblem, listIn, objectIn } from './helpers.ts';

test('an action is answered by its hook, on one resource or on the type', async (t) => {
  const api = await startHooked(t, firewallCatalog(t));
  await makeFirewall(api, { id: 'a', rules: [{ port: 1 }] });
  const reset = await api.send('POST', '/v2.0/firewalls/a/reset_password', { username: 'admin', password: 'geheim' });
  assert.equal(reset.status, 200, reset.text);
  assert.deepEqual(reset.body, { username: 'admin', new_password: 'geheim' });
  const reboot = await api.send('POST', '/v2.0/firewalls/a/reboot');
  assert.equal(reboot.status, 204, reboot.text);
  assert.equal(reboot.text, '');
  const shown = objectIn(await api.send('GET', '/v2.0/firewalls/a'), 'firewall');
  assert.equal(shown.reboots, 1);
  const all = await api.send('POST', '/v2.0/firewalls/close_all', {});
  assert.deepEqual(all.body, { closed: 1 });
  assert.deepEqual(objectIn(await api.send('GET', '/v2.0/firewalls/a'), 'firewall').rules, []);
});

test('a resource may be called like an action of the type', async (t) => {
  const api = await startHooked(t, firewallCatalog(t));
  await makeFirewall(api, { id: 'close_all' });
  assert.equal(objectIn(await api.send('GET', '/v2.0/firewalls/close_all'), 'firewall').id, 'close_all');
  assert.equal((await api.send('POST', '/v2.0/firewalls/close_all')).status, 200);
});

test('the schemas that are served keep the actions', async (t) => {
  const api = await startHooked(t, firewallCatalog(t));
  const schema = objectIn(await api.send('GET', '/gohan/v0.1/schemas/firewall'), 'schema');
  assert.deepEqual(Object.keys(Object(schema.actions)), ['close_all', 'reboot', 'reset_password']);
});

test('an action refuses with the code of the catalogue', async (t) => {
  const api = await startHooked(t, firewallCatalog(t));
  await makeFirewall(api, { id: 'a', size: 'large' });
  const refused = await api.send('POST', '/v2.0/firewalls/a/reboot', {});
  assertProblem(refused, 409, 'FIREWALL_BUSY');
  assert.equal(refused.body.remedy, 'Reboot it HARD.');
  assert.equal((await api.send('POST', '/v2.0/firewalls/a/reboot', { type: 'HARD' })).status, 204);
});

test('hostile input of an action is refused with pointers, and without its values', async (t) => {
  const api = await startHooked(t, firewallCatalog(t));
  await makeFirewall(api, { id: 'a' });
  const path = '/v2.0/firewalls/a/reset_password';
  for (const [input, pointer] of [
    [{}, '/username'],
    [{ username: 'a', password: { deep: 'geheim' } }, '/password'],
    [{ username: 'a', geheim: 'geheim' }, '/geheim'],
    [['geheim'], ''],
    ['"geheim"', ''],
    ['7', ''],
  ] as const) {
    const answer = await api.send('POST', path, input);
    assertProblem(answer, 400, 'VALIDATION_FAILED');
    assert.match(JSON.stringify(answer.body.errors), new RegExp(`"pointer":"${pointer}"`), answer.text);
    if (pointer !== '/geheim') assert.doesNotMatch(answer.text, /geheim/);
  }
  for (const body of ['{"username": "\\u0000"}', '{"__proto__": {"username": "a"}}', '{', '['.repeat(100)]) {
    assert.equal((await api.send('POST', path, body)).status, 400);
  }
  assertProblem(await api.send('POST', path, { username: 'x'.repeat(300_000) }), 413, 'BODY_TOO_LARGE');
  assertProblem(await api.send('POST', '/v2.0/firewalls/close_all', { a: 1 }), 400, 'VALIDATION_FAILED');
});

test('paths and methods of actions are those of the schema', async (t) => {
  const api = await startHooked(t, firewallCatalog(t));
  await makeFirewall(api, { id: 'a' });
  assertProblem(await api.send('POST', '/v2.0/firewalls/b/reboot', {}), 404, 'RESOURCE_NOT_FOUND');
  assertProblem(await api.send('POST', '/v2.0/firewalls/..%2F..%2Fa/reboot', {}), 404, 'RESOURCE_NOT_FOUND');
  assertProblem(await api.send('GET', '/v2.0/firewalls/a/reboot'), 405, 'METHOD_NOT_ALLOWED');
  assertProblem(await api.send('POST', '/v2.0/firewalls/a/explode', {}), 404, 'PATH_NOT_FOUND');
});

test('an answer that is not what the schema says is a failure of the hook', async (t) => {
  const other = firewallCatalog(t, {
    'actions.ts': hooksOf(`actions: {
      reboot() { return new Map(); },
      reset_password({ input }) {
        if (input.username === 'none') return undefined;
        if (input.username === 'throws') throw new Error('inner geheim');
        return { username: 'a', new_password: 7, geheim: 'geheim' };
      },
      close_all() { return { closed: 1n }; },
    },`),
  });
  const api = await startHooked(t, other);
  await makeFirewall(api, { id: 'a' });
  for (const [path, body] of [
    ['/a/reboot', {}],
    ['/a/reset_password', { username: 'a' }],
    ['/a/reset_password', { username: 'none' }],
    ['/a/reset_password', { username: 'throws' }],
    ['/close_all', {}],
  ] as const) {
    const answer = await api.send('POST', `/v2.0/firewalls${path}`, body);
    assertProblem(answer, 500, 'HOOK_FAILED');
    assert.doesNotMatch(answer.text, /inner|"geheim"/);
  }
  const [line] = api.errors;
  assert.match(String(line?.stack), /inner geheim[\s\S]*hooks\/actions\.ts:\d+:\d+/);
});

test('lists are not disturbed by actions', async (t) => {
  const api = await startHooked(t, firewallCatalog(t));
  await makeFirewall(api, { id: 'a' });
  assert.equal(listIn(await api.send('GET', '/v2.0/firewalls'), 'firewalls').length, 1);
});

test('so many actions run at once as there is memory for what they may answer; others get 503', async (t) => {
  let open = (): void => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  Reflect.set(globalThis, 'kamadoTestGate', gate);
  const other = firewallCatalog(t, {
    'actions.ts': hooksOf(`actions: {
      reboot() {},
      reset_password() { return { username: 'a' }; },
      async close_all() { await globalThis.kamadoTestGate; return { closed: 1 }; },
    },`),
  });
  const api = await startHooked(t, other, { admissionWaitMs: 50 });
  const most = limits.answerMemoryBytes / limits.largeWorkBytes;
  const all: Promise<Answer>[] = [];
  for (let i = 0; i <= most; i++) all.push(api.send('POST', '/v2.0/firewalls/close_all', {}));
  const refused = await Promise.race(all);
  assertProblem(refused, 503, 'OVERLOADED');
  assert.equal((await api.send('GET', '/livez')).status, 200);
  open();
  const answers = await Promise.all(all);
  assert.equal(answers.filter(({ status }) => status === 200).length, most);
  assert.equal((await api.send('POST', '/v2.0/firewalls/close_all', {})).status, 200);
});

test('an answer is as large as its bytes, not as its letters', async (t) => {
  const letters = limits.hookAnswerBytes / 2;
  const other = firewallCatalog(t, {
    'actions.ts': hooksOf(`actions: {
      reboot({ input }) { return (input.type === 'HARD' ? '\u00e9' : 'e').repeat(${letters}); },
      reset_password() { return { username: 'a' }; },
      close_all() { return { closed: 1 }; },
    },`),
  });
  const api = await startHooked(t, other);
  await makeFirewall(api, { id: 'a' });
  const fits = await api.send('POST', '/v2.0/firewalls/a/reboot', {});
  assert.equal(fits.status, 200, fits.text.slice(0, 500));
  const large = await api.send('POST', '/v2.0/firewalls/a/reboot', { type: 'HARD' });
  assert.equal(large.status, 500);
  assertProblem(large, 500, 'HOOK_FAILED');
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertProblem, objectIn, startApi, testModel } from './helpers.ts';

test('If-None-Match: the whole tag, weak or in a list, gives 304', async (t) => {
  const { send } = await startApi(t, testModel);
  await send('POST', '/v2.0/things', { id: 'a' });
  const get = (tag: string) => send('GET', '/v2.0/things/a', undefined, { 'if-none-match': tag });
  for (const tag of ['"1.1"', 'W/"1.1"', '"0.0", "1.1"', '"x",W/"1.1" ', '*']) {
    const answer = await get(tag);
    assert.equal(answer.status, 304, tag);
    assert.equal(answer.text, '');
    assert.equal(answer.headers.etag, '"1.1"');
  }
  for (const tag of ['"1.2"', '"1"', '1.1', '', '"1.1', 'W/', '"2.1"']) assert.equal((await get(tag)).status, 200, tag);
  await send('PATCH', '/v2.0/things/a', { count: 1 });
  assert.equal((await get('"1.1"')).status, 200);
});

test('a change of state alone makes a new tag, and does not fail a change by the old one', async (t) => {
  const { send, database } = await startApi(t, testModel);
  const made = await send('POST', '/v2.0/things', { id: 'a' });
  await database.applyState('thing', 'a', { version: 1, error: '', state: { worker_state: 'CREATE_COMPLETED' } });
  const got = await send('GET', '/v2.0/things/a');
  assert.notEqual(got.headers.etag, made.headers.etag);
  assert.match(got.headers.etag ?? '', /^"1\.\d+"$/);
  const changed = await send('PATCH', '/v2.0/things/a', { count: 1 }, { 'if-match': made.headers.etag ?? '' });
  assert.equal(changed.status, 200);
});

test('an answer with joined rows is not called unchanged', async (t) => {
  const { send } = await startApi(t, testModel);
  await send('POST', '/v2.0/sites', { id: 's', name: 'before' });
  const rack = objectIn(await send('POST', '/v2.0/sites/s/racks', {}), 'rack');
  await send('PATCH', '/v2.0/sites/s', { name: 'after' });
  const got = await send('GET', `/v2.0/racks/${rack.id}`, undefined, { 'if-none-match': '"1.1"' });
  assert.equal(got.status, 200);
  assert.match(got.text, /after/);
});

test('If-Match: the config version, strongly compared', async (t) => {
  const { send } = await startApi(t, testModel);
  await send('POST', '/v2.0/things', { id: 'a' });
  let version = 1;
  for (const holds of ['"{v}.1"', '"{v}.999"', '"{v}"', '*', '"7.7", "{v}.0"', ' "{v}.1"']) {
    for (const method of ['PUT', 'PATCH'] as const) {
      const tag = holds.replace('{v}', String(version));
      const changed = await send(method, '/v2.0/things/a', { count: version }, { 'if-match': tag });
      assert.equal(changed.status, 200, tag);
      version++;
    }
  }
  const before = await send('GET', '/v2.0/things/a');
  for (const fails of ['"1.1"', `W/"${version}.1"`, '"x"', '', `${version}`, '"1.1", "2.2"']) {
    const headers = { 'if-match': fails };
    assertProblem(await send('PUT', '/v2.0/things/a', { count: 0 }, headers), 412, 'VERSION_CONFLICT');
    assertProblem(await send('PATCH', '/v2.0/things/a', { count: 0 }, headers), 412, 'VERSION_CONFLICT');
    assertProblem(await send('DELETE', '/v2.0/things/a', undefined, headers), 412, 'VERSION_CONFLICT');
  }
  assert.equal((await send('GET', '/v2.0/things/a')).text, before.text);
  assert.equal((await send('DELETE', '/v2.0/things/a', undefined, { 'if-match': `"${version}.1"` })).status, 204);
});

test('preconditions on what is not there', async (t) => {
  const { send } = await startApi(t, testModel);
  for (const tag of ['*', '"1.1"']) {
    assertProblem(await send('PUT', '/v2.0/things/a', {}, { 'if-match': tag }), 412, 'VERSION_CONFLICT');
    assertProblem(await send('PATCH', '/v2.0/things/a', {}, { 'if-match': tag }), 404, 'RESOURCE_NOT_FOUND');
    assertProblem(await send('DELETE', '/v2.0/things/a', undefined, { 'if-match': tag }), 404, 'RESOURCE_NOT_FOUND');
  }
  assert.equal((await send('PUT', '/v2.0/things/a', {}, { 'if-none-match': '*' })).status, 201);
  assertProblem(await send('PUT', '/v2.0/things/a', {}, { 'if-none-match': '*' }), 412, 'VERSION_CONFLICT');
  assertProblem(await send('PATCH', '/v2.0/things/a', {}, { 'if-none-match': '"1.1"' }), 412, 'VERSION_CONFLICT');
});

test('of 50 changes at once by the same tag exactly one wins', async (t) => {
  const { send } = await startApi(t, testModel);
  await send('POST', '/v2.0/things', { id: 'a' });
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, i) => send('PATCH', '/v2.0/things/a', { count: i + 1 }, { 'if-match': '"1.1"' })),
  );
  const winners = answers.filter(({ status }) => status === 200);
  assert.equal(winners.length, 1);
  for (const answer of answers) if (answer.status !== 200) assertProblem(answer, 412, 'VERSION_CONFLICT');
  const [winner] = winners;
  assert.ok(winner);
  assert.deepEqual((await send('GET', '/v2.0/things/a')).body, winner.body);
});

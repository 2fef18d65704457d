import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertProblem, listIn, objectIn, startApi, testModel, textIn, uuid } from './helpers.ts';

test('POST answers 201 with what was set, its place and its tag; the body may be wrapped or not', async (t) => {
  const { send } = await startApi(t, testModel);
  for (const body of [{ thing: { name: 'a' } }, { name: 'a' }]) {
    const made = await send('POST', '/v2.0/things', body);
    assert.equal(made.status, 201);
    const thing = objectIn(made, 'thing');
    const id = textIn(thing, 'id');
    assert.match(id, uuid);
    assert.equal(made.headers.location, `/v2.0/things/${id}`);
    assert.equal(made.headers.etag, '"1.1"');
    assert.match(made.headers['content-type'] ?? '', /^application\/json/);
    assert.ok(!('ratio' in thing), 'what was never set is not shown');
    assert.equal(thing.made_once, 'x');
    assert.deepEqual(Object.keys(thing), Object.keys(thing).toSorted());
  }
});

test('GET shows every property, null where there is none, under sorted keys', async (t) => {
  const { send } = await startApi(t, testModel);
  await send('POST', '/v2.0/things', { id: 'a', settings: { z: 1, a: { y: 2, b: 3 } } });
  const got = await send('GET', '/v2.0/things/a');
  assert.equal(got.status, 200);
  assert.equal(
    got.text,
    '{"thing":{"count":0,"id":"a","made_once":"x","name":"","on":false,"ratio":null,"serial":null,' +
      '"settings":{"a":{"b":3,"y":2},"z":1},"status":"PENDING_CREATE","tags":[]}}',
  );
});

test('ids: given ones are kept, empty ones are made, wrong ones are refused', async (t) => {
  const { send } = await startApi(t, testModel);
  assert.equal(objectIn(await send('POST', '/v2.0/things', { id: 'my.thing~1' }), 'thing').id, 'my.thing~1');
  assert.match(textIn(objectIn(await send('POST', '/v2.0/things', { id: '' }), 'thing'), 'id'), uuid);
  for (const id of ['a/b', 'a b', '..', 'ü', 'x'.repeat(256), 'a.json', 'a\u0000', 5, null, {}]) {
    const refused = await send('POST', '/v2.0/things', { id });
    assert.equal(refused.status, 400, JSON.stringify(id));
  }
  assertProblem(await send('POST', '/v2.0/things', { id: 'my.thing~1' }), 409, 'DUPLICATE_VALUE');
  assertProblem(
    await send('POST', '/v2.0/sites', { id: 's' }).then(() => send('POST', '/v2.0/racks', { id: 'r', site_id: 's' })),
    400,
    'VALIDATION_FAILED',
  );
});

test('PATCH and PUT merge; null sets null; arrays are replaced', async (t) => {
  const { send } = await startApi(t, testModel);
  await send('POST', '/v2.0/things', { id: 'a', settings: { keep: 1, inner: { x: 1 } }, tags: ['p', 'q'], ratio: 1.5 });
  const patched = await send('PATCH', '/v2.0/things/a', {
    thing: { settings: { inner: { y: 2 } }, tags: ['r'], ratio: null },
  });
  assert.equal(patched.status, 200);
  assert.equal(patched.headers.etag, '"2.2"');
  const thing = objectIn(patched, 'thing');
  assert.deepEqual(thing.settings, { keep: 1, inner: { x: 1, y: 2 } });
  assert.deepEqual(thing.tags, ['r']);
  assert.equal(thing.ratio, null);
  const put = await send('PUT', '/v2.0/things/a', { count: 7 });
  assert.equal(put.status, 200);
  assert.deepEqual(objectIn(put, 'thing').settings, { keep: 1, inner: { x: 1, y: 2 } });
  assert.deepEqual(objectIn(await send('GET', '/v2.0/things/a'), 'thing'), objectIn(put, 'thing'));
});

test('PUT creates what is missing, with the id of the path', async (t) => {
  const { send } = await startApi(t, testModel);
  const made = await send('PUT', '/v2.0/things/new', { name: 'n' });
  assert.equal(made.status, 201);
  assert.equal(made.headers.location, '/v2.0/things/new');
  assert.equal(objectIn(made, 'thing').id, 'new');
  assert.equal((await send('PUT', '/v2.0/things/new', { name: 'm' })).status, 200);
  assertProblem(await send('PUT', '/v2.0/things/other', { id: 'another' }), 400, 'VALIDATION_FAILED');
  assertProblem(await send('PUT', '/v2.0/things/a%20b', {}), 400, 'VALIDATION_FAILED');
  assertProblem(await send('PUT', '/v2.0/slots/not-a-uuid', { rack_id: 'x' }), 400, 'VALIDATION_FAILED');
});

test('PUT in a race creates once and updates otherwise', async (t) => {
  const { send } = await startApi(t, testModel);
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, i) => send('PUT', '/v2.0/things/raced', { count: i })),
  );
  assert.equal(answers.filter(({ status }) => status === 201).length, 1);
  assert.equal(answers.filter(({ status }) => status === 200).length, 19);
});

test('a body of what may not be set is refused, and changes nothing', async (t) => {
  const { send } = await startApi(t, testModel);
  await send('POST', '/v2.0/things', { id: 'a', name: 'before' });
  const whole = objectIn(await send('GET', '/v2.0/things/a'), 'thing');
  for (const patch of [whole, { made_once: 'y' }, { status: 'ACTIVE' }, { nobody: 1 }, { count: 'x' }, { thing: 5 }]) {
    assertProblem(await send('PATCH', '/v2.0/things/a', patch), 400, 'VALIDATION_FAILED');
    assertProblem(await send('PUT', '/v2.0/things/a', patch), 400, 'VALIDATION_FAILED');
  }
  const faulty = await send('POST', '/v2.0/things', { count: 'x', nobody: 1 });
  assertProblem(faulty, 400, 'VALIDATION_FAILED');
  assert.deepEqual(
    listIn(faulty, 'errors')
      .map(({ pointer }) => pointer)
      .toSorted(),
    ['/count', '/nobody'],
  );
  assert.deepEqual(objectIn(await send('GET', '/v2.0/things/a'), 'thing'), whole);
  assert.equal((await send('GET', '/v2.0/things')).headers['x-total-count'], '1');
});

test('a wrapped body with anything beside the wrapping is not unwrapped', async (t) => {
  const { send } = await startApi(t, testModel);
  assertProblem(await send('POST', '/v2.0/things', { thing: { name: 'a' }, name: 'b' }), 400, 'VALIDATION_FAILED');
});

test('missing, used and double resources are told apart', async (t) => {
  const { send } = await startApi(t, testModel);
  for (const method of ['GET', 'DELETE'] as const) {
    assertProblem(await send(method, '/v2.0/things/nothing'), 404, 'RESOURCE_NOT_FOUND');
    assertProblem(await send(method, '/v2.0/things/no%20id'), 404, 'RESOURCE_NOT_FOUND');
  }
  assertProblem(await send('POST', '/v2.0/racks', { site_id: 'nowhere' }), 400, 'RELATED_NOT_FOUND');
  await send('POST', '/v2.0/sites', { id: 's' });
  assert.equal((await send('POST', '/v2.0/racks', { site_id: 's' })).status, 201);
  assertProblem(await send('DELETE', '/v2.0/sites/s'), 409, 'RESOURCE_IN_USE');
  await send('POST', '/v2.0/things', { serial: '1' });
  assertProblem(await send('POST', '/v2.0/things', { serial: '1' }), 409, 'DUPLICATE_VALUE');
});

test('A2: a PATCH of a missing row is 404, and makes none', async (t) => {
  const { send } = await startApi(t, testModel);
  for (const id of ['nothing', 'no%20id']) {
    assertProblem(await send('PATCH', `/v2.0/things/${id}`, {}), 404, 'RESOURCE_NOT_FOUND');
    assertProblem(await send('GET', `/v2.0/things/${id}`), 404, 'RESOURCE_NOT_FOUND');
  }
});

test('A2: DELETE answers 204 without a body', async (t) => {
  const { send } = await startApi(t, testModel);
  await send('POST', '/v2.0/things', { id: 'a' });
  const gone = await send('DELETE', '/v2.0/things/a');
  assert.equal(gone.status, 204);
  assert.equal(gone.text, '');
  assertProblem(await send('DELETE', '/v2.0/things/a'), 404, 'RESOURCE_NOT_FOUND');
});

test('DELETE with a body that says it is JSON and is not changes nothing', async (t) => {
  const { send, api } = await startApi(t, testModel);
  await send('POST', '/v2.0/things', { id: 'a' });
  const answer = await api.inject({
    method: 'DELETE',
    url: '/v2.0/things/a',
    headers: { 'content-type': 'application/json' },
    payload: '{',
  });
  assert.equal(answer.statusCode, 400);
  assert.equal((await send('GET', '/v2.0/things/a')).status, 200);
  // What clients send that put a Content-Type on everything.
  assert.equal((await send('DELETE', '/v2.0/things/a', undefined, { 'content-type': 'application/json' })).status, 204);
});

test('HEAD is GET without its body', async (t) => {
  const { send } = await startApi(t, testModel);
  await send('POST', '/v2.0/things', { id: 'a' });
  for (const path of ['/v2.0/things', '/v2.0/things/a', '/gohan/v0.1/schemas', '/livez']) {
    const got = await send('GET', path);
    const head = await send('HEAD', path);
    assert.equal(head.status, 200);
    assert.equal(head.text, '');
    assert.equal(head.headers['content-length'], String(Buffer.byteLength(got.text)));
    assert.equal(head.headers.etag, got.headers.etag);
    assert.equal(head.headers['x-total-count'], got.headers['x-total-count']);
  }
});

test('a slash at the end and the suffix .json make no difference', async (t) => {
  const { send } = await startApi(t, testModel);
  await send('POST', '/v2.0/things/', { id: 'a' });
  for (const path of ['/v2.0/things/a', '/v2.0/things/a/', '/v2.0/things/a.json', '/v2.0/things/a.json?_fields=id']) {
    assert.equal(objectIn(await send('GET', path), 'thing').id, 'a', path);
  }
  assert.equal((await send('GET', '/v2.0/things.json?limit=1')).status, 200);
  assertProblem(await send('GET', '/gohan/v0.1/schemas.json'), 404, 'PATH_NOT_FOUND');
});

test('OPTIONS and 405 say what is possible', async (t) => {
  const { send } = await startApi(t, testModel);
  const collection = 'GET, HEAD, OPTIONS, POST';
  const member = 'DELETE, GET, HEAD, OPTIONS, PATCH, PUT';
  for (const [path, allow] of [
    ['/v2.0/things', collection],
    ['/v2.0/things/a', member],
    ['/v2.0/sites/s/racks', collection],
  ] as const) {
    const options = await send('OPTIONS', path);
    assert.equal(options.status, 200);
    assert.equal(options.text, '');
    assert.equal(options.headers.allow, allow);
  }
  const refused = await send('DELETE', '/v2.0/things');
  assertProblem(refused, 405, 'METHOD_NOT_ALLOWED');
  assert.equal(refused.headers.allow, collection);
  assertProblem(await send('POST', '/v2.0/things/a', { any: 'body' }), 405, 'METHOD_NOT_ALLOWED');
  assertProblem(
    await send('POST', '/v2.0/things/a', undefined, { 'content-type': 'text/plain' }),
    405,
    'METHOD_NOT_ALLOWED',
  );
  assertProblem(await send('POST', '/livez', {}), 405, 'METHOD_NOT_ALLOWED');
});

test('unknown paths are a problem too', async (t) => {
  const { send } = await startApi(t, testModel);
  for (const path of [
    '/',
    '/v2.0',
    '/v2.0/nothings',
    '/v2.0/things/a/b',
    `/v2.0/things/${'x'.repeat(400)}`,
    '//things',
  ]) {
    assertProblem(await send('GET', path), 404, 'PATH_NOT_FOUND');
  }
  assertProblem(await send('GET', '/v2.0/things/%zz'), 400, 'REQUEST_MALFORMED');
});

import assert from 'node:assert/strict';
import { Agent, get } from 'node:http';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import type { Json } from '../../src/kernel/json.ts';
import { limits } from '../../src/kernel/limits.ts';
import { answerOf, assertProblem, objectIn, startApi, type TestApi, testModel } from './helpers.ts';

const runs = { numRuns: 300 };

async function post(api: TestApi['api'], payload: string | Buffer, type = 'application/json') {
  const headers = type === '' ? {} : { 'content-type': type };
  const answer = await api.inject({ method: 'POST', url: '/v2.0/things', headers, payload });
  return answerOf(answer.statusCode, answer.headers, answer.payload);
}

test('what is not one JSON object is refused', async (t) => {
  const { api, send } = await startApi(t, testModel);
  for (const payload of ['', '{', '{"a":1', 'null', '[]', '[{}]', '5', '"x"', 'true', '{} {}', '\ufeff{}', "{'a':1}"]) {
    assertProblem(await post(api, payload), 400, 'BODY_NOT_JSON');
  }
  assertProblem(await post(api, Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])), 400, 'BODY_NOT_JSON');
  for (const method of ['POST', 'PUT', 'PATCH'] as const) {
    const path = method === 'POST' ? '/v2.0/things' : '/v2.0/things/a';
    assertProblem(await send(method, path), 400, 'BODY_NOT_JSON');
  }
});

test('an error about a body does not quote it', async (t) => {
  const { api } = await startApi(t, testModel);
  const refused = await post(api, '{"password": "hunter2", oops}');
  assertProblem(refused, 400, 'BODY_NOT_JSON');
  assert.doesNotMatch(refused.text, /hunter2|oops/);
});

test('what JSON can say and nothing behind it can hold is refused, with its place', async (t) => {
  const { api } = await startApi(t, testModel);
  const cases: readonly (readonly [string, string])[] = [
    ['{"name":"a\\u0000b"}', '/name'],
    ['{"name":"\\ud800"}', '/name'],
    ['{"name":"\\udc00\\ud800"}', '/name'],
    ['{"tags":["x","\\u0000"]}', '/tags/1'],
    ['{"settings":{"a/b":{"k~":"\\ud83d"}}}', '/settings/a~1b/k~0'],
    ['{"settings":{"\\u0000":1}}', '/settings'],
    ['{"settings":{"__proto__":{"polluted":true}}}', '/settings'],
    ['{"__proto__":{"polluted":true}}', ''],
    ['{"settings":{"\\u005f_proto__":1}}', '/settings'],
    ['{"settings":{"n":1e999}}', '/settings/n'],
    [`{"settings":{"n":${'9'.repeat(400)}}}`, '/settings/n'],
    ['{"settings":{"serial":1234567890123456789}}', '/settings/serial'],
    ['{"settings":{"list":[0,{"serial":-9007199254740993}]}}', '/settings/list/1/serial'],
    ['{"tags":["x",18446744073709551615]}', '/tags/1'],
    ['{"number":1234567890123456789}', '/number'],
    ['{"ratio":0.1234567890123456789}', '/ratio'],
    ['{"thing":{"settings":{"e":1234567890123456789e0}}}', '/thing/settings/e'],
    ['{"settings":{"tiny":1e-400}}', '/settings/tiny'],
  ];
  for (const [payload, pointer] of cases) {
    const refused = await post(api, payload);
    assertProblem(refused, 400, 'BODY_NOT_JSON');
    assert.deepEqual(Array.isArray(refused.body.errors) && refused.body.errors.length, 1, payload);
    assert.match(refused.text, new RegExp(`"pointer":"${pointer.replaceAll('/', '\\/')}"`), payload);
  }
  assert.equal(Reflect.get({}, 'polluted'), undefined);
});

test('a number that is taken is kept to the digit', async (t) => {
  const { api, send } = await startApi(t, testModel);
  const numbers = ['9007199254740991', '-9007199254740991', '100000000000000000000', '1e+21', '0.1', '19.99', '5e-324'];
  const settings = `{"list":[${numbers.join(',')}]}`;
  assert.equal((await post(api, `{"id":"a","settings":${settings},"ratio":0.30000000000000004}`)).status, 201);
  const { text } = await send('GET', '/v2.0/things/a');
  assert.ok(text.includes(settings), text);
  assert.ok(text.includes('0.30000000000000004'), text);
});

test('all that Unicode has is kept', async (t) => {
  const { send } = await startApi(t, testModel);
  const name = '竈 \u{1f525} e\u0301 \u200f \u0001 "\\/ \ufffe \u2028';
  await send('POST', '/v2.0/things', { id: 'a', name, settings: { [name]: name, constructor: 1 } });
  const thing = objectIn(await send('GET', '/v2.0/things/a'), 'thing');
  assert.equal(thing.name, name);
  assert.deepEqual(thing.settings, { [name]: name, constructor: 1 });
});

test('depth: the limit is kept, one more is refused before it is parsed', async (t) => {
  const { api } = await startApi(t, testModel);
  const nested = (depth: number) => `{"settings":${'{"a":'.repeat(depth - 1)}1${'}'.repeat(depth - 1)}}`;
  assert.equal((await post(api, nested(limits.jsonDepth))).status, 201);
  assertProblem(await post(api, nested(limits.jsonDepth + 1)), 400, 'BODY_TOO_DEEP');
  assertProblem(await post(api, '['.repeat(10_000)), 400, 'BODY_TOO_DEEP');
  assertProblem(await post(api, `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`), 400, 'BODY_TOO_DEEP');
});

test('size: the limit is kept, one byte more is refused', async (t) => {
  const { api } = await startApi(t, testModel);
  const sized = (bytes: number) => `{"name":"${'x'.repeat(bytes - 11)}"}`;
  assert.equal((await post(api, sized(limits.requestBodyBytes))).status, 201);
  assertProblem(await post(api, sized(limits.requestBodyBytes + 1)), 413, 'BODY_TOO_LARGE');
});

test('bodies of other media types are refused', async (t) => {
  const { api } = await startApi(t, testModel);
  const refused = ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'text/json'];
  for (const type of [
    ...refused,
    '',
    'x',
    'application/json; charset=latin1',
    'application/jsonp',
    'text/plain;application/json',
  ]) {
    assertProblem(await post(api, '{}', type), 415, 'MEDIA_TYPE_UNSUPPORTED');
  }
  const packed = await api.inject({
    method: 'POST',
    url: '/v2.0/things',
    headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
    payload: '{}',
  });
  assert.equal(packed.statusCode, 415);
  for (const type of ['application/json', 'application/json; charset=utf-8', 'Application/JSON;charset="UTF-8"']) {
    assert.equal((await post(api, '{}', type)).status, 201, type);
  }
});

test('no JSON makes the server fail, and none that was refused leaves anything behind', async (t) => {
  const { api, errors, send } = await startApi(t, testModel);
  const names = ['id', 'name', 'serial', 'count', 'ratio', 'on', 'settings', 'tags', 'made_once', 'status', 'thing'];
  const likely = fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.string()), fc.jsonValue(), { maxKeys: 6 });
  let made = 0;
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.jsonValue(), likely), async (body) => {
      const answer = await post(api, JSON.stringify(body));
      assert.ok(answer.status < 500, answer.text);
      if (answer.status === 201) made++;
      else assert.match(answer.headers['content-type'] ?? '', /^application\/problem\+json/);
    }),
    runs,
  );
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary' }), async (text) => {
      const answer = await post(api, text);
      assert.ok(answer.status === 400 || answer.status === 201, answer.text);
      if (answer.status === 201) made++;
    }),
    runs,
  );
  assert.equal((await send('GET', '/v2.0/things?limit=0')).headers['x-total-count'], String(made));
  assert.deepEqual(errors, []);
});

test('what was accepted comes back as it was sent', async (t) => {
  const { send } = await startApi(t, testModel);
  const storable = (value: unknown): boolean => !/\\u0000|\\ud[89a-f]|__proto__/.test(JSON.stringify(value));
  await fc.assert(
    fc.asyncProperty(fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 4 }).filter(storable), async (settings) => {
      const sent: Json = JSON.parse(JSON.stringify(settings));
      const made = await send('POST', '/v2.0/things', { settings: sent });
      assert.equal(made.status, 201, made.text);
      const got = await send('GET', made.headers.location ?? '');
      assert.deepEqual(objectIn(got, 'thing').settings, sent);
    }),
    { numRuns: 150 },
  );
});

test('no query string makes the server fail', async (t) => {
  const { api, errors } = await startApi(t, testModel);
  const statusOf = await getter(t, api);
  await post(api, '{"id":"a","name":"x"}');
  const names = [
    'name',
    'count',
    'ratio',
    'on',
    'settings',
    'id',
    'serial',
    'limit',
    'offset',
    'sort_key',
    'sort_order',
  ];
  const more = ['search_field', 'any_of', '_fields', 'fields', '_details', '__proto__', 'constructor', 'toString'];
  const name = fc.oneof(fc.constantFrom(...names, ...more), fc.string());
  const value = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      ...names,
      'asc',
      'desc',
      'true',
      'thing.id',
      'null',
      '{}',
      '%',
      '%00',
      '%ff',
      '%ed%a0%80',
      '+1',
      '',
    ),
    fc.integer().map(String),
    fc.double().map(String),
  );
  const pair = fc
    .tuple(name, value, fc.boolean())
    .map(([key, text, encoded]) => (encoded ? `${encode(key)}=${encode(text)}` : `${ascii(key)}=${ascii(text)}`));
  const query = fc.array(pair, { maxLength: 6 }).map((pairs) => pairs.join('&'));
  await fc.assert(
    fc.asyncProperty(query, fc.constantFrom('/v2.0/things', '/v2.0/things/a', '/v2.0/slots'), async (text, path) => {
      const status = await statusOf(`${path}?${text}`);
      assert.ok(status === 200 || status === 400, `${status}: ${text}`);
    }),
    { numRuns: 1_000 },
  );
  assert.deepEqual(errors, []);
});

test('no path makes the server fail', async (t) => {
  const { api, errors } = await startApi(t, testModel);
  const statusOf = await getter(t, api);
  const segment = fc.oneof(
    fc.constantFrom('v2.0', 'things', 'sites', 'racks', 'a', '..', '%2e%2e', '%2f', '%00', ''),
    fc.string().map(ascii),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(segment, { maxLength: 6 }), async (segments) => {
      const status = await statusOf(`/${segments.join('/')}`);
      assert.ok(status < 500, `${status}: ${segments.join('/')}`);
    }),
    runs,
  );
  assert.deepEqual(errors, []);
});

/** Percent-encoded as far as that is possible: half a surrogate pair has no UTF-8. */
function encode(text: string): string {
  return encodeURIComponent(text.replaceAll(/\p{Surrogate}/gu, '?'));
}

/** What may stand in a request line as it is. */
function ascii(text: string): string {
  return text.replaceAll(/[^\x21-\x7e]|[#?]/g, '');
}

/** Gets a target exactly as it is written, over the network. */
async function getter(t: TestContext, api: TestApi['api']): Promise<(path: string) => Promise<number>> {
  await api.listen();
  const agent = new Agent({ keepAlive: true });
  t.after(() => agent.destroy());
  return (path) =>
    new Promise((resolve, reject) => {
      const request = get({ host: '127.0.0.1', port: api.address.port, path, agent }, (answer) => {
        answer.resume().on('end', () => resolve(answer.statusCode ?? 0));
      });
      request.on('error', reject);
    });
}

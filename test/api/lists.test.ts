import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noRequestHooks } from '../../src/api/request-hooks.ts';
import type { JsonObject } from '../../src/kernel/json.ts';
import { limits } from '../../src/kernel/limits.ts';
import { assertProblem, listIn, objectIn, startApi, type TestApi, testModel, textIn } from './helpers.ts';

async function makeThings(send: TestApi['send']): Promise<void> {
  const things = [
    { id: 'a', name: 'one', count: 1, ratio: 0.5, on: true, tags: ['x'], settings: { k: 1, j: 2 } },
    { id: 'b', name: 'two', count: 2, ratio: -1e3, tags: [] },
    { id: 'c', name: '100% two_', count: 3, serial: 's' },
    { id: 'd', name: '', count: -4, on: true },
  ];
  for (const thing of things) assert.equal((await send('POST', '/v2.0/things', thing)).status, 201);
}

async function ids(send: TestApi['send'], query: string): Promise<string> {
  const answer = await send('GET', `/v2.0/things?${query}`);
  assert.equal(answer.status, 200, answer.text);
  return listIn(answer, 'things')
    .map(({ id }) => id)
    .join('');
}

test('filters: typed by the property, repeated ones are alternatives', async (t) => {
  const { send } = await startApi(t, testModel);
  await makeThings(send);
  const cases: readonly (readonly [string, string])[] = [
    ['', 'abcd'],
    ['name=two', 'b'],
    ['name=one&name=two', 'ab'],
    ['name=', 'd'],
    ['name=nobody', ''],
    ['count=2', 'b'],
    ['count=-4', 'd'],
    ['count=1&name=two', ''],
    ['ratio=0.5', 'a'],
    ['ratio=-1e3', 'b'],
    ['settings=%7B%22j%22%3A2%2C%22k%22%3A1%7D', 'a'],
    ['tags=%5B%22x%22%5D', 'a'],
    ['id=a&id=d&id=zz', 'ad'],
    ['name=100%25%20two_', 'c'],
    ...['1', 't', 'T', 'TRUE', 'true', 'True'].map((text) => [`on=${text}`, 'ad'] as const),
    ...['0', 'f', 'F', 'FALSE', 'false', 'False'].map((text) => [`on=${text}`, 'bc'] as const),
    ['any_of=true&name=one&count=3', 'ac'],
    ['any_of=false&name=one&count=3', ''],
  ];
  for (const [query, expected] of cases) assert.equal(await ids(send, query), expected, query);
});

test('sorting and paging', async (t) => {
  const { send } = await startApi(t, testModel);
  await makeThings(send);
  assert.equal(await ids(send, 'sort_order=desc'), 'dcba');
  assert.equal(await ids(send, 'sort_key=count'), 'dabc');
  assert.equal(await ids(send, 'sort_key=count&sort_order=desc&limit=2&offset=1'), 'ba');
  assert.equal(await ids(send, 'offset=9007199254740991'), '');
  for (const [query, total] of [
    ['limit=0', '4'],
    ['limit=1&offset=3', '4'],
    ['on=true&limit=1', '2'],
    ['name=no', '0'],
  ] as const) {
    assert.equal((await send('GET', `/v2.0/things?${query}`)).headers['x-total-count'], total, query);
  }
  assert.equal(await ids(send, 'limit=0'), '');
  assert.equal((await send('GET', `/v2.0/things?limit=${limits.largestPageSize}`)).status, 200);
});

test('a list without a limit has the default page size', async (t) => {
  const { send, database } = await startApi(t, testModel);
  const caller = { user: 'u', tenant: null, roles: [] };
  const more = limits.defaultPageSize + 1;
  await Promise.all(
    Array.from({ length: more }, (_, i) => database.create(caller, 'site', `s${i}`, { id: `s${i}`, name: '' })),
  );
  const answer = await send('GET', '/v2.0/sites');
  assert.equal(listIn(answer, 'sites').length, limits.defaultPageSize);
  assert.equal(answer.headers['x-total-count'], String(more));
  assert.equal(listIn(await send('GET', `/v2.0/sites?limit=${more}`), 'sites').length, more);
});

test('search fields look for a part of the value, literally', async (t) => {
  const { send } = await startApi(t, testModel);
  await makeThings(send);
  assert.equal(await ids(send, 'search_field=name&name=two'), 'bc');
  assert.equal(await ids(send, 'search_field=name&name=0%25'), 'c');
  assert.equal(await ids(send, 'search_field=name&name=o_'), 'c');
  assert.equal(await ids(send, 'search_field=name&name=%25'), 'c');
  assert.equal(await ids(send, 'search_field=name&name=two&count=2'), 'b');
  assertProblem(await send('GET', '/v2.0/slots?search_field=name&name=x'), 400, 'QUERY_INVALID');
});

test('what is wrong in a query is refused by name', async (t) => {
  const { send } = await startApi(t, testModel);
  for (const query of [
    'nobody=1',
    '__proto__=1',
    'constructor=1',
    'count=x',
    'count=1.5',
    'count=',
    'ratio=x',
    'ratio=1e999',
    'ratio=Infinity',
    'ratio=0.1234567890123456789',
    'ratio=9007199254740993',
    'number=9007199254740993',
    'settings=%7B%22n%22%3A9007199254740993%7D',
    'on=maybe',
    'settings=x',
    `settings=${'%5B'.repeat(100)}`,
    'name=%00',
    'sort_key=nobody',
    'sort_order=up',
    'sort_order=asc&sort_order=desc',
    'limit=-1',
    'limit=1.5',
    'limit=x',
    'limit=',
    `limit=${limits.largestPageSize + 1}`,
    'offset=-1',
    'offset=9007199254740993',
    'any_of=perhaps',
    '_details=perhaps',
    'search_field=name',
    'search_field=nobody&nobody=1',
    '_fields=nobody',
    '_fields=rack.nobody',
    '_fields=nobody.id',
    `${'name=a&'.repeat(limits.listFilterValues + 1)}`,
  ]) {
    assertProblem(await send('GET', `/v2.0/things?${query}`), 400, 'QUERY_INVALID');
  }
  await send('POST', '/v2.0/things', { id: 'a' });
  assertProblem(await send('GET', '/v2.0/things/a?name=a'), 400, 'QUERY_INVALID');
});

test('fields: only those are shown, nulls are left out', async (t) => {
  const { send } = await startApi(t, testModel);
  await makeThings(send);
  const shown = async (path: string) => (await send('GET', path)).body;
  assert.deepEqual(await shown('/v2.0/things?id=a&_fields=id&_fields=thing.count'), {
    things: [{ count: 1, id: 'a' }],
  });
  assert.deepEqual(await shown('/v2.0/things?id=b&fields=id&fields=serial'), { things: [{ id: 'b' }] });
  assert.deepEqual(await shown('/v2.0/things/c?_fields=serial'), { thing: { serial: 's' } });
});

test('relations are joined, recursively, in lists and single ones', async (t) => {
  const { send } = await startApi(t, testModel);
  await send('POST', '/v2.0/sites', { id: 's', name: 'here' });
  const rack = textIn(objectIn(await send('POST', '/v2.0/sites/s/racks', { name: 'r' }), 'rack'), 'id');
  const slot = textIn(objectIn(await send('POST', `/v2.0/sites/s/racks/${rack}/slots`, {}), 'slot'), 'id');
  const expected = {
    id: slot,
    name: '',
    number: 0,
    rack: { id: rack, name: 'r', site: { id: 's', name: 'here' }, site_id: 's' },
    rack_id: rack,
    spare: null,
    spare_of: null,
  };
  assert.deepEqual((await send('GET', `/v2.0/slots/${slot}`)).body, { slot: expected });
  assert.deepEqual((await send('GET', '/v2.0/slots')).body, { slots: [expected] });
  assert.equal((await send('GET', '/v2.0/slots?spare_of=')).headers['x-total-count'], '1');
  assert.equal((await send('GET', `/v2.0/slots?spare_of=${rack}`)).headers['x-total-count'], '0');
  const { rack: _rack, spare: _spare, ...plain } = expected;
  assert.deepEqual((await send('GET', '/v2.0/slots?_details=false')).body, { slots: [plain] });
  assert.deepEqual((await send('GET', `/v2.0/slots/${slot}?_details=false`)).body, { slot: plain });
  assert.deepEqual((await send('GET', '/v2.0/slots?_fields=number&_fields=rack.name')).body, {
    slots: [{ number: 0, rack: { name: 'r' } }],
  });
});

test('joins take one query for each relation and level, not one for each row', async (t) => {
  const real = await startApi(t, testModel);
  let lists = 0;
  const counting: typeof real.database = {
    ...real.database,
    list: (caller, type, query) => {
      lists++;
      return real.database.list(caller, type, query);
    },
  };
  const { send } = await startApi(t, testModel, { database: counting });
  await send('POST', '/v2.0/sites', { id: 's' });
  for (let i = 0; i < 30; i++) await send('POST', '/v2.0/sites/s/racks', { name: `${i}` });
  const racks = listIn(await send('GET', '/v2.0/racks?_details=false'), 'racks');
  for (const { id } of racks) await send('POST', '/v2.0/slots', { rack_id: id ?? '', spare_of: id ?? '' });
  lists = 0;
  assert.equal(listIn(await send('GET', '/v2.0/slots'), 'slots').length, 30);
  // slots; racks and their sites, once as the rack and once as the spare
  assert.equal(lists, 5);
});

const caller = { user: 'u', tenant: null, roles: [] };

/** Things t10 to t49 of 240 KB each: 9.6 MB, more than a page. */
async function largeThings(t: Parameters<typeof startApi>[0], options: Parameters<typeof startApi>[2] = {}) {
  const started = await startApi(t, testModel, options);
  for (let i = 10; i < 50; i++) {
    const name = 'x'.repeat(240_000);
    await started.database.create(caller, 'thing', `t${i}`, { id: `t${i}`, name, tags: [String(i % 2)] });
  }
  return started;
}

/** The paths of a list's pages, what stands on them, and how large they are. */
async function pages(send: TestApi['send'], path: string, key: string) {
  const found: { readonly ids: readonly string[]; readonly bytes: number; readonly total: string | undefined }[] = [];
  for (let next: string | undefined = path; next !== undefined; ) {
    const answer = await send('GET', next);
    assert.equal(answer.status, 200, answer.text);
    const ids = listIn(answer, key).map((row) => String(row.id));
    found.push({ ids, bytes: Buffer.byteLength(answer.text), total: answer.headers['x-total-count'] });
    next = /^<([^>]+)>; rel="next"$/.exec(answer.headers.link ?? '')?.[1];
  }
  return found;
}

test('a page ends at its bytes as well, and names the next one; every row stands on one of them', async (t) => {
  const { send } = await largeThings(t);
  const expected = Array.from({ length: 40 }, (_, i) => `t${i + 10}`);
  for (const query of ['', '?limit=40', '?limit=10000', '?sort_order=desc', '?sort_key=count&limit=39']) {
    const found = await pages(send, `/v2.0/things${query}`, 'things');
    assert.equal(found.length, 2, query);
    for (const { bytes, total } of found) {
      assert.ok(bytes <= limits.pageBytes + 100, `${bytes} bytes`);
      assert.equal(total, '40');
    }
    assert.ok((found[0]?.bytes ?? 0) > limits.pageBytes - 300_000, 'a page is filled');
    assert.deepEqual(found.flatMap(({ ids }) => ids).sort(), expected, query);
  }
  // What isn't shown isn't counted.
  assert.equal((await pages(send, '/v2.0/things?_fields=id', 'things')).length, 1);
});

test('a link repeats what was asked for, and stands wherever there is more', async (t) => {
  const { send } = await startApi(t, testModel);
  await makeThings(send);
  const link = async (query: string) => (await send('GET', `/v2.0/things${query}`)).headers.link;
  assert.equal(await link('?limit=2&sort_key=count'), '</v2.0/things?offset=2&limit=2&sort_key=count>; rel="next"');
  assert.equal(await link('?limit=1&offset=2'), '</v2.0/things?offset=3&limit=1>; rel="next"');
  const search = '?limit=1&search_field=name&name=two&name=%3C%3E%20o';
  assert.match(
    (await link(search)) ?? '',
    /^<\/v2\.0\/things\?offset=1&limit=1&search_field=name&name=two&name=%3C%3E\+o>/,
  );
  for (const query of ['', '?limit=4', '?limit=2&offset=2', '?limit=0', '?offset=9']) {
    assert.equal(await link(query), undefined, query);
  }
  assert.equal((await pages(send, '/v2.0/things?limit=1', 'things')).length, 4);
  assert.equal(
    (await send('HEAD', '/v2.0/things?limit=1')).headers.link,
    '</v2.0/things?offset=1&limit=1>; rel="next"',
  );
});

test('rows that show large related rows fill a page as well; what no page holds is refused by name', async (t) => {
  const { send, database } = await startApi(t, testModel);
  await database.create(caller, 'site', 's', { id: 's', name: 'x'.repeat(120_000) });
  for (let i = 10; i < 30; i++) {
    await database.create(caller, 'rack', `r${i}`, { id: `r${i}`, name: 'y'.repeat(240_000), site_id: 's' });
  }
  for (let i = 10; i < 60; i++) {
    await database.create(caller, 'slot', `s${i}`, { id: `s${i}`, name: '', number: i, rack_id: `r${10 + (i % 20)}` });
  }
  const found = await pages(send, '/v2.0/slots', 'slots');
  assert.ok(found.length >= 3, `${found.length} pages`);
  for (const { bytes } of found) assert.ok(bytes <= limits.pageBytes + 100, `${bytes} bytes`);
  assert.deepEqual(
    found.flatMap(({ ids }) => ids),
    Array.from({ length: 50 }, (_, i) => `s${i + 10}`),
  );
  assert.equal((await pages(send, '/v2.0/slots?_details=false', 'slots')).length, 1);
  const [slot] = listIn(await send('GET', '/v2.0/slots?id=s10'), 'slots');
  assert.deepEqual(objectIn(await send('GET', '/v2.0/slots/s10'), 'slot'), slot);
});

test('a hook is told a page, and what it answers is shown', async (t) => {
  const reported: number[] = [];
  const hooks = {
    ...noRequestHooks,
    has: (type: { readonly id: string }, event: string) => type.id === 'thing' && event === 'post_list',
    listed: async (_type: unknown, _caller: unknown, resources: readonly JsonObject[]) => {
      reported.push(resources.length);
      return resources.filter(({ tags }) => JSON.stringify(tags) === '["1"]').map((row) => ({ ...row, shown: true }));
    },
  };
  const { send } = await largeThings(t, { hooks });
  const found = await pages(send, '/v2.0/things', 'things');
  assert.equal(reported.length, 2);
  assert.equal(reported[0] === undefined ? 0 : reported[0] + (reported[1] ?? 0), 40);
  assert.equal(found.flatMap(({ ids }) => ids).length, 20);
});

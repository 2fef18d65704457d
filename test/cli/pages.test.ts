import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { outputFormats } from '../../src/cli/common-options.ts';
import { tableLines } from '../../src/cli/table.ts';
import { isJsonObject, type Json, parseJson } from '../../src/kernel/json.ts';
import { limits } from '../../src/kernel/limits.ts';
import { startApi, type TestApi, testModel } from '../api/helpers.ts';
import { serving } from './fake-server.ts';
import { assertFailed, kamado } from './helpers.ts';

const caller = { user: 'u', tenant: null, roles: [] };

/** A server with so many things, in the order of their ids, each with so long a name. */
async function withThings(t: TestContext, ids: readonly string[], nameLength: number) {
  const served = await startApi(t, testModel);
  const name = 'x'.repeat(nameLength);
  await Promise.all(ids.map((id) => served.database.create(caller, 'thing', id, { id, name })));
  await served.api.listen();
  return { ...served, endpoint: `http://127.0.0.1:${served.api.address.port}` };
}

function idsOf(count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => `t${String(i).padStart(5, '0')}`);
}

/** The ids in a list as it is printed, in their order. */
function idsIn(format: (typeof outputFormats)[number], stdout: string, key: string): readonly string[] {
  if (format === 'table') {
    const [heading = '', , ...rows] = stdout.trimEnd().split('\n');
    const begin = heading.indexOf('id');
    return rows.map((row) => row.slice(begin).split(' ', 1)[0] ?? '');
  }
  const whole = parseJson(stdout);
  const list: Json | undefined = isJsonObject(whole) ? whole[key] : whole;
  assert.ok(Array.isArray(list));
  return list.map((item) => String(isJsonObject(item) ? item.id : item));
}

async function pageOf({ api }: TestApi): Promise<number> {
  const { payload } = await api.inject({ method: 'GET', url: '/v2.0/things' });
  return idsIn('json', payload, 'things').length;
}

test('a list over pages that end by their rows is whole in every format', async (t) => {
  const ids = idsOf(2 * limits.defaultPageSize + 1);
  const { endpoint } = await withThings(t, ids, 1);
  for (const format of outputFormats) {
    const { code, stdout, stderr } = await kamado(t, [
      ...['client', '--endpoint', endpoint, '--output-format', format],
      ...['thing', 'list'],
    ]);
    assert.equal(code, 0, stderr);
    assert.equal(stderr, '', format);
    assert.deepEqual(idsIn(format, stdout, 'things'), ids, format);
  }
});

test('a list over pages that end by their bytes is whole in every format, and as long as its limit', async (t) => {
  const ids = idsOf(80);
  const served = await withThings(t, ids, 250_000);
  const page = await pageOf(served);
  assert.ok(page > 0 && page < ids.length / 2, `a page holds ${page}`);
  for (const format of outputFormats) {
    for (const limit of [null, page + 1]) {
      const { code, stdout, stderr } = await kamado(t, [
        ...['client', '--endpoint', served.endpoint, '--output-format', format],
        ...['thing', 'list', ...(limit === null ? [] : ['--limit', String(limit)])],
      ]);
      assert.equal(code, 0, stderr);
      assert.deepEqual(idsIn(format, stdout, 'things'), ids.slice(0, limit ?? ids.length), `${format} ${limit}`);
    }
  }
});

test('keys of the store over several pages are whole in every format', async (t) => {
  const { store, endpoint } = await withThings(t, [], 1);
  const ids = idsOf(limits.storePageKeys + 1).map((id) => `/state/v2.0/things/${id}`);
  await Promise.all(ids.map((key) => store.transact({ success: [{ type: 'put', key, value: '{}' }] })));
  for (const format of outputFormats) {
    const { code, stdout, stderr } = await kamado(t, [
      ...['store', 'ls', '--endpoint', endpoint, '--output-format', format],
      '/state/v2.0/things/',
    ]);
    assert.equal(code, 0, stderr);
    const list = format === 'table' ? stdout.trimEnd().split('\n') : parseJson(stdout);
    const keys = Array.isArray(list) ? list.map((entry) => (isJsonObject(entry) ? entry.key : entry)) : [];
    assert.deepEqual(keys, ids, format);
  }
});

const thing = { id: { type: 'string' }, name: { type: 'string' } };
const schema = { id: 'thing', singular: 'thing', plural: 'things', title: 'T', prefix: '/v2.0/things' };
const schemas = {
  schemas: [{ ...schema, schema: { type: 'object', properties: thing, propertiesOrder: ['id', 'name'] } }],
};

test('a link to another origin is not followed, neither of resources nor of jobs nor of timelines', async (t) => {
  const other = await serving(t, {});
  const { port } = new URL(other.endpoint);
  for (const target of [
    `${other.endpoint}/x`,
    `//127.0.0.1:${port}/x`,
    `/\\127.0.0.1:${port}/x`,
    `@127.0.0.1:${port}/x`,
  ]) {
    const link = `<${target}>; rel="next"`;
    const entry = {
      time: '2026-01-01T00:00:00.000000Z',
      revision: 1,
      writer: 'a',
      action: 'create',
      key: '/k',
      value: '',
    };
    const { endpoint } = await serving(t, {
      '/gohan/v0.1/schemas': { body: schemas, link },
      '/v2.0/things': { body: { things: [{ id: 'a', name: 'b' }] }, link },
      '/kamado/v1/jobs': { body: { jobs: [{ id: 'j', state: 'ready' }] }, link },
      '/kamado/v1/timeline/thing/a?after=0': { body: [entry], link: `<${target}?after=7>; rel="next"` },
      '/kamado/v1/timeline/thing/a?after=7': { body: [] },
      // What is left of a target that is taken for a path of this server.
      [`//127.0.0.1:${port}/x`]: { body: { things: [], schemas: [], jobs: [] } },
    });
    for (const line of [
      ['client', 'thing', 'list'],
      ['job', 'list'],
      ['timeline', 'thing', 'a'],
    ]) {
      const { code, stderr } = await kamado(t, [...line, '--endpoint', endpoint]);
      assert.equal(code, 0, `${line.join(' ')}, ${target}: ${stderr}`);
    }
  }
  assert.deepEqual(other.asked, []);
});

test('the next page is found among other links, and a page without jobs is not the last one', async (t) => {
  const { endpoint, asked } = await serving(t, {
    '/kamado/v1/jobs': { body: { jobs: [] }, link: '</first>; rel="prev", </kamado/v1/jobs?after=a>; rel=next' },
    '/kamado/v1/jobs?after=a': { body: { jobs: [{ id: 'b', state: 'ready' }] } },
  });
  const { code, stdout, stderr } = await kamado(t, ['job', 'list', '--endpoint', endpoint]);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^b /m);
  assert.deepEqual(asked, ['/kamado/v1/jobs', '/kamado/v1/jobs?after=a']);
});

test('a page whose answer is no list is an error, and what came before it is not taken for the whole', async (t) => {
  const { endpoint } = await serving(t, {
    '/gohan/v0.1/schemas': { body: schemas },
    '/v2.0/things': { body: { things: [{ id: 'a', name: 'b' }] }, link: '</v2.0/things?offset=1>; rel="next"' },
  });
  assertFailed(await kamado(t, ['client', 'thing', 'list', '--endpoint', endpoint]), 1, /not as Kamado does/);
});

test('a table may be as long as a list', () => {
  const rows = Array.from({ length: 200_000 }, (_, i) => [String(i)]);
  assert.equal(tableLines([{ heading: 'id' }], rows, { width: null }).length, rows.length + 2);
});

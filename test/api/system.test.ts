import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kamadoError } from '../../src/kernel/errors.ts';
import type { JsonObject } from '../../src/kernel/json.ts';
import { MASK } from '../../src/kernel/secret.ts';
import type { Store } from '../../src/store/store.ts';
import { dumpedModel, skipWithoutTraces } from '../schema/recordings.ts';
import { assertProblem, listIn, objectIn, shippedModel, startApi, testModel } from './helpers.ts';

test('schemas are served whole and one by one, under a tag of the model', async (t) => {
  const { send, model } = await startApi(t, testModel);
  const all = await send('GET', '/gohan/v0.1/schemas');
  assert.equal(all.headers['x-total-count'], '4');
  assert.deepEqual(
    listIn(all, 'schemas').map(({ id }) => id),
    ['site', 'rack', 'slot', 'thing'],
  );
  const one = await send('GET', '/gohan/v0.1/schemas/rack');
  assert.deepEqual(objectIn(one, 'schema'), model.types.get('rack')?.document);
  assert.equal(one.headers.etag, `"${model.hash}"`);
  assert.equal(
    (await send('GET', '/gohan/v0.1/schemas', undefined, { 'if-none-match': `"${model.hash}"` })).status,
    304,
  );
  assertProblem(await send('GET', '/gohan/v0.1/schemas/nobody'), 404, 'TYPE_UNKNOWN');
  assertProblem(await send('POST', '/gohan/v0.1/schemas', {}), 405, 'METHOD_NOT_ALLOWED');
});

test('every type of the recorded dump is served, meta types excepted', { skip: skipWithoutTraces }, async (t) => {
  const { send, model } = await startApi(t, dumpedModel());
  assert.equal((await send('GET', '/gohan/v0.1/schemas')).headers['x-total-count'], '75');
  let routed = 0;
  for (const type of model.types.values()) {
    const answer = await send('GET', type.url);
    if (type.routed) {
      routed++;
      assert.deepEqual(answer.body, { [type.plural]: [] }, type.id);
    } else if (type.url !== '/gohan/v0.1/schemas') assertProblem(answer, 404, 'PATH_NOT_FOUND');
  }
  assert.ok(routed >= 70);
  const nested = '/v2.0/ese_devices/a/ese_physical_ports/b/ese_logical_ports/c/local_subnets';
  assertProblem(await send('GET', nested), 404, 'RESOURCE_NOT_FOUND');
});

test('ready: with both stores; degraded without the store, also for one that hangs', async (t) => {
  const real = await startApi(t, testModel);
  assert.deepEqual((await real.send('GET', '/livez')).status, 200);
  assert.deepEqual((await real.send('GET', '/readyz')).body, {
    status: 'ready',
    checks: { database: 'ok', store: 'ok' },
  });

  const away = async () => {
    throw kamadoError('STORE_UNAVAILABLE', { reason: 'gone' });
  };
  for (const get of [away, () => new Promise<never>(() => {})]) {
    const { send, api } = await startApi(t, testModel, { store: { ...bound(real.store), get } });
    await api.listen();
    const answer = await send('GET', '/readyz');
    assert.equal(answer.status, 200);
    assert.equal(answer.body.status, 'degraded');
    assert.equal(objectIn(answer, 'checks').database, 'ok');
    assert.notEqual(objectIn(answer, 'checks').store, 'ok');
    assert.equal((await send('POST', '/v2.0/things', {})).status, 201, 'writes go on');
  }
});

test('not ready without the database; many who ask at once ask once', async (t) => {
  const real = await startApi(t, testModel);
  let asked = 0;
  const getMeta = async () => {
    asked++;
    throw kamadoError('DATABASE_UNAVAILABLE', { reason: 'gone' });
  };
  const { send } = await startApi(t, testModel, { database: { ...real.database, getMeta } });
  const answers = await Promise.all(Array.from({ length: 50 }, () => send('GET', '/readyz')));
  for (const answer of answers) {
    assertProblem(answer, 503, 'DATABASE_UNAVAILABLE');
    assert.equal(answer.headers['retry-after'], '1');
  }
  assert.equal(asked, 1);
  assert.equal((await send('GET', '/livez')).status, 200);
});

test('what nobody expected is logged under the reference that is answered, and says nothing else', async (t) => {
  const real = await startApi(t, testModel);
  const get = async () => {
    throw new TypeError('the password is hunter2');
  };
  const { send, errors } = await startApi(t, testModel, { database: { ...real.database, get } });
  const answer = await send('GET', '/v2.0/things/a');
  assertProblem(answer, 500, 'INTERNAL');
  assert.doesNotMatch(answer.text, /hunter2|TypeError/);
  assert.equal(errors.length, 1);
  assert.match(answer.text, new RegExp(String(errors[0]?.reference)));
  assert.equal(errors[0]?.route, '/v2.0/things/:id');
});

test('the timeline of a resource, also of one that is gone', async (t) => {
  const { send, timeline } = await startApi(t, testModel);
  const entry = { type: 'thing', id: 'a', writer: 'sync', key: '/config/v2.0/things/a', value: '{}', place: 0 };
  await timeline.append(
    [
      { ...entry, timeMs: 1494478758557.808, revision: 5, action: 'create' },
      { ...entry, timeMs: 1494478758558, revision: 7, action: 'delete', value: '' },
    ],
    7,
  );
  const first = {
    time: '2017-05-11T04:59:18.557808Z',
    revision: 5,
    writer: 'sync',
    action: 'create',
    key: entry.key,
    value: '{}',
  };
  const second = { ...first, time: '2017-05-11T04:59:18.558000Z', revision: 7, action: 'delete', value: '' };
  const read = async (query: string) => JSON.parse((await send('GET', `/kamado/v1/timeline/thing/a${query}`)).text);
  assert.deepEqual(await read(''), [first, second]);
  assert.deepEqual(await read('?after=5'), [second]);
  assert.deepEqual(await read('?after=7'), []);
  assert.deepEqual(await read('?limit=1'), [first]);
  const { headers } = await send('GET', '/kamado/v1/timeline/thing/a?limit=1');
  assert.equal(headers.link, '</kamado/v1/timeline/thing/a?after=5&limit=1>; rel="next"');
  assert.equal((await send('GET', '/kamado/v1/timeline/thing/a?limit=2')).headers.link, undefined);
  const together = ['1', '2', '3'].map((key, place) => {
    return { ...entry, key, place, timeMs: 0, revision: 9, action: 'create' as const };
  });
  await timeline.append(together, 9);
  assert.equal((await read('?after=7&limit=1')).length, 3, 'a revision is not cut in two');
  await send('POST', '/v2.0/things', { id: 'b' });
  assert.equal((await send('GET', '/kamado/v1/timeline/thing/b')).text, '[]');
  assertProblem(await send('GET', '/kamado/v1/timeline/thing/nothing'), 404, 'RESOURCE_NOT_FOUND');
  assertProblem(await send('GET', '/kamado/v1/timeline/nobody/a'), 404, 'TYPE_UNKNOWN');
  assertProblem(await send('GET', '/kamado/v1/timeline/thing/a?limit=x'), 400, 'QUERY_INVALID');
});

test('the store, range by range and key by key', async (t) => {
  const { send, store } = await startApi(t, testModel);
  for (const key of ['/a/1', '/a/2', '/a/3', '/b/1']) await put(store, key, `value of ${key}`);
  const keys = async (query: string) =>
    listIn(await send('GET', `/kamado/v1/store?${query}`), 'entries').map(({ key }) => key);
  assert.deepEqual(await keys(''), ['/a/1', '/a/2', '/a/3', '/b/1']);
  assert.deepEqual(await keys('prefix=/a/'), ['/a/1', '/a/2', '/a/3']);
  assert.deepEqual(await keys('prefix=/a/&limit=2'), ['/a/1', '/a/2']);
  assert.deepEqual(await keys('prefix=/a/&limit=2&after=/a/2'), ['/a/3']);
  assert.deepEqual(await keys('after=/a/3'), ['/b/1']);
  assert.deepEqual(await keys('prefix=/c'), []);
  assert.equal((await send('GET', '/kamado/v1/store?limit=1')).body.count, 4);
  const one = await send('GET', '/kamado/v1/store/key?key=/a/2');
  const entry = objectIn(one, 'entry');
  assert.equal(entry.value, 'value of /a/2');
  assert.equal(entry.version, 1);
  assert.equal(entry.modRevision, entry.createRevision);
  assert.deepEqual((await send('GET', '/kamado/v1/store/key?key=/nothing')).body, {
    revision: one.body.revision ?? 0,
    entry: null,
  });
  assert.deepEqual(await keys('limit=0'), []);
  assertProblem(await send('GET', '/kamado/v1/store/key'), 400, 'QUERY_INVALID');
  assertProblem(await send('GET', '/kamado/v1/store?prefix=%C3%BC'), 400, 'QUERY_INVALID');
  assertProblem(await send('GET', '/kamado/v1/store?limit=1001'), 400, 'QUERY_INVALID');
});

test('secrets in the store are masked', async (t) => {
  const { send, store } = await startApi(t, await shippedModel(2017));
  const router = { id: 'r', ip: '192.0.2.1', login: 'esi', password: 'hunter2', ssh_port: 830 };
  const config = { body: JSON.stringify(router), version: 1, marked_for_deletion: false };
  await put(store, '/config/v2.0/edge_routers/r', JSON.stringify(config));
  await put(store, '/esi-worker/config/v2.0/edge_routers/r', JSON.stringify({ ...config, body: router }));
  const all = await send('GET', '/kamado/v1/store?prefix=/');
  assert.doesNotMatch(all.text, /hunter2/);
  assert.match(all.text, /192\.0\.2\.1/);
  assert.equal(listIn(all, 'entries').length, 2);
  const one = await send('GET', '/kamado/v1/store/key?key=/config/v2.0/edge_routers/r');
  assert.doesNotMatch(one.text, /hunter2/);
});

async function put(store: Store, key: string, value: string): Promise<number> {
  return (await store.transact({ success: [{ type: 'put', key, value }] })).revision;
}

/** A store as a plain object, so that some of it can be replaced. */
function bound(store: Store): Store {
  return {
    get: store.get.bind(store),
    transact: store.transact.bind(store),
    watch: store.watch.bind(store),
    lease: store.lease.bind(store),
    compact: store.compact.bind(store),
    close: store.close.bind(store),
  };
}

test('parameters of jobs are shown as far as their template says that they are no secrets', async (t) => {
  const { send, store } = await startApi(t, await shippedModel(2017));
  const job = {
    id: 'create:monitoring_worker:edge_router:r:1:abcde',
    action: 'create',
    handler: 'monitoring_worker',
    resource_type: 'edge_router',
    resource_id: 'r',
    version: 1,
    job_name: 'edge_router:r:1',
    is_first: true,
    is_last: true,
    on_failure: 'fail',
    dependency: [],
    params: [
      { param: 'device_ip', type: 'value', value: '192.0.2.1', resources: [] },
      { param: 'word', type: 'value', value: 'hunter2', resources: [] },
    ],
    resource_input: { id: 'r', ip: '192.0.2.1', password: 'hunter2' },
  };
  const params = async (): Promise<readonly unknown[]> => {
    const answer = await send('GET', `/kamado/v1/store/key?key=/jobs/all/${job.id}`);
    assert.doesNotMatch(answer.text, /hunter2/);
    const [, shown] = JSON.parse(String(objectIn(answer, 'entry').value));
    return shown.params.map(({ value }: { value: unknown }) => value);
  };
  const putTemplate = (mappings: JsonObject): Promise<number> => {
    const body = JSON.stringify({ id: 'edge_router_monitoring', parameter_mappings: mappings });
    const config = JSON.stringify({ body, version: 1, marked_for_deletion: false });
    return put(store, '/config/v2.0/heat_templates/edge_router_monitoring', config);
  };
  await put(store, `/jobs/all/${job.id}`, JSON.stringify([job.handler, job, 0]));
  assert.deepEqual(await params(), [MASK, MASK], 'nothing is known about the parameters');
  await putTemplate({ device_ip: { field: 'ip' }, word: { field: 'password' } });
  assert.deepEqual(await params(), ['192.0.2.1', MASK]);
  await store.transact({
    success: [{ type: 'delete', range: { from: '/config/v2.0/heat_templates/edge_router_monitoring' } }],
  });
  assert.deepEqual(await params(), [MASK, MASK]);

  await putTemplate({ device_ip: { field: 'ip' }, word: { field: 'password' } });
  const later = await startApi(t, await shippedModel(2017), { store });
  const answer = await later.send('GET', '/kamado/v1/store?prefix=/jobs/');
  assert.match(answer.text, /"value\\":\\"192\.0\.2\.1/);
  assert.doesNotMatch(answer.text, /hunter2/);
});

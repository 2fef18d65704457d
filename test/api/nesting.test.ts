import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertProblem, listIn, objectIn, startApi, type TestApi, testModel, textIn } from './helpers.ts';

async function makeRacks(
  send: TestApi['send'],
): Promise<{ readonly a: string; readonly b: string; readonly slot: string }> {
  for (const id of ['a', 'b']) await send('POST', '/v2.0/sites', { id, name: id });
  const rack = async (site: string) =>
    textIn(objectIn(await send('POST', `/v2.0/sites/${site}/racks`, { name: `of ${site}` }), 'rack'), 'id');
  const a = await rack('a');
  const b = await rack('b');
  const slot = await send('POST', `/v2.0/sites/a/racks/${a}/slots`, { slot: { number: 1 } });
  return { a, b, slot: textIn(objectIn(slot, 'slot'), 'id') };
}

test('POST below a parent takes it from the path, and refuses another one in the body', async (t) => {
  const { send } = await startApi(t, testModel);
  await send('POST', '/v2.0/sites', { id: 'a' });
  await send('POST', '/v2.0/sites', { id: 'b' });
  const made = await send('POST', '/v2.0/sites/a/racks', {});
  assert.equal(made.status, 201);
  assert.equal(objectIn(made, 'rack').site_id, 'a');
  assert.equal(made.headers.location, `/v2.0/racks/${objectIn(made, 'rack').id}`);
  assert.equal((await send('POST', '/v2.0/sites/a/racks', { site_id: 'a' })).status, 201);
  const refused = await send('POST', '/v2.0/sites/a/racks', { site_id: 'b' });
  assertProblem(refused, 400, 'VALIDATION_FAILED');
  assert.deepEqual(
    listIn(refused, 'errors').map(({ pointer }) => pointer),
    ['/site_id'],
  );
  assertProblem(await send('POST', '/v2.0/sites/nowhere/racks', {}), 404, 'RESOURCE_NOT_FOUND');
});

test('the parent of a new resource may stand in the query', async (t) => {
  const { send } = await startApi(t, testModel);
  await send('POST', '/v2.0/sites', { id: 'a' });
  assert.equal(objectIn(await send('POST', '/v2.0/racks?site_id=a', {}), 'rack').site_id, 'a');
  assertProblem(await send('POST', '/v2.0/racks?site_id=a&site_id=b', {}), 400, 'QUERY_INVALID');
});

test('a list below a parent holds its children only, whatever the query says', async (t) => {
  const { send } = await startApi(t, testModel);
  const { a } = await makeRacks(send);
  const ids = async (path: string) => listIn(await send('GET', path), 'racks').map(({ id }) => id);
  assert.deepEqual(await ids('/v2.0/sites/a/racks'), [a]);
  assert.deepEqual(await ids('/v2.0/sites/a/racks?site_id=a&site_id=b'), [a]);
  assert.deepEqual(await ids('/v2.0/sites/a/racks?any_of=true'), [a]);
  assert.equal((await ids('/v2.0/racks')).length, 2);
  assertProblem(await send('GET', '/v2.0/sites/a/racks?site_id=b'), 400, 'QUERY_INVALID');
  assertProblem(await send('GET', '/v2.0/sites/a/racks?any_of=true&name=x'), 400, 'QUERY_INVALID');
  assertProblem(await send('GET', '/v2.0/sites/a/racks?search_field=site_id&site_id=a'), 400, 'QUERY_INVALID');
  assertProblem(await send('GET', '/v2.0/sites/nowhere/racks'), 404, 'RESOURCE_NOT_FOUND');
});

test('a child is found below its own parents only', async (t) => {
  const { send } = await startApi(t, testModel);
  const { a, b, slot } = await makeRacks(send);
  const right = `/v2.0/sites/a/racks/${a}/slots/${slot}`;
  assert.equal(objectIn(await send('GET', right), 'slot').number, 1);
  for (const wrong of [
    `/v2.0/sites/a/racks/${b}/slots/${slot}`,
    `/v2.0/sites/b/racks/${a}/slots/${slot}`,
    `/v2.0/sites/nowhere/racks/${a}/slots/${slot}`,
    `/v2.0/sites/%00/racks/${a}/slots/${slot}`,
  ]) {
    assertProblem(await send('GET', wrong), 404, 'RESOURCE_NOT_FOUND');
    assertProblem(await send('PUT', wrong, { number: 2 }), 404, 'RESOURCE_NOT_FOUND');
    assertProblem(await send('PATCH', wrong, { number: 2 }), 404, 'RESOURCE_NOT_FOUND');
    assertProblem(await send('DELETE', wrong), 404, 'RESOURCE_NOT_FOUND');
  }
  assert.equal(objectIn(await send('GET', right), 'slot').number, 1);
  assertProblem(await send('GET', `/v2.0/sites/b/racks/${a}/slots`), 404, 'RESOURCE_NOT_FOUND');
  assertProblem(await send('POST', `/v2.0/sites/b/racks/${a}/slots`, {}), 404, 'RESOURCE_NOT_FOUND');

  assert.equal((await send('PATCH', right, { number: 3 })).status, 200);
  assert.equal((await send('PUT', right, { number: 4 })).status, 200);
  assert.equal((await send('DELETE', right)).status, 204);
  assert.equal((await send('PUT', right, { number: 5 })).status, 201);
  assert.equal(objectIn(await send('GET', right), 'slot').rack_id, a);
});

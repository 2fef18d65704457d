import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { isJsonObject, type Json, type JsonObject } from '../../src/kernel/json.ts';
import { skipWithoutTraces, traces } from '../schema/recordings.ts';
import { objectIn, shippedModel, startApi, type TestApi, textIn, uuid } from './helpers.ts';

function lines(file: string): readonly JsonObject[] {
  return readFileSync(join(traces, file), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter(isJsonObject);
}

function objectOf(value: Json | undefined): JsonObject {
  assert.ok(isJsonObject(value));
  return value;
}

async function makeRouters(send: TestApi['send'], router: JsonObject): Promise<void> {
  for (const [i, field] of ['primary_router_id', 'secondary_router_id'].entries()) {
    const made = await send('PUT', `/v2.0/edge_routers/${textIn(router, field)}`, {
      ip: `10.79.5.${i}`,
      login: 'esi',
      password: 'x',
      ssh_port: 830,
    });
    assert.equal(made.status, 201, made.text);
  }
}

test('the HA router of the reference: its POST, and what GET shows when it is ACTIVE', {
  skip: skipWithoutTraces,
}, async (t) => {
  const { send, database } = await startApi(t, await shippedModel(2017));
  const [recorded = {}] = lines('ha_router/http.jsonl');
  const [view = {}] = lines('ha_router/client_views.jsonl');
  const body = objectOf(recorded.body);
  const shown = objectOf(objectOf(view.json).ha_router);
  await makeRouters(send, objectOf(body.ha_router));

  const made = await send('POST', textIn(recorded, 'path'), body);
  assert.equal(made.status, 201, made.text);
  const { id, ...answer } = objectIn(made, 'ha_router');
  assert.match(String(id), uuid);
  const { id: _shownId, ...expected } = shown;
  assert.deepEqual(answer, { ...expected, status: 'PENDING_CREATE' });

  const state = lines('ha_router/etcd.jsonl').find(({ key }) => String(key).startsWith('/state/'));
  const value = objectOf(objectOf(state).value);
  await database.applyState('ha_router', String(id), { version: 1, error: '', state: objectOf(value.state) });
  const got = await send('GET', `/v2.0/ha_routers/${id}`);
  assert.deepEqual(got.body, { ha_router: { ...shown, id: String(id) } });
});

test('routers of the recorded runs are answered as they were', { skip: skipWithoutTraces }, async (t) => {
  const { send } = await startApi(t, await shippedModel(2017));
  const ids = new Map<string, string>();
  let compared = 0;
  for (const recorded of lines('2017_vpn_gateway/requests.jsonl')) {
    const { type, method, status } = recorded;
    if (method !== 'POST' || (type !== 'edge_router' && type !== 'ha_router')) continue;
    const response = objectOf(objectOf(recorded.response)[type]);
    const sent = JSON.stringify(recorded.body).replaceAll(/[0-9a-f-]{36}/g, (id) => ids.get(id) ?? id);
    const made = await send('POST', textIn(recorded, 'path'), JSON.parse(sent));
    const id = textIn(objectIn(made, type), 'id');
    ids.set(textIn(response, 'id'), id);
    assert.equal(made.status, status);
    const mapped = JSON.stringify(response).replaceAll(/[0-9a-f-]{36}/g, (old) => ids.get(old) ?? old);
    assert.deepEqual(objectIn(made, type), JSON.parse(mapped));
    assert.deepEqual((await send('GET', `${textIn(recorded, 'path')}/${id}`)).body, { [type]: JSON.parse(mapped) });
    compared++;
  }
  assert.equal(compared, 3);
});

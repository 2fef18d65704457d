import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { loadCatalog } from '../../src/catalog/catalog.ts';
import type { Json, JsonObject } from '../../src/kernel/json.ts';
import { type ApiReport, replayApi } from '../../src/replay/api/api-replay.ts';
import { readScenario } from '../../src/replay/api/scenario.ts';
import { packageRoot } from '../cli/helpers.ts';

const catalog = join(packageRoot, 'catalog', 'network-2018');

function runOf(t: TestContext, events: readonly JsonObject[], requests: readonly JsonObject[] | null): string {
  const folder = mkdtempSync(join(tmpdir(), 'kamado-run-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const lines = (values: readonly JsonObject[]): string => values.map((value) => JSON.stringify(value)).join('\n');
  writeFileSync(
    join(folder, 'run.json'),
    JSON.stringify({ generation: 'own', lossless: true, events: 'events.jsonl', schemas: catalog }),
  );
  writeFileSync(join(folder, 'events.jsonl'), lines(events));
  if (requests !== null) writeFileSync(join(folder, 'requests.jsonl'), lines(requests));
  return folder;
}

async function replayOf(t: TestContext, requests: readonly JsonObject[]): Promise<ApiReport> {
  return await replayApi(await readScenario(runOf(t, [], requests)), await loadCatalog(catalog));
}

const at = (second: number): string => new Date(Date.UTC(2018, 3, 16, 0, 0, second)).toISOString();
const config = (id: string): JsonObject => ({
  action: 'set',
  key: `/config/v2.0/edge_routers/${id}`,
  value: { body: { id }, version: 1 },
});
const post = (second: number, id: string): JsonObject => ({
  ts: at(second),
  method: 'POST',
  path: '/v2.0/edge_routers',
  body: {},
  status: 201,
  id,
});
const get = (second: number, id: string, response: Json = { edge_router: { id } }): JsonObject => ({
  ts: at(second),
  method: 'GET',
  path: `/v2.0/edge_routers/${id}`,
  body: null,
  status: 200,
  response,
});

test('requests and events are in the order of their times; what a request makes comes after it', async (t) => {
  const events = [
    { ...config('a'), ts: at(9) },
    // finer than `ts`
    { ...config('b'), ts: at(19), ts_ms: at(21) },
    { action: 'set', key: '/state/v2.0/edge_routers/a', value: '{}', ts: at(20) },
    { action: 'set', key: '/jobs/all/x', value: '{}', ts: at(22) },
  ];
  const requests = [post(10, 'a'), get(11, 'a'), post(20, 'b'), get(22, 'a', null), get(23, 'b'), get(24, 'b')];
  const { steps } = await readScenario(runOf(t, events, requests));
  assert.deepEqual(
    steps.map((step) => [step.kind, 'request' in step ? step.request.line : step.event.index]),
    [
      ['write', 1],
      ['config', 1],
      ['look', 2],
      ['write', 3],
      ['config', 2],
      ['report', 3],
      ['look', 6],
    ],
  );
});

test('a run without requests, and requests that say nothing, are refused', async (t) => {
  await assert.rejects(readScenario(runOf(t, [], null)), { code: 'RUN_UNREADABLE', message: /no requests\.jsonl/ });
  const wrong: readonly (readonly [JsonObject, RegExp])[] = [
    [{ ts: 'yesterday' }, /line 1: ts/],
    [{ method: 'TRACE' }, /line 1: unknown method "TRACE"/],
    [{ path: 'ports' }, /line 1: a path/],
    [{ status: '201' }, /line 1: a status/],
    [{ body: [] }, /line 1: a body/],
  ];
  for (const [part, message] of wrong) {
    await assert.rejects(readScenario(runOf(t, [], [{ ...post(1, 'a'), ...part }])), {
      code: 'RUN_UNREADABLE',
      message,
    });
  }
});

test('a refusal is compared by its status and what it says', async (t) => {
  const path = '/v2.0/edge_routers/none';
  const refused = { ts: at(1), method: 'DELETE', path, body: null, status: 404 };
  const mismatches = async (line: JsonObject) => (await replayOf(t, [line])).mismatches;
  assert.deepEqual(await mismatches(refused), []);
  assert.deepEqual(await mismatches({ ...refused, response: { code: 7 } }), []);
  const [other] = await mismatches({ ...refused, response: { error: 'gone' } });
  assert.deepEqual(
    other?.differences.map(({ pointer, recorded }) => [pointer, recorded]),
    [['/body/error', 'gone']],
  );
  assert.deepEqual([other?.subject, other?.file, other?.index], [`DELETE ${path}`, 'requests.jsonl', 1]);
  const [done] = await mismatches({ ...refused, status: 204 });
  assert.deepEqual(done?.differences, [{ pointer: '/status', recorded: 204, planned: 404 }]);
});

test('of a request whose answer is not recorded the status is compared, and what it made is known', async (t) => {
  const [first, second] = ['aaaaaaaa-0000-4000-8000-aaaaaaaaaaaa', 'bbbbbbbb-0000-4000-8000-bbbbbbbbbbbb'] as const;
  const body = { edge_router: { name: 'r', ip: '10.0.0.1', login: 'esi', password: 'x', ssh_port: 830 } };
  const made = { ...post(1, first), body };
  const gone = { ts: at(2), method: 'DELETE', path: `/v2.0/edge_routers/${first}`, body: null, status: 204 };
  const report = await replayOf(t, [made, gone]);
  assert.deepEqual(
    report.mismatches.map(({ family, recorded }) => [family, recorded]),
    [
      ['configs', false],
      ['configs', false],
    ],
  );
  assert.equal(report.unansweredRequests, 1);
  const wrong = await replayOf(t, [made, { ...gone, path: `/v2.0/edge_routers/${second}` }]);
  assert.ok(wrong.mismatches.some(({ subject }) => subject === `DELETE /v2.0/edge_routers/${second}`));
});

const noted = (name: string, path = '/v2.0/edge_routers/a.json', para = '* from nova to gohan'): JsonObject => ({
  kind: 'http',
  para,
  method: 'PUT',
  path,
  body: { edge_router: { name } },
});
const named = (version: number, name: string): JsonObject => ({
  action: 'set',
  key: '/config/v2.0/edge_routers/a',
  value: { body: { id: 'a', name }, version },
  ts: at(10 + version),
});

test('requests that were noted without a time come before what they led to, the others at the end', async (t) => {
  const events = [named(1, 'x'), named(2, 'y'), named(3, 'y'), named(4, 'x'), named(5, 'y')];
  const folder = runOf(t, events, [post(10, 'a')]);
  const notes = [
    { kind: 'text', para: 'of something else' },
    noted('z', '/v2.0/edge_routers/b'),
    noted('y'),
    noted('y', '/v2.0/edge_routers/a', '* from gohan to nova'),
    noted('x'),
    noted('y'),
  ];
  writeFileSync(join(folder, 'docs.jsonl'), notes.map((note) => JSON.stringify(note)).join('\n'));
  const { steps } = await readScenario(folder);
  assert.deepEqual(
    steps.map((step) => ('request' in step ? `${step.request.file} ${step.request.line}` : step.event.index)),
    ['requests.jsonl 1', 1, 'docs.jsonl 3', 2, 3, 'docs.jsonl 5', 4, 'docs.jsonl 6', 5, 'docs.jsonl 2'],
  );
});

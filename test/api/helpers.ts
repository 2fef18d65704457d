import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Api, type ApiOptions, createApi } from '../../src/api/api.ts';
import { systemRuntime } from '../../src/app/process/system-runtime.ts';
import { loadCatalog } from '../../src/catalog/catalog.ts';
import type { Database } from '../../src/database/database.ts';
import { openDatabase } from '../../src/database/open.ts';
import { openSqliteDriver } from '../../src/database/sqlite/sqlite-driver.ts';
import { openTimelineLog, type TimelineLog } from '../../src/database/timeline-log.ts';
import { isJsonObject, type Json, type JsonObject } from '../../src/kernel/json.ts';
import { type Log, silentLog } from '../../src/kernel/log.ts';
import { compileModel } from '../../src/schema/compile-model.ts';
import type { Model } from '../../src/schema/model.ts';
import { openEmbeddedStore } from '../../src/store/embedded/embedded-store.ts';
import { memoryPersistence } from '../../src/store/embedded/memory-persistence.ts';
import type { Store } from '../../src/store/store.ts';

/** An API over real stores of its own, which end with the test. */
export interface TestApi {
  readonly api: Api;
  readonly model: Model;
  readonly database: Database;
  readonly store: Store;
  readonly timeline: TimelineLog;
  /** Log lines of the level error. */
  readonly errors: readonly JsonObject[];
  readonly send: (method: Method, path: string, body?: Json, headers?: Headers) => Promise<Answer>;
}

export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS';
export type Headers = { readonly [name: string]: string };

export interface Answer {
  readonly status: number;
  readonly headers: { readonly [name: string]: string | undefined };
  readonly text: string;
  /** The body as JSON; {} where it is empty or no object. */
  readonly body: JsonObject;
}

export async function startApi(
  t: TestContext,
  model: Model,
  options: Partial<
    Pick<
      ApiOptions,
      | 'database'
      | 'store'
      | 'host'
      | 'port'
      | 'requestTimeoutMs'
      | 'admissionWaitMs'
      | 'answerStallMs'
      | 'streamStallMs'
      | 'hooks'
    >
  > = {},
): Promise<TestApi> {
  const folder = mkdtempSync(join(tmpdir(), 'kamado-api-'));
  const errors: JsonObject[] = [];
  const log: Log = { ...silentLog, error: (fields) => errors.push(JSON.parse(JSON.stringify(fields))) };
  const database = await openDatabase(systemRuntime, openSqliteDriver(systemRuntime, join(folder, 'truth.db')), model);
  const store = await openEmbeddedStore({ runtime: systemRuntime, persistence: memoryPersistence(), log });
  const timeline = await openTimelineLog(openSqliteDriver(systemRuntime, join(folder, 'timeline.db')));
  const api = createApi({
    runtime: systemRuntime,
    log,
    model,
    database,
    store,
    timeline,
    host: '127.0.0.1',
    port: 0,
    ...options,
  });
  // As a server that listens would: what is written soon has nothing else to wait for.
  const alive = setInterval(() => {}, 60_000);
  t.after(async () => {
    clearInterval(alive);
    await api.close();
    await timeline.close();
    await store.close();
    await database.close();
    rmSync(folder, { recursive: true });
  });
  const send = async (method: Method, path: string, body?: Json, headers: Headers = {}): Promise<Answer> => {
    const json = body === undefined ? {} : { 'content-type': 'application/json' };
    const payload = body === undefined ? {} : { payload: JSON.stringify(body) };
    const answer = await api.inject({ method, url: path, headers: { ...json, ...headers }, ...payload });
    return answerOf(answer.statusCode, answer.headers, answer.payload);
  };
  return { api, model, database, store, timeline, errors, send };
}

export function answerOf(status: number, headers: { readonly [name: string]: unknown }, text: string): Answer {
  const shown = Object.entries(headers).map(([name, value]) => [name, value === undefined ? value : String(value)]);
  const parsed: unknown = /json/.test(String(headers['content-type'])) && text !== '' ? JSON.parse(text) : {};
  return { status, headers: Object.fromEntries(shown), text, body: isJsonObject(parsed) ? parsed : {} };
}

/** Checks that an answer is a problem (RFC 9457) that carries `error` as well, and no trace of the program. */
export function assertProblem(answer: Answer, status: number, code: string): void {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.body.code, code, answer.text);
  assert.match(answer.headers['content-type'] ?? '', /^application\/problem\+json/);
  assert.equal(answer.body.type, `urn:kamado:error:${code}`);
  assert.equal(answer.body.status, status);
  assert.equal(answer.body.error, answer.body.detail);
  for (const member of ['title', 'detail', 'remedy']) assert.equal(typeof answer.body[member], 'string');
  assert.doesNotMatch(answer.text, /\.ts:\d|\.js:\d|at .*node:/);
}

/** The object under a key of an answer's body. */
export function objectIn(answer: Answer, key: string): JsonObject {
  const value = answer.body[key];
  assert.ok(isJsonObject(value), answer.text);
  return value;
}

/** The objects in the list under a key of an answer's body. */
export function listIn(answer: Answer, key: string): readonly JsonObject[] {
  const value = answer.body[key];
  assert.ok(Array.isArray(value), answer.text);
  return value.filter(isJsonObject);
}

export function textIn(object: JsonObject, key: string): string {
  const value = object[key];
  assert.ok(typeof value === 'string', `${key} of ${JSON.stringify(object)}`);
  return value;
}

/** Sends bytes to the server and gives what comes back until it closes the connection, or `untilText` has come. */
export function exchange(
  port: number,
  bytes: string | readonly (string | Buffer)[],
  untilText?: string,
): Promise<string> {
  return new Promise((resolve) => {
    let received = '';
    const socket = connect(port, '127.0.0.1');
    const done = (): void => {
      socket.destroy();
      resolve(received);
    };
    socket.setEncoding('utf8');
    socket.on('data', (text) => {
      received += text;
      if (untilText !== undefined && received.includes(untilText)) done();
    });
    socket.on('close', done);
    socket.on('error', done);
    for (const part of typeof bytes === 'string' ? [bytes] : bytes) socket.write(part);
  });
}

/** The catalogue that ships, as of that year. */
export async function shippedModel(year: 2017 | 2018): Promise<Model> {
  const starts = [process.cwd(), fileURLToPath(new URL('../..', import.meta.url))];
  const root = starts.find((start) => existsSync(join(start, 'catalog')));
  assert.ok(root, 'no catalogue');
  return (await loadCatalog(join(root, 'catalog', `network-${year}`))).model;
}

const changeable = { permission: ['create', 'update'] };

/** Sites with racks with slots, and things of all kinds that stand anywhere. */
export const testModel: Model = compileModel([
  schema('site', {
    id: { type: 'string', permission: ['create'], unique: true },
    name: { type: 'string', ...changeable, default: '' },
  }),
  schema(
    'rack',
    {
      name: { type: 'string', ...changeable, default: '' },
      site_id: { type: 'string', permission: ['create'], relation: 'site', relation_property: 'site' },
    },
    { parent: 'site' },
  ),
  schema(
    'slot',
    {
      name: { type: 'string', ...changeable, default: '' },
      number: { type: 'integer', ...changeable, default: 0 },
      rack_id: { type: 'string', permission: ['create'], relation: 'rack', relation_property: 'rack' },
      spare_of: { type: ['string', 'null'], ...changeable, relation: 'rack', relation_property: 'spare' },
    },
    { parent: 'rack', metadata: { substr_search_enabled: false } },
  ),
  schema(
    'thing',
    {
      id: { type: 'string', permission: ['create'], unique: true },
      name: { type: 'string', ...changeable, default: '' },
      serial: { type: ['string', 'null'], ...changeable, unique: true },
      count: { type: 'integer', ...changeable, default: 0 },
      ratio: { type: ['number', 'null'], ...changeable },
      on: { type: 'boolean', ...changeable, default: false },
      settings: { type: 'object', ...changeable, default: {} },
      tags: { type: 'array', items: { type: 'string' }, ...changeable, default: [] },
      made_once: { type: 'string', permission: ['create'], default: 'x' },
      status: { type: 'string', default: 'NO_STATE' },
    },
    { metadata: { state_versioning: true, two_step_deletion: false } },
  ),
]);

function schema(id: string, properties: JsonObject, more: JsonObject = {}): JsonObject {
  const own: JsonObject = { id: { type: 'string', format: 'hyph-uuid', unique: true }, ...properties };
  const common = { id, singular: id, plural: `${id}s`, prefix: '/v2.0', title: id, description: id };
  return { ...common, ...more, schema: { type: 'object', properties: own } };
}

export const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { createApi } from '../../src/api/api.ts';
import { systemRuntime } from '../../src/app/process/system-runtime.ts';
import { loadCatalog } from '../../src/catalog/catalog.ts';
import type { Database } from '../../src/database/database.ts';
import type { SqlDriver } from '../../src/database/sql.ts';
import { openSqliteDriver } from '../../src/database/sqlite/sqlite-driver.ts';
import { openTimelineLog } from '../../src/database/timeline-log.ts';
import { openHookedDatabase } from '../../src/hooks/hooked-database.ts';
import { requestHooks } from '../../src/hooks/request-hooks.ts';
import type { JsonObject } from '../../src/kernel/json.ts';
import { type Log, silentLog } from '../../src/kernel/log.ts';
import { openEmbeddedStore } from '../../src/store/embedded/embedded-store.ts';
import { memoryPersistence } from '../../src/store/embedded/memory-persistence.ts';
import { type Answer, answerOf, type Method } from '../api/helpers.ts';

/** An API with the hooks of a catalogue. */
export interface HookedApi {
  readonly database: Database;
  readonly send: (method: Method, path: string, body?: unknown) => Promise<Answer>;
  /** Lines of the log of the level error. */
  readonly errors: readonly JsonObject[];
}

interface HookedOptions {
  readonly driver?: SqlDriver;
  readonly timeoutMs?: number;
  readonly admissionWaitMs?: number;
}

/** Serves a catalogue; on SQLite in a file where no driver is given. */
export async function startHooked(
  t: TestContext,
  catalog: string,
  { driver, timeoutMs, admissionWaitMs }: HookedOptions = {},
): Promise<HookedApi> {
  const { model, hooks } = await loadCatalog(catalog);
  const errors: JsonObject[] = [];
  const log: Log = {
    ...silentLog,
    error: (fields, message) => errors.push(JSON.parse(JSON.stringify({ ...fields, message }))),
    child: () => log,
  };
  const context = { runtime: systemRuntime, log, model };
  const opened = driver ?? openSqliteDriver(systemRuntime, join(catalog, '../truth.db'));
  const database = await openHookedDatabase(context, hooks, opened);
  const store = await openEmbeddedStore({ runtime: systemRuntime, persistence: memoryPersistence(), log });
  const timeline = await openTimelineLog(openSqliteDriver(systemRuntime, join(catalog, '../timeline.db')));
  const around = requestHooks({ ...context, database, ...(timeoutMs !== undefined && { timeoutMs }) }, hooks);
  const waits = admissionWaitMs !== undefined && { admissionWaitMs };
  const served = { database, store, timeline, hooks: around, host: '127.0.0.1', port: 0 };
  const api = createApi({ ...context, ...served, ...waits });
  const alive = setInterval(() => {}, 60_000);
  t.after(async () => {
    clearInterval(alive);
    await api.close();
    await timeline.close();
    await store.close();
    await database.close();
  });
  const send = async (method: Method, path: string, body?: unknown): Promise<Answer> => {
    const headers = body === undefined ? {} : { 'content-type': 'application/json' };
    const payload = body === undefined ? {} : { payload: typeof body === 'string' ? body : JSON.stringify(body) };
    const answer = await api.inject({ method, url: path, headers, ...payload });
    return answerOf(answer.statusCode, answer.headers, answer.payload);
  };
  return { database, send, errors };
}

/** Makes a firewall, and fails where that fails. */
export async function makeFirewall({ send }: HookedApi, body: JsonObject): Promise<void> {
  const answer = await send('POST', '/v2.0/firewalls', { name: 'f', ...body });
  assert.equal(answer.status, 201, answer.text);
}

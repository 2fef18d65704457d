import { type Api, createApi } from '../api/api.ts';
import type { Database } from '../database/database.ts';
import type { SqlDriver } from '../database/sql.ts';
import { openSqliteDriver } from '../database/sqlite/sqlite-driver.ts';
import { openTimelineLog } from '../database/timeline-log.ts';
import { isJsonObject, type JsonObject, parseJson } from '../kernel/json.ts';
import { silentLog } from '../kernel/log.ts';
import type { Runtime } from '../kernel/runtime.ts';
import type { Action } from '../schema/action.ts';
import { openEmbeddedStore } from '../store/embedded/embedded-store.ts';
import { memoryPersistence } from '../store/embedded/memory-persistence.ts';
import type { Catalog } from '../catalog/catalog.ts';
import { openHookedDatabase } from '../hooks/hooked-database.ts';
import { requestHooks } from '../hooks/request-hooks.ts';
import { bringInitialRows } from '../app/initial-rows.ts';
import { Parts } from '../app/disposables.ts';

/** What an API answers. */
export interface Answer {
  readonly status: number;
  readonly body: JsonObject;
}

/** A system in memory: the API and the database of a catalogue, without rooms. */
export interface ThrowAwaySystem {
  readonly database: Database;
  readonly send: (method: Method, path: string, body?: JsonObject) => Promise<Answer>;
  readonly close: () => Promise<void>;
}

export type Method = Action['method'];

/**
 * Opens a system that holds nothing but what the catalogue brings along; nothing of it is left when it is closed.
 * @param truth takes the rows instead of memory; closed with the system
 */
export async function openThrowAwaySystem(
  runtime: Runtime,
  catalog: Catalog,
  truth: SqlDriver = openSqliteDriver(runtime, ':memory:'),
): Promise<ThrowAwaySystem> {
  const { model, rows, hooks } = catalog;
  const parts = new Parts(runtime);
  try {
    const log = silentLog;
    const database = parts.keep(await openHookedDatabase({ runtime, log, model }, hooks, truth));
    const timeline = parts.keep(await openTimelineLog(openSqliteDriver(runtime, ':memory:')));
    const store = parts.keep(await openEmbeddedStore({ runtime, log, persistence: memoryPersistence() }));
    const around = requestHooks({ runtime, log, model, database }, hooks);
    const context = { runtime, log, model, database, store, timeline, hooks: around };
    const api = parts.keep(createApi({ ...context, host: '127.0.0.1', port: 0 }));
    await bringInitialRows(database, log, rows);
    return { database, send: sender(api), close: () => parts.close() };
  } catch (error) {
    await parts.close();
    throw error;
  }
}

function sender(api: Api): ThrowAwaySystem['send'] {
  return async (method, url, body) => {
    const json = { headers: { 'content-type': 'application/json' }, payload: JSON.stringify(body) };
    const answer = await api.inject({ method, url, ...(body !== undefined && json) });
    const parsed = answer.payload === '' ? undefined : parseJson(answer.payload);
    return { status: answer.statusCode, body: isJsonObject(parsed) ? parsed : {} };
  };
}

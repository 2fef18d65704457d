import { type Api, createApi } from '../api/index.ts';
import { Disposables, writeInitialRows } from '../app/index.ts';
import type { Catalog } from '../catalog/index.ts';
import { type Database, openTimelineLog, type SqlDriver } from '../database/index.ts';
import { openSqliteDriver } from '../database/sqlite/index.ts';
import { openHookedDatabase, requestHooks } from '../hooks/index.ts';
import { isJsonObject, type JsonObject, parseJson, type Runtime, silentLog } from '../kernel/index.ts';
import type { Action } from '../schema/index.ts';
import { memoryPersistence, openEmbeddedStore } from '../store/embedded/index.ts';

/** An answer of the API. */
export interface Answer {
  readonly status: number;
  readonly body: JsonObject;
}

/** A system in memory: the API and the database of a catalogue, without other components. */
export interface ThrowAwaySystem {
  readonly database: Database;
  readonly send: (method: Method, path: string, body?: JsonObject) => Promise<Answer>;
  readonly close: () => Promise<void>;
}

export type Method = Action['method'];

/**
 * Opens a system that holds only the initial rows of the catalogue; nothing is left of it when it is closed.
 * @param driver stores the rows instead of memory; closed with the system
 */
export async function openThrowAwaySystem(
  runtime: Runtime,
  catalog: Catalog,
  driver: SqlDriver = openSqliteDriver(runtime, ':memory:'),
): Promise<ThrowAwaySystem> {
  const { model, rows, hooks } = catalog;
  const disposables = new Disposables(runtime);
  try {
    const log = silentLog;
    const database = disposables.keep(await openHookedDatabase({ runtime, log, model }, hooks, driver));
    const timeline = disposables.keep(await openTimelineLog(openSqliteDriver(runtime, ':memory:')));
    const store = disposables.keep(await openEmbeddedStore({ runtime, log, persistence: memoryPersistence() }));
    const around = requestHooks({ runtime, log, model, database }, hooks);
    const context = { runtime, log, model, database, store, timeline, hooks: around };
    const api = disposables.keep(createApi({ ...context, host: '127.0.0.1', port: 0 }));
    await writeInitialRows(database, log, rows);
    return { database, send: sender(api), close: () => disposables.close() };
  } catch (error) {
    await disposables.close();
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

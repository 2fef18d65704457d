import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { systemRuntime } from '../../src/app/process/system-runtime.ts';
import { type Database, systemCaller } from '../../src/database/database.ts';
import { openDatabase } from '../../src/database/open.ts';
import type { Row } from '../../src/database/resource-row.ts';
import { openSqliteDriver } from '../../src/database/sqlite/sqlite-driver.ts';
import type { JsonObject } from '../../src/kernel/json.ts';
import { type Log, silentLog } from '../../src/kernel/log.ts';
import { decodeConfig } from '../../src/records/config-record.ts';
import type { Model } from '../../src/schema/model.ts';
import { type Store, withPrefix } from '../../src/store/store.ts';
import { type Sync, startSync } from '../../src/sync/sync.ts';
import { until } from '../support/until.ts';
import { Desk, keyOf, openStore, workModel } from '../support/work.ts';

/** A database and a store, both new, and what a client does. */
export class SystemOfRecord {
  readonly database: Database;
  readonly #t: TestContext;
  readonly #model: Model;

  constructor(t: TestContext, database: Database, model: Model) {
    this.#t = t;
    this.#model = model;
    this.database = database;
  }

  create(type: string, id: string, body: JsonObject = {}): Promise<Row> {
    return this.database.create(systemCaller, type, id, { id, name: '', ...body });
  }

  update(type: string, id: string, patch: JsonObject): Promise<Row> {
    return this.database.update(systemCaller, { type, id, patch, expectedVersion: null });
  }

  remove(type: string, id: string): Promise<'marked' | 'removed'> {
    return this.database.remove(systemCaller, type, id, null);
  }

  row(type: string, id: string): Promise<Row | null> {
    return this.database.get(systemCaller, type, id);
  }

  async status(type: string, id: string): Promise<unknown> {
    return (await this.row(type, id))?.body.status;
  }

  sync(store: Store, log: Log = silentLog): Sync {
    const sync = startSync(
      { runtime: systemRuntime, log, model: this.#model, database: this.database, store },
      (error) => {
        throw error;
      },
    );
    this.#t.after(() => sync.close());
    return sync;
  }
}

export async function openSystemOfRecord(t: TestContext, model: Model = workModel): Promise<SystemOfRecord> {
  const folder = mkdtempSync(join(tmpdir(), 'kamado-sync-'));
  const database = await openDatabase(systemRuntime, openSqliteDriver(systemRuntime, join(folder, 'truth.db')), model);
  t.after(async () => {
    await database.close();
    rmSync(folder, { recursive: true });
  });
  return new SystemOfRecord(t, database, model);
}

export async function openDesk(t: TestContext): Promise<Desk> {
  const desk = new Desk(await openStore());
  t.after(() => desk.store.close());
  return desk;
}

/** The version in /config, or undefined. */
export async function configVersion(desk: Desk, type: string, id: string): Promise<number | undefined> {
  const value = await desk.value(keyOf('config', type, id));
  return value === undefined ? undefined : decodeConfig(value)?.version;
}

export async function mirrored(desk: Desk, type: string, id: string, version: number | undefined): Promise<void> {
  await until(async () => (await configVersion(desk, type, id)) === version, `/config of ${type} ${id}: ${version}`);
}

/** Everything that ever happens to /config, as 'id version' and 'id gone'. */
export function configHistory(desk: Desk): readonly string[] {
  const seen: string[] = [];
  desk.store.watch(
    withPrefix('/config/'),
    { fromRevision: 1 },
    {
      onEvents: (events) => {
        for (const event of events) {
          const key = event.type === 'put' ? event.entry.key : event.key;
          const version = event.type === 'put' ? decodeConfig(event.entry.value)?.version : 'gone';
          seen.push(`${key.slice(key.lastIndexOf('/') + 1)} ${version}`);
        }
      },
      onCompacted: () => assert.fail('compacted'),
    },
  );
  return seen;
}

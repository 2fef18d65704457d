import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import pg from 'pg';
import { systemRuntime } from '../../src/app/process/system-runtime.ts';
import { openPostgresDriver } from '../../src/database/postgres/postgres-driver.ts';
import { openSqliteDriver } from '../../src/database/sqlite/sqlite-driver.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { postgresAvailable, startPostgres, type TestPostgres } from '../support/postgres.ts';
import { needs } from '../support/services.ts';
import type { Backend } from './helpers.ts';

/** Files of SQLite in a folder that goes with the tests of the file. */
export async function sqliteBackend(): Promise<Backend> {
  const folder = await mkdtemp(join(tmpdir(), 'kamado-database-'));
  after(() => rm(folder, { recursive: true, force: true }));
  let files = 0;
  return {
    name: 'sqlite',
    newPlace: async () => join(folder, `truth-${++files}.sqlite`),
    openDriver: async (place) => openSqliteDriver(systemRuntime, place),
  };
}

/**
 * A PostgreSQL that runs as long as the tests of the file, and the options of tests that need it.
 * @param places databases of their own; or schemas in one, which are made much faster
 */
export function postgresBackend(places: 'databases' | 'schemas' = 'databases'): {
  readonly backend: Backend;
  readonly options: { readonly skip?: string };
} {
  const options = needs('postgresql', postgresAvailable());
  let server: TestPostgres | undefined;
  before(async () => {
    if (options.skip === undefined) server = await startPostgres();
  });
  after(() => server?.stop());
  const newDatabase = (): Promise<string> => {
    if (server === undefined) throw new Error('no server');
    return server.createDatabase();
  };
  let shared: Promise<string> | undefined;
  let schemas = 0;
  const newSchema = async (): Promise<string> => {
    shared ??= newDatabase();
    return await createSchema(await shared, `place_${++schemas}`);
  };
  const backend: Backend = {
    name: 'postgresql',
    newPlace: places === 'schemas' ? newSchema : newDatabase,
    openDriver: (place) => openPostgresDriver(systemRuntime, silentLog, place),
  };
  return { backend, options };
}

/** Gives the url by which the schema is the one that is used. */
async function createSchema(database: string, name: string): Promise<string> {
  const client = new pg.Client({ connectionString: database });
  await client.connect();
  await client.query(`CREATE SCHEMA ${name}`);
  await client.end();
  const url = new URL(database);
  url.searchParams.set('options', `-csearch_path=${name}`);
  return url.href;
}

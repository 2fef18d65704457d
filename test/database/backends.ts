import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { systemRuntime } from '../../src/app/system-runtime.ts';
import { openPostgresDriver } from '../../src/database/postgres-driver.ts';
import { openSqliteDriver } from '../../src/database/sqlite-driver.ts';
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

/** Databases of a PostgreSQL that runs as long as the tests of the file, and the options of tests that need it. */
export function postgresBackend(): { readonly backend: Backend; readonly options: { readonly skip?: string } } {
  const options = needs('postgresql', postgresAvailable());
  let server: TestPostgres | undefined;
  before(async () => {
    if (options.skip === undefined) server = await startPostgres();
  });
  after(() => server?.stop());
  const backend: Backend = {
    name: 'postgresql',
    newPlace: async () => {
      if (server === undefined) throw new Error('no server');
      return await server.createDatabase();
    },
    openDriver: (place) => openPostgresDriver(systemRuntime, silentLog, place),
  };
  return { backend, options };
}

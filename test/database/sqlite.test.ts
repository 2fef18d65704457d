import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { systemRuntime } from '../../src/app/system-runtime.ts';
import { openSqliteDriver } from '../../src/database/sqlite-driver.ts';
import { databaseContract } from './contract.ts';

const folder = await mkdtemp(join(tmpdir(), 'kamado-database-'));
after(() => rm(folder, { recursive: true, force: true }));
let files = 0;

databaseContract({
  name: 'sqlite',
  newPlace: async () => join(folder, `truth-${++files}.sqlite`),
  openDriver: async (place) => openSqliteDriver(systemRuntime, place),
});

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { systemRuntime } from '../../src/app/process/system-runtime.ts';
import { openSqliteDriver } from '../../src/database/sqlite/sqlite-driver.ts';
import { hooksContract } from './hooks-contract.ts';
import { deletionContract } from './hooks-deletion.ts';
import { isolationContract } from './hooks-isolation.ts';

const folder = await mkdtemp(join(tmpdir(), 'kamado-hooks-'));
after(() => rm(folder, { recursive: true, force: true }));
let files = 0;

const openDriver = async () => openSqliteDriver(systemRuntime, join(folder, `truth-${++files}.sqlite`));

hooksContract('sqlite', openDriver);
deletionContract('sqlite', openDriver);
isolationContract('sqlite', openDriver);

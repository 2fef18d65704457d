import { after, before } from 'node:test';
import { systemRuntime } from '../../src/app/process/system-runtime.ts';
import { openPostgresDriver } from '../../src/database/postgres/postgres-driver.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { postgresAvailable, startPostgres, type TestPostgres } from '../support/postgres.ts';
import { needs } from '../support/services.ts';
import { hooksContract } from './hooks-contract.ts';
import { deletionContract } from './hooks-deletion.ts';
import { isolationContract } from './hooks-isolation.ts';

const options = needs('postgresql', postgresAvailable());
let server: TestPostgres | undefined;
before(async () => {
  if (options.skip === undefined) server = await startPostgres();
});
after(() => server?.stop());

const openDriver = async () => {
  if (server === undefined) throw new Error('no server');
  return await openPostgresDriver(systemRuntime, silentLog, await server.createDatabase());
};

hooksContract('postgresql', openDriver, options);
deletionContract('postgresql', openDriver, options);
isolationContract('postgresql', openDriver, options);

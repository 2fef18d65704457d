import { after, before, describe, test } from 'node:test';
import { systemRuntime } from '../../src/app/process/system-runtime.ts';
import { openDatabase } from '../../src/database/open.ts';
import { deletionContract } from './contract-deletion.ts';
import { dumpContract } from './contract-dump.ts';
import { eventContract } from './contract-events.ts';
import { listContract } from './contract-lists.ts';
import { raceContract } from './contract-races.ts';
import { resourceContract } from './contract-resources.ts';
import { schemaChangeContract } from './contract-schema-changes.ts';
import { stateContract } from './contract-states.ts';
import { statusContract } from './contract-status.ts';
import type { Bench, ContractPart, ContractTest } from './contract-test.ts';
import { timelineContract } from './contract-timeline.ts';
import { valueContract } from './contract-values.ts';
import { type Backend, Client } from './helpers.ts';

/** What both databases promise, as tests of one of them. */
export function databaseContract(backend: Backend, options: { readonly skip?: string } = {}): void {
  declareContract('database', backend, options, [
    resourceContract,
    valueContract,
    listContract,
    deletionContract,
    stateContract,
    statusContract,
    eventContract,
    raceContract,
    schemaChangeContract,
    dumpContract,
    timelineContract,
  ]);
}

/** Declares parts of a contract as tests of one of the databases. */
export function declareContract(
  what: string,
  backend: Backend,
  options: { readonly skip?: string },
  parts: readonly ContractPart[],
): void {
  describe(`${what} on ${backend.name}`, options, () => {
    // Writes that wait for company don't keep a process alive.
    let alive: NodeJS.Timeout | undefined;
    before(() => {
      alive = setInterval(() => {}, 1_000);
    });
    after(() => clearInterval(alive));
    const declare: ContractTest = (name, body) => {
      test(name, async (t) => {
        const open: Bench['open'] = async (model, place) => {
          const driver = await backend.openDriver(place ?? (await backend.newPlace()));
          const database = await openDatabase(systemRuntime, driver, model);
          t.after(database.close);
          return new Client(database);
        };
        await body({ backend, open }, t);
      });
    };
    for (const part of parts) part(declare);
  });
}

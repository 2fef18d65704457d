import assert from 'node:assert/strict';
import { after, before, describe, type TestContext, test } from 'node:test';
import { systemRuntime } from '../../src/app/process/system-runtime.ts';
import { openDatabase } from '../../src/database/open.ts';
import type { SqlDriver, TransactionFunction } from '../../src/database/sql.ts';
import { openSqliteDriver } from '../../src/database/sqlite/sqlite-driver.ts';
import { Random } from '../simulation/random.ts';
import { postgresBackend, sqliteBackend } from './backends.ts';
import { type Backend, Client } from './helpers.ts';
import { ChangingHooks, model, randomPrograms } from './hook-programs.ts';
import { begin, contentOf, isSerial, outcomeOf, type Place, randomRequest } from './serial-order.ts';

/** How many seeds are tried on each database, and the first: KAMADO_HOOK_SEEDS=100, KAMADO_HOOK_SEED=7. */
const SEEDS = Number(process.env.KAMADO_HOOK_SEEDS ?? 3);
const FIRST = Number(process.env.KAMADO_HOOK_SEED ?? 1);
const ROUNDS = 25;
const AT_ONCE = 4;
/** Rounds in which a database that keeps nothing apart has to be found out. */
const ROUNDS_WITHOUT = 400;

/** @param drivers of the same database: one for each process */
async function open(t: TestContext, ...drivers: readonly SqlDriver[]): Promise<Place> {
  const hooks = new ChangingHooks();
  const clients: Client[] = [];
  for (const driver of drivers) {
    const database = await openDatabase(systemRuntime, driver, model, hooks);
    t.after(database.close);
    clients.push(new Client(database));
  }
  const [client, ...others] = clients;
  const [driver] = drivers;
  assert.ok(client !== undefined && driver !== undefined);
  return { client, others, driver, hooks };
}

/** Where requests are run one by one. */
const openOther = (t: TestContext): Promise<Place> => open(t, openSqliteDriver(systemRuntime, ':memory:'));

/** One round: random hooks, random requests at once. Returns what it was where no order explains what came of it. */
async function roundOf(place: Place, other: Place, random: Random): Promise<string | null> {
  const programs = randomPrograms(random);
  const requests = Array.from({ length: AT_ONCE }, () => randomRequest(random));
  await begin(place, programs);
  // A process lets only so many run at once as don't lose to each other; several are harder on the database.
  const clients = [place.client, ...place.others];
  const outcomes = await Promise.all(
    requests.map((request, i) => outcomeOf(clients[i % clients.length] ?? place.client, request)),
  );
  const content = await contentOf(place);
  if (await isSerial(other, programs, requests, outcomes, content)) return null;
  return [
    JSON.stringify([...programs], null, 1),
    ...requests.map(({ text }, i) => `${text}: ${outcomes[i]}`),
    content,
  ].join('\n');
}

function declare(backend: Backend, options: { readonly skip?: string }): void {
  describe(`random hooks on ${backend.name}`, options, () => {
    let alive: NodeJS.Timeout | undefined;
    before(() => {
      alive = setInterval(() => {}, 1_000);
    });
    after(() => clearInterval(alive));

    for (let seed = FIRST; seed < FIRST + SEEDS; seed++) {
      test(`seed ${seed}: what comes of requests at once comes of them in some order`, async (t) => {
        const at = await backend.newPlace();
        const processes = backend.name === 'sqlite' ? 1 : AT_ONCE;
        const place = await open(
          t,
          ...(await Promise.all(Array.from({ length: processes }, () => backend.openDriver(at)))),
        );
        const other = await openOther(t);
        const random = new Random(seed);
        for (let round = 0; round < ROUNDS; round++) {
          const unexplained = await roundOf(place, other, random);
          assert.equal(unexplained, null, `KAMADO_HOOK_SEED=${seed}, round ${round}:\n${unexplained}`);
        }
      });
    }

    test('is found out where transactions are kept apart less', { skip: backend.name === 'sqlite' }, async (t) => {
      const driver = await backend.openDriver(await backend.newPlace());
      const place = await open(t, { ...driver, write: (unit) => driver.write(() => withRowsOnly(unit())) });
      const other = await openOther(t);
      const random = new Random(FIRST);
      for (let round = 0; round < ROUNDS_WITHOUT; round++) {
        if ((await roundOf(place, other, random)) !== null) return;
      }
      assert.fail(`${ROUNDS_WITHOUT} rounds found nothing`);
    });
  });
}

/** The same unit in a transaction that keeps only the rows it locks. */
function* withRowsOnly<Result>(unit: TransactionFunction<Result>): TransactionFunction<Result> {
  let step = unit.next();
  while (!step.done) {
    const { value: statement } = step;
    step = unit.next(yield statement.use === 'begin' ? { ...statement, text: 'rows', values: [] } : statement);
  }
  return step.value;
}

const postgres = postgresBackend('schemas');
declare(postgres.backend, postgres.options);
declare(await sqliteBackend(), {});

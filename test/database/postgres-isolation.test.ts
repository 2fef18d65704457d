import assert from 'node:assert/strict';
import { after, before, describe, type TestContext, test } from 'node:test';
import pg from 'pg';
import { systemRuntime } from '../../src/app/process/system-runtime.ts';
import { openDatabase } from '../../src/database/open.ts';
import { openPostgresDriver } from '../../src/database/postgres/postgres-driver.ts';
import {
  ahead,
  beginning,
  type Isolation,
  number,
  rows,
  type SqlDriver,
  sql,
  sqlSchema,
  type TransactionFunction,
} from '../../src/database/sql.ts';
import { limits } from '../../src/kernel/limits.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { postgresAvailable, startPostgres, type TestPostgres } from '../support/postgres.ts';
import { needs } from '../support/services.ts';
import { modelOf, schema, until, withCode } from './helpers.ts';

const options = needs('postgresql', postgresAvailable());
const model = modelOf(schema('thing', {}));
/** Any number: whoever has it holds up those units that ask for it. */
const GATE = 77;

class Refused extends Error {}

describe('how PostgreSQL keeps transactions apart', options, () => {
  let server: TestPostgres;
  before(async () => {
    server = await startPostgres();
  });
  after(() => server.stop());

  /** Drivers of one database, as of several processes, and a client beside them. */
  async function open(t: TestContext, processes: number) {
    const url = await server.createDatabase();
    const drivers: SqlDriver[] = [];
    for (let i = 0; i < processes; i++) drivers.push(await openPostgresDriver(systemRuntime, silentLog, url));
    const [driver] = drivers;
    assert.ok(driver !== undefined);
    await openDatabase(systemRuntime, driver, model);
    await driver.write(function* (): TransactionFunction<void> {
      yield sqlSchema('CREATE TABLE accounts (id text PRIMARY KEY, n integer NOT NULL)');
      yield sql(`INSERT INTO accounts VALUES ('checking', 0), ('savings', 0)`);
    });
    const beside = new pg.Client({ connectionString: url });
    await beside.connect();
    t.after(async () => {
      await beside.end();
      for (const one of drivers) await one.close();
    });
    /** Waits until a unit is held up at the gate, which `beside` has. */
    const isWaiting = async (): Promise<boolean> => {
      const { rowCount } = await beside.query(
        `SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
      );
      return rowCount === 1;
    };
    return { drivers, driver, beside, isWaiting };
  }

  test('what a refusal had read counts', async (t) => {
    const { drivers, beside, isWaiting } = await open(t, 3);
    const [withdrawing, depositing, asking] = drivers;
    assert.ok(withdrawing !== undefined && depositing !== undefined && asking !== undefined);
    await beside.query(`SELECT pg_advisory_lock(${GATE})`);
    // M. Fekete et al., A Read-Only Transaction Anomaly under Snapshot Isolation, 2004.
    const withdrawal = withdrawing.write(function* (): TransactionFunction<void> {
      yield beginning('serializable', []);
      const { checking, savings } = yield* balances();
      yield sql(`SELECT pg_advisory_xact_lock(${GATE})`);
      const fee = checking + savings < 10 ? 1 : 0;
      yield sql(`UPDATE accounts SET n = ? WHERE id = 'checking'`, checking - 10 - fee);
    });
    await until(isWaiting, 'the withdrawal');
    await depositing.write(function* (): TransactionFunction<void> {
      yield beginning('serializable', []);
      yield sql(`UPDATE accounts SET n = 20 WHERE id = 'savings'`);
    });
    const refusal = asking.write(function* (): TransactionFunction<void> {
      yield beginning('serializable', []);
      const { checking, savings } = yield* balances();
      throw new Refused(`${checking} ${savings}`);
    });
    await assert.rejects(refusal, { message: '0 20' });
    await beside.query(`SELECT pg_advisory_unlock(${GATE})`);
    await withdrawal;
    assert.deepEqual(
      await withdrawing.readOne(balances),
      { checking: -10, savings: 20 },
      'no fee: the deposit was seen first',
    );
  });

  test('one that lost some times goes alone, and comes through', async (t) => {
    const { driver } = await open(t, 1);
    for (const isolation of ['rows', 'serializable'] as const) {
      let runs = 0;
      const held = await driver.write(function* (): TransactionFunction<string> {
        runs++;
        yield beginning(isolation, ['a name']);
        const [lock] = yield* rows(
          sql(
            `SELECT mode FROM pg_locks WHERE relation = 'kamado_resources'::regclass AND pid = pg_backend_pid() AND mode = 'ExclusiveLock'`,
          ),
        );
        if (lock === undefined) yield sql(`DO $$ BEGIN RAISE EXCEPTION 'lost' USING ERRCODE = '40001'; END $$`);
        return String(lock?.mode);
      });
      assert.deepEqual([held, runs], ['ExclusiveLock', limits.databaseSharedAttempts + 1]);
    }
  });

  test('nobody runs beside one that is alone, and it sees what all have written', async (t) => {
    const { drivers } = await open(t, 4);
    const isolations: readonly Isolation[] = ['alone', 'serializable', 'serializable', 'rows'];
    const adding = (isolation: Isolation) =>
      function* (): TransactionFunction<void> {
        yield beginning(isolation, []);
        if (isolation === 'rows') {
          // As whatever writes resources does.
          yield sql(
            `INSERT INTO kamado_resources (type, id, config_version) VALUES ('thing', gen_random_uuid()::text, 1)`,
          );
          yield sql(`SELECT n FROM accounts WHERE id = 'checking' FOR UPDATE`);
        }
        const { checking } = yield* balances();
        yield sql(`UPDATE accounts SET n = ? WHERE id = 'checking'`, checking + 1);
      };
    await Promise.all(
      Array.from({ length: 10 }, () => drivers.map((one, i) => one.write(adding(isolations[i] ?? 'rows')))).flat(),
    );
    const [first] = drivers;
    assert.deepEqual(await first?.readOne(balances), { checking: 40, savings: 0 });
  });

  test('those of one name wait before they see anything: none is run again', async (t) => {
    const { drivers } = await open(t, 4);
    let runs = 0;
    const adding = function* (): TransactionFunction<void> {
      runs++;
      const seen = yield* ahead(balances());
      yield beginning('serializable', [seen.savings === 0 ? 'checking' : 'nothing', 'another']);
      const { checking } = yield* balances();
      yield sql(`UPDATE accounts SET n = ? WHERE id = 'checking'`, checking + 1);
    };
    await Promise.all(Array.from({ length: 10 }, () => drivers.map((one) => one.write(adding))).flat());
    assert.equal(runs, 40);
    const [first] = drivers;
    assert.deepEqual(await first?.readOne(balances), { checking: 40, savings: 0 });
  });

  test('locks are given back, whatever comes of the transaction', async (t) => {
    const { driver, beside } = await open(t, 1);
    const ends: readonly (() => TransactionFunction<void>)[] = [
      function* () {
        yield sql('SELECT 1');
      },
      function* () {
        yield sql('SELECT 1');
        throw new Refused();
      },
      function* () {
        yield sql('SELECT * FROM nothing');
      },
      function* () {
        yield sql('INSERT INTO accounts VALUES (?, 1)', 'checking');
      },
      // biome-ignore lint/correctness/useYield: it fails before it asks for anything
      function* () {
        throw new Refused();
      },
    ];
    for (const isolation of ['rows', 'serializable'] as const) {
      for (const end of ends) {
        const unit = function* (): TransactionFunction<void> {
          yield beginning(isolation, ['one', 'two']);
          yield* end();
        };
        await Promise.allSettled([driver.write(unit)]);
        const { rows: held } = await beside.query(`SELECT * FROM pg_locks WHERE locktype = 'advisory'`);
        assert.deepEqual(held, []);
      }
    }
    const { rows: busy } = await beside.query(
      `SELECT state FROM pg_stat_activity WHERE application_name = 'kamado' AND datname = current_database() AND state <> 'idle'`,
    );
    assert.deepEqual(busy, []);
  });

  test('one that would lock too much goes alone', async (t) => {
    const { driver } = await open(t, 1);
    const names = Array.from({ length: limits.databaseLocksAhead + 1 }, (_, i) => `${i}`);
    await driver.write(function* (): TransactionFunction<void> {
      yield beginning('serializable', names);
      const [locks] = yield* rows(sql(`SELECT COUNT(*) AS n FROM pg_locks WHERE locktype = 'advisory'`));
      assert.equal(locks === undefined ? null : number(locks, 'n'), 0);
    });
  });

  test('one that loses every time is told so, and nothing is written', async (t) => {
    const { driver } = await open(t, 1);
    const losing = driver.write(function* (): TransactionFunction<void> {
      yield beginning('serializable', []);
      yield sql(`UPDATE accounts SET n = 9`);
      yield sql(`DO $$ BEGIN RAISE EXCEPTION 'lost' USING ERRCODE = '40001'; END $$`);
    });
    await assert.rejects(losing, withCode('DATABASE_BUSY', { attempts: limits.databaseAttempts }));
    assert.deepEqual(await driver.readOne(balances), { checking: 0, savings: 0 });
  });
});

function* balances(): TransactionFunction<{ readonly checking: number; readonly savings: number }> {
  const found = yield* rows(sql('SELECT n FROM accounts ORDER BY id'));
  const [checking = 0, savings = 0] = found.map((row) => number(row, 'n'));
  return { checking, savings };
}

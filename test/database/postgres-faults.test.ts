import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { systemRuntime } from '../../src/app/process/system-runtime.ts';
import { openDatabase } from '../../src/database/open.ts';
import { openPostgresDriver } from '../../src/database/postgres/postgres-driver.ts';
import {
  ConstraintViolation,
  type SqlDriver,
  type SqlResult,
  type Statement,
  sql,
  sqlSchema,
  type TransactionFunction,
} from '../../src/database/sql.ts';
import { isKamadoError } from '../../src/kernel/errors.ts';
import type { JsonObject } from '../../src/kernel/json.ts';
import { limits } from '../../src/kernel/limits.ts';
import { type Log, silentLog } from '../../src/kernel/log.ts';
import { postgresStartable, startOwnPostgres, type TestPostgres } from '../support/postgres.ts';
import { needs } from '../support/services.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import { Client, modelOf, refersTo, schema, string, until, versioned, withCode } from './helpers.ts';

const model = modelOf(
  schema('parent', { name: { ...string, unique: true } }, versioned),
  schema('child', { parent_id: refersTo('parent') }),
);

describe('PostgreSQL that fails', needs('postgresql', postgresStartable()), () => {
  let server: TestPostgres;
  const drivers: SqlDriver[] = [];
  before(async () => {
    server = await startOwnPostgres();
  });
  after(async () => {
    for (const driver of drivers) await driver.close();
    await server.stop();
  });
  const openDriver = async (url: string, log: Log = silentLog): Promise<SqlDriver> => {
    const driver = await openPostgresDriver(systemRuntime, log, url);
    drivers.push(driver);
    return driver;
  };
  const open = async (url: string) => new Client(await openDatabase(systemRuntime, await openDriver(url), model));

  test('several processes open a fresh database at once: one installation', async () => {
    const url = await server.createDatabase();
    const clients = await Promise.all(Array.from({ length: 6 }, () => open(url)));
    assert.equal(new Set(clients.map((client) => client.database.clusterId)).size, 1);
    await Promise.all(clients.map((client, i) => client.create('parent', `p${i}`, {})));
    assert.equal((await clients[0]?.list('parent'))?.total, 6);
    for (const client of clients) await client.database.close();
  });

  test('a commit of one process wakes the others', async () => {
    const url = await server.createDatabase();
    const [writer, reader] = [await open(url), await open(url)];
    let calls = 0;
    reader.database.onEvents(() => calls++);
    for (let i = 0; i < 5; i++) {
      const before = calls;
      await writer.create('parent', `p${i}`, {});
      await until(() => calls > before, `a call for p${i}`);
      assert.equal((await reader.events()).length, i + 1);
    }
    await pause(50);
    const before = calls;
    await writer.database.setMeta('a', 'b');
    await assert.rejects(writer.create('parent', 'p0', {}), withCode('DUPLICATE_VALUE'));
    await pause(50);
    assert.equal(calls, before, 'what queues no event calls nobody');
    for (const client of [writer, reader]) await client.database.close();
  });

  test('writers of several processes: no version is lost, no event is out of order', async () => {
    const url = await server.createDatabase();
    const clients = await Promise.all([open(url), open(url), open(url)]);
    const [first] = clients;
    assert.ok(first !== undefined);
    await first.create('parent', 'p', {});
    await Promise.all(Array.from({ length: 90 }, (_, i) => clients[i % 3]?.update('parent', 'p', { name: `${i}` })));
    const versions = (await first.events()).map((event) => event.version);
    assert.deepEqual(
      versions,
      Array.from({ length: 91 }, (_, i) => i + 1),
    );
    for (const client of clients) await client.database.close();
  });

  test('killed in the middle and started again: calls fail clearly, then work; also those that listen', async () => {
    const url = await server.createDatabase();
    const client = await open(url);
    let calls = 0;
    client.database.onEvents(() => calls++);
    const acknowledged: string[] = [];
    const refusals = new Set<string>();
    let stopped = false;
    const writing = Array.from({ length: 20 }, async (_, writer) => {
      for (let i = 0; !stopped; i++) {
        const id = `p${writer}-${i}`;
        try {
          await client.create('parent', id, { name: id });
          acknowledged.push(id);
        } catch (error) {
          refusals.add(isKamadoError(error) ? error.code : String(error));
          await pause(20);
        }
      }
    });
    await until(() => acknowledged.length > 100, 'some rows');
    await server.kill();
    await until(() => refusals.size > 0, 'a refusal');
    await assert.rejects(client.list('parent'), withCode('DATABASE_UNAVAILABLE'));
    await assert.rejects(open(url), withCode('DATABASE_UNAVAILABLE'));
    await server.restart();
    const then = acknowledged.length;
    await until(() => acknowledged.length > then + 100, 'rows after the restart');
    stopped = true;
    await Promise.all(writing);
    assert.deepEqual([...refusals], ['DATABASE_UNAVAILABLE']);
    const found = new Set((await client.list('parent', { limit: 1_000_000 })).ids);
    for (const id of acknowledged) assert.ok(found.has(id), `${id} is lost`);
    const events = (await client.events()).map((event) => event.resourceId);
    assert.deepEqual(events.toSorted(), [...found].toSorted(), 'every row has its event, no other has one');
    const other = await open(url);
    await until(async () => {
      const before = calls;
      await other.create('parent', `late${before}-${Math.random()}`, {});
      await pause(100);
      return calls > before;
    }, 'a call after the restart');
    for (const each of [client, other]) await each.database.close();
  });

  test('a connection that went silent is found, by those who ask and by those who listen', async (t) => {
    const url = new URL(await server.createDatabase());
    const direct = await open(url.href);
    const proxy = await startTcpProxy(Number(url.port));
    t.after(proxy.close);
    url.port = String(proxy.port);
    const warnings: string[] = [];
    const log: Log = { ...silentLog, warn: (_fields: JsonObject | object, message) => warnings.push(message) };
    const driver = await openDriver(url.href, log);
    const client = new Client(await openDatabase(systemRuntime, driver, model));
    let calls = 0;
    client.database.onEvents(() => calls++);
    await direct.create('parent', 'o', {});
    await until(() => calls > 0, 'the listener');
    proxy.freeze();
    await until(() => warnings.some((message) => message.includes('listener')), 'the listener finds out');
    const before = calls;
    await until(() => calls > before, 'it listens again');
    await direct.create('parent', 'p', {});
    await until(() => calls > before + 1, 'a call');
    for (const each of [client, direct]) await each.database.close();
  });

  test('two that wait for each other: one is run again', async () => {
    const driver = await openDriver(await server.createDatabase());
    await driver.write(function* () {
      yield sqlSchema('CREATE TABLE pairs (id integer PRIMARY KEY, n integer NOT NULL)');
      yield sql('INSERT INTO pairs VALUES (1, 0), (2, 0)');
    });
    let runs = 0;
    const both = (first: number, second: number) =>
      driver.write(function* (): TransactionFunction<void> {
        runs++;
        yield sql('UPDATE pairs SET n = n + 1 WHERE id = ?', first);
        yield sql('SELECT pg_sleep(0.2)');
        yield sql('UPDATE pairs SET n = n + 1 WHERE id = ?', second);
      });
    await Promise.all([both(1, 2), both(2, 1)]);
    assert.ok(runs > 2, 'there was a deadlock');
    const { rows } = await driver.read(() => one(sql('SELECT n FROM pairs')));
    assert.deepEqual(rows, [{ n: 2 }, { n: 2 }]);
  });

  test('one that loses every time is told so', async () => {
    const driver = await openDriver(await server.createDatabase());
    const losing = driver.write(function* (): TransactionFunction<void> {
      yield sql(`DO $$ BEGIN RAISE EXCEPTION 'conflict' USING ERRCODE = '40001'; END $$`);
    });
    await assert.rejects(losing, withCode('DATABASE_BUSY', { attempts: limits.databaseAttempts }));
  });

  test('a unit that fails leaves no transaction open, and its connection in use', async () => {
    const url = await server.createDatabase();
    const driver = await openDriver(url);
    await driver.write(function* () {
      yield sqlSchema('CREATE TABLE t (id integer PRIMARY KEY, word text)');
    });
    const failing: readonly (readonly [TransactionFunction<unknown>, RegExp])[] = [
      [one(sql('INSERT INTO t VALUES (1, ?), (1, ?)', 'hunter2', 'hunter2')), /constraint of the database.*t_pkey/],
      [one(sql('SELECT * FROM nothing')), /SQLSTATE 42P01/],
      [one(sql('INSERT INTO t VALUES (2, ?)', 'hunter2\0')), /SQLSTATE 22021/],
      [one(sql('SELECT CAST(? AS integer)', 'hunter2')), /SQLSTATE 22P02/],
      [thrown(), /a mistake/],
    ];
    for (const [unit, pattern] of failing) {
      await assert.rejects(
        driver.write(() => unit),
        (error: unknown) => {
          assert.ok(error instanceof Error);
          assert.match(error.message, pattern);
          assert.equal(JSON.stringify([error.message, error.stack, error.cause]).includes('hunter2'), false, 'a value');
          return true;
        },
      );
    }
    await assert.rejects(
      driver.write(() => one(sql('INSERT INTO t VALUES (1, NULL), (1, NULL)'))),
      ConstraintViolation,
    );
    await assert.rejects(
      driver.read(() => one(sql('INSERT INTO t VALUES (9, NULL)'))),
      withCode('DATABASE_UNAVAILABLE'),
    );
    const watcher = new pg.Client({ connectionString: url });
    await watcher.connect();
    const { rows } = await watcher.query("SELECT state FROM pg_stat_activity WHERE application_name = 'kamado'");
    assert.ok(rows.length >= 1);
    assert.deepEqual(new Set(rows.map((row) => row.state)), new Set(['idle']));
    const left = await watcher.query('SELECT * FROM t');
    assert.equal(left.rowCount, 0);
    await watcher.end();
  });

  test('where the server gives no more connections calls fail in time, or share those that there are', async () => {
    const url = new URL(await server.createDatabase());
    const admin = new pg.Client({ connectionString: url.href });
    await admin.connect();
    await admin.query('CREATE ROLE guest LOGIN CONNECTION LIMIT 3');
    await admin.query(`ALTER DATABASE ${url.pathname.slice(1)} OWNER TO guest`);
    url.username = 'guest';
    const client = await open(url.href);
    await client.create('parent', 'p', {});
    const settled = await Promise.allSettled(Array.from({ length: 100 }, () => client.get('parent', 'p')));
    for (const result of settled) if (result.status === 'rejected') withCode('DATABASE_UNAVAILABLE')(result.reason);
    assert.ok(settled.some((result) => result.status === 'fulfilled'));
    await admin.query('ALTER ROLE guest CONNECTION LIMIT 100');
    const later = await Promise.all(Array.from({ length: 100 }, () => client.get('parent', 'p')));
    assert.ok(later.every((row) => row !== null));
    await client.database.close();
    await admin.end();
  });

  test('units that hold every connection make the others fail in time', async () => {
    const url = await server.createDatabase();
    const client = await open(url);
    await client.create('parent', 'p', {});
    const driver = drivers.at(-1);
    assert.ok(driver !== undefined);
    const holding = Array.from({ length: limits.databaseConnections }, () =>
      driver.read(() => one(sql(`SELECT pg_sleep(${limits.databaseConnectTimeoutMs / 1_000 + 1})`))),
    );
    await assert.rejects(client.get('parent', 'p'), withCode('DATABASE_UNAVAILABLE'));
    await Promise.all(holding);
    assert.ok(await client.get('parent', 'p'));
    await client.database.close();
  });

  test('a database of another encoding is refused', async () => {
    const name = 'latin';
    const admin = new pg.Client({ connectionString: server.url });
    await admin.connect();
    await admin.query(`CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'`);
    await admin.end();
    const url = new URL(server.url);
    url.pathname = name;
    await assert.rejects(openDriver(url.href), /LATIN1/);
  });
});

function* one(statement: Statement): TransactionFunction<SqlResult> {
  return yield statement;
}

// biome-ignore lint/correctness/useYield: it fails before it asks for anything
function* thrown(): TransactionFunction<unknown> {
  throw new TypeError('a mistake');
}

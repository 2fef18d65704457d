import pg from 'pg';
import { isKamadoError, kamadoError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import type { Log } from '../kernel/log.ts';
import { type Runtime, sleep } from '../kernel/runtime.ts';
import { postgresDialect } from './postgres-dialect.ts';
import { Conflict, translated, unavailable } from './postgres-errors.ts';
import { listen } from './postgres-listener.ts';
import { PreparedStatements } from './postgres-statements.ts';
import { type SqlDriver, type SqlResult, type SqlRow, type Statement, sql, type Unit } from './sql.ts';

// Sequence numbers and counts stay far below 2^53.
const types: pg.CustomTypesConfig = {
  getTypeParser: (id, format) =>
    id === pg.types.builtins.INT8 ? (text: string) => Number(text) : pg.types.getTypeParser(id, format),
};

// Said in full, since a server can have other defaults.
const BEGIN = sql('BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE');
const BEGIN_READ = sql('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
const COMMIT = sql('COMMIT');
const ROLLBACK = sql('ROLLBACK');

/**
 * PostgreSQL (13 and later) at `url`, 'postgres://user:password@host:port/database'. Transactions are READ COMMITTED
 * with row locks where a unit asks for them; one that loses a conflict is run again. After a commit without an answer
 * nobody knows whether it came through: that is DATABASE_UNAVAILABLE too.
 *
 * @throws DATABASE_UNAVAILABLE
 */
export async function openPostgresDriver(runtime: Runtime, log: Log, url: string): Promise<SqlDriver> {
  const pool = new pg.Pool({
    connectionString: url,
    max: limits.databaseConnections,
    connectionTimeoutMillis: limits.databaseConnectTimeoutMs,
    query_timeout: limits.databaseStatementTimeoutMs,
    // A process that froze must not hold the locks of its transaction for ever.
    idle_in_transaction_session_timeout: limits.databaseStatementTimeoutMs,
    application_name: 'kamado',
    types,
  });
  const onLost = (error: Error): void => log.warn({ reason: error.message }, 'A connection to PostgreSQL was lost.');
  pool.on('error', onLost);
  const statements = new PreparedStatements();
  const listeners = new Set<() => void>();
  const ending = new AbortController();

  const send = async (client: pg.Pool | pg.PoolClient, statement: Statement): Promise<SqlResult> => {
    try {
      const result = await client.query<SqlRow>(statements.queryOf(statement));
      return { rows: result.rows, changes: result.rowCount ?? 0 };
    } catch (error) {
      throw translated(error);
    }
  };

  const connect = async (): Promise<pg.PoolClient> => {
    if (ending.signal.aborted) throw kamadoError('SHUTTING_DOWN', {});
    if (pool.waitingCount >= limits.databaseQueueUnits) {
      throw kamadoError('OVERLOADED', { queue: 'the database', limit: limits.databaseQueueUnits });
    }
    try {
      return await pool.connect();
    } catch (error) {
      throw unavailable(error);
    }
  };

  const rolledBack = async (client: pg.PoolClient): Promise<boolean> => {
    try {
      await send(client, ROLLBACK);
      return true;
    } catch (error) {
      log.debug({ reason: String(error) }, 'A transaction could not be rolled back; its connection is given up.');
      return false;
    }
  };

  /** Runs a unit between `begin` and COMMIT. A connection on which something may be left open is not used again. */
  const once = async <Result>(begin: Statement | null, unit: () => Unit<Result>): Promise<Result> => {
    const client = await connect();
    let usable = false;
    client.on('error', onLost);
    try {
      if (begin !== null) await send(client, begin);
      const steps = unit();
      let step = steps.next();
      while (!step.done) step = steps.next(await send(client, step.value));
      if (begin !== null) await send(client, COMMIT);
      usable = true;
      return step.value;
    } catch (error) {
      // Without an answer there is nothing to roll back: the transaction ends with its connection.
      if (!isKamadoError(error, 'DATABASE_UNAVAILABLE')) usable = begin === null || (await rolledBack(client));
      throw error;
    } finally {
      client.off('error', onLost);
      client.release(!usable);
    }
  };

  const write: SqlDriver['write'] = async (unit) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await once(BEGIN, unit);
      } catch (error) {
        if (!(error instanceof Conflict)) throw error;
        if (attempt >= limits.databaseAttempts) throw kamadoError('DATABASE_BUSY', { attempts: attempt });
        await sleep(runtime, runtime.randomInteger(attempt * 5 + 1));
      }
    }
  };

  try {
    await once(null, checkEncoding);
  } catch (error) {
    await pool.end();
    throw error;
  }
  const listening = listen(runtime, log, url, () => tell(listeners), ending.signal);

  return {
    dialect: postgresDialect,
    write,
    // A transaction of its own holds nobody up here.
    writeSoon: write,
    read: (unit) => once(BEGIN_READ, unit),
    readOne: (unit) => once(null, unit),
    onCommit: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: async () => {
      if (ending.signal.aborted) return;
      ending.abort();
      await listening;
      await pool.end();
    },
  };
}

/** Any text of a resource has to fit. */
function* checkEncoding(): Unit<void> {
  const { rows } = yield sql('SHOW server_encoding');
  const encoding = rows[0]?.server_encoding;
  if (encoding === 'UTF8') return;
  const reason = `its encoding is ${encoding}; create one with ENCODING 'UTF8'`;
  throw kamadoError('DATABASE_UNAVAILABLE', { reason });
}

function tell(listeners: ReadonlySet<() => void>): void {
  for (const listener of listeners) listener();
}

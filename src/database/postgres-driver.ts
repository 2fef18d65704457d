import pg from 'pg';
import { isKamadoError, kamadoError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import type { Log } from '../kernel/log.ts';
import { type Runtime, sleep } from '../kernel/runtime.ts';
import {
  ConstraintViolation,
  type Dialect,
  type SqlDriver,
  type SqlResult,
  type SqlRow,
  type Statement,
  sql,
  type Unit,
} from './sql.ts';

/** The channel on which commits that queued an event are told. */
const CHANNEL = 'kamado_events';

const dialect: Dialect = {
  name: 'postgresql',
  number: 'double precision',
  sequence: 'bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY',
  clustered: '',
  lockShared: ' FOR SHARE',
  lockExclusive: ' FOR UPDATE',
  like: (column) => `${column} LIKE ? ESCAPE '\\'`,
  binaryCollation: ' COLLATE "C"',
  nullsFirst: (direction) => (direction === 'ASC' ? ' NULLS FIRST' : ' NULLS LAST'),
  notify: sql(`SELECT pg_notify('${CHANNEL}', '')`),
  // Any number of ours: 'kamado' as digits.
  lockInstallation: sql('SELECT pg_advisory_xact_lock(526262636)'),
  columnsOf: (table) =>
    sql(
      'SELECT column_name AS name FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = ?',
      table,
    ),
};

// Sequence numbers and counts stay far below 2^53.
const types: pg.CustomTypesConfig = {
  getTypeParser: (id, format) =>
    id === pg.types.builtins.INT8 ? (text: string) => Number(text) : pg.types.getTypeParser(id, format),
};

/**
 * PostgreSQL (13 and later) at `url`, 'postgres://user:password@host:port/database'. Transactions are READ COMMITTED
 * with row locks where a unit asks for them; one that loses a conflict is run again.
 *
 * @throws DATABASE_UNAVAILABLE
 */
export async function openPostgresDriver(runtime: Runtime, log: Log, url: string): Promise<SqlDriver> {
  const pool = new pg.Pool({
    connectionString: url,
    max: limits.databaseConnections,
    connectionTimeoutMillis: limits.databaseConnectTimeoutMs,
    application_name: 'kamado',
    types,
  });
  pool.on('error', (error) => log.warn({ reason: error.message }, 'An idle connection to PostgreSQL was lost.'));
  // A connection may break between two statements of a transaction, when nobody waits for it: the next one then fails.
  pool.on('connect', (client) => {
    client.on('error', (error) => log.debug({ reason: error.message }, 'A connection to PostgreSQL was lost.'));
  });
  const listeners = new Set<() => void>();
  const ending = new AbortController();
  const tell = (): void => {
    for (const listener of listeners) listener();
  };

  try {
    (await pool.connect()).release();
  } catch (error) {
    await pool.end();
    throw unavailable(error);
  }
  const listening = listen(runtime, log, url, tell, ending.signal);

  const once = async <Result>(begin: string, unit: () => Unit<Result>): Promise<Result> => {
    const client = await pool.connect().catch((error: unknown) => {
      throw unavailable(error);
    });
    let broken: Error | undefined;
    try {
      await client.query(begin);
      const steps = unit();
      let step = steps.next();
      while (!step.done) step = steps.next(await execute(client, step.value));
      await client.query('COMMIT');
      return step.value;
    } catch (error) {
      await client.query('ROLLBACK').catch((lost: Error) => {
        broken = lost;
      });
      throw error;
    } finally {
      client.release(broken);
    }
  };

  const write: SqlDriver['write'] = async (unit) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await once('BEGIN', unit);
      } catch (error) {
        if (!isConflict(error)) throw translate(error);
        if (attempt >= limits.databaseAttempts) throw kamadoError('DATABASE_BUSY', { attempts: attempt });
        await sleep(runtime, runtime.randomInteger(attempt * 5 + 1));
      }
    }
  };

  return {
    dialect,
    write,
    // A transaction of its own holds nobody up here.
    writeSoon: write,
    read: async (unit) => {
      try {
        return await once('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY', unit);
      } catch (error) {
        throw translate(error);
      }
    },
    onCommit: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: async () => {
      ending.abort();
      await listening;
      await pool.end();
    },
  };
}

/** Holds one connection that listens; after a loss it comes back and tells, since something may have been missed. */
async function listen(runtime: Runtime, log: Log, url: string, tell: () => void, ending: AbortSignal): Promise<void> {
  let pauseMs: number = limits.reconnectFirstMs;
  while (!ending.aborted) {
    const client = new pg.Client({ connectionString: url, application_name: 'kamado listener', keepAlive: true });
    try {
      const lost = new Promise<void>((resolve) => {
        client.on('end', () => resolve());
        client.on('error', () => resolve());
        ending.addEventListener('abort', () => resolve(), { once: true });
      });
      await client.connect();
      client.on('notification', tell);
      await client.query(`LISTEN ${CHANNEL}`);
      pauseMs = limits.reconnectFirstMs;
      tell();
      await lost;
    } catch (error) {
      log.warn({ reason: reasonOf(error) }, 'PostgreSQL does not answer the listener.');
    }
    await client.end().catch((error: unknown) => log.debug({ reason: reasonOf(error) }, 'The listener had ended.'));
    if (!ending.aborted) await sleep(runtime, pauseMs, ending);
    pauseMs = Math.min(pauseMs * 2, limits.reconnectLongestMs);
  }
}

const numbered = new Map<string, { readonly name: string; readonly text: string }>();

/** The statement with $1, $2, … and a name, under which PostgreSQL keeps it prepared on each connection. */
function prepared(text: string): { readonly name: string; readonly text: string } {
  let found = numbered.get(text);
  if (found === undefined) {
    let place = 0;
    found = { name: `kamado_${numbered.size}`, text: text.replaceAll('?', () => `$${++place}`) };
    numbered.set(text, found);
  }
  return found;
}

async function execute(client: pg.PoolClient, { text, values }: Statement): Promise<SqlResult> {
  // Statements whose text depends on a request are not kept prepared.
  const query = numbered.size < limits.preparedStatements || numbered.has(text) ? prepared(text) : unnamed(text);
  const result = await client.query<SqlRow>({ ...query, values: [...values] });
  return { rows: result.rows, changes: result.rowCount ?? 0 };
}

function unnamed(text: string): { readonly text: string } {
  let place = 0;
  return { text: text.replaceAll('?', () => `$${++place}`) };
}

/** SQLSTATE of an error (PostgreSQL appendix A), or ''. */
function stateOf(error: unknown): string {
  return error instanceof pg.DatabaseError ? (error.code ?? '') : '';
}

/** Serialization failure or deadlock: another transaction won. */
function isConflict(error: unknown): boolean {
  return ['40001', '40P01'].includes(stateOf(error));
}

function translate(error: unknown): unknown {
  if (isKamadoError(error)) return error;
  if (stateOf(error).startsWith('23')) return new ConstraintViolation(error);
  return error instanceof pg.DatabaseError || isNetworkError(error) ? unavailable(error) : error;
}

function isNetworkError(error: unknown): boolean {
  return error instanceof Error && ('syscall' in error || /connection|timeout/i.test(error.message));
}

function unavailable(error: unknown): unknown {
  return isKamadoError(error)
    ? error
    : kamadoError('DATABASE_UNAVAILABLE', { reason: reasonOf(error) }, { cause: error });
}

function reasonOf(error: unknown): string {
  return error instanceof Error && error.message !== '' ? error.message : 'no answer';
}

import { Socket } from 'node:net';
import pg from 'pg';
import { isKamadoError, kamadoError, type Log, limits, type Runtime, StorageGauge, sleep } from '../../kernel/index.ts';
import { type SqlDriver, type SqlResult, type Statement, sql, sqlOnce, type TransactionFunction } from '../sql.ts';
import { WriteSlots } from '../write-slots.ts';
import { postgresDialect } from './postgres-dialect.ts';
import { Conflict, postgresFull, unavailable } from './postgres-errors.ts';
import { type Frame, frameOf, readFrame } from './postgres-frame.ts';
import { listen } from './postgres-listener.ts';
import { PostgresReserve } from './postgres-reserve.ts';
import { type Begun, isAhead, PostgresSession } from './postgres-session.ts';
import { PreparedStatements } from './postgres-statements.ts';

// Sequence numbers and counts stay far below 2^53.
const types: pg.CustomTypesConfig = {
  getTypeParser: (id, format) =>
    id === pg.types.builtins.INT8 ? (text: string) => Number(text) : pg.types.getTypeParser(id, format),
};

/**
 * PostgreSQL (13 and later) at `url`, 'postgres://user:password@host:port/database'. Transactions that write are kept apart
 * as they ask for when they begin; one that loses a conflict is run again. After a commit without an answer nobody knows
 * whether it came through: that is DATABASE_UNAVAILABLE too.
 *
 * @throws DATABASE_UNAVAILABLE
 */
export async function openPostgresDriver(runtime: Runtime, log: Log, url: string): Promise<SqlDriver> {
  const sockets = new Set<Socket>();
  const pool = new pg.Pool({
    connectionString: url,
    stream: () => tracked(sockets),
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
  const slots = new WriteSlots(runtime, limits.databaseConnections);
  const listeners = new Set<() => void>();
  const ending = new AbortController();

  const connect = async (): Promise<pg.PoolClient> => {
    if (ending.signal.aborted) throw kamadoError('SHUTTING_DOWN', {});
    if (pool.waitingCount >= limits.databaseQueueTransactions) {
      throw kamadoError('OVERLOADED', { queue: 'the database', limit: limits.databaseQueueTransactions });
    }
    try {
      return await pool.connect();
    } catch (error) {
      throw unavailable(error);
    }
  };

  /** Lends a connection. One on which something may be left open is not used again. */
  const withSession = async <Result>(task: (session: PostgresSession) => Promise<Result>): Promise<Result> => {
    const client = await connect();
    const session = new PostgresSession(client, statements, log, (reason) => gauge.fill(postgresFull(reason)));
    client.on('error', onLost);
    try {
      return await task(session);
    } finally {
      client.off('error', onLost);
      client.release(!session.isClean);
    }
  };

  /** Runs a statement by itself. */
  const single = (statement: Statement): Promise<SqlResult> => withSession((session) => session.send(statement));
  const reserve = new PostgresReserve(single);

  const readOne: SqlDriver['readOne'] = async (unit) => {
    const steps = unit();
    let step = steps.next();
    while (!step.done) step = steps.next(await single(step.value));
    return step.value;
  };

  /** Runs a transaction in its turn, where there is one. */
  const inTurn = <Result>(frame: Frame, unit: Begun<Result>): Promise<Result> => {
    const run = (): Promise<Result> => withSession((session) => session.runIn(frame, unit));
    return frame.isolation === 'serializable' ? slots.run(run, isConflict) : run();
  };

  const attemptAt = async <Result>(unit: () => TransactionFunction<Result>, attempt: number): Promise<Result> => {
    const steps = unit();
    const step = steps.next();
    if (!isAhead(step)) return await inTurn(...framed({ steps, step }, attempt));
    // Who waits for a turn holds no connection meanwhile.
    const rest = await withSession(async (session) => {
      const [frame, begun] = framed({ steps, step: await session.readAhead({ steps, step }) }, attempt);
      if (frame.isolation === 'serializable') return () => inTurn(frame, begun);
      const result = await session.runIn(frame, begun);
      return async () => result;
    });
    return await rest();
  };

  /** Runs a transaction; on a full disk once more, with the room that is kept for what was let in before. */
  const attemptWithReserve = async <Result>(
    unit: () => TransactionFunction<Result>,
    attempt: number,
  ): Promise<Result> => {
    try {
      return await attemptAt(unit, attempt);
    } catch (error) {
      if (!isKamadoError(error, 'STORAGE_FULL')) throw error;
      await reserve.release();
      return await attemptAt(unit, attempt);
    }
  };

  const write: SqlDriver['write'] = async (unit) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await attemptWithReserve(unit, attempt);
      } catch (error) {
        if (!isConflict(error)) throw error;
        if (attempt >= limits.databaseAttempts) throw kamadoError('DATABASE_BUSY', { attempts: attempt });
        await sleep(runtime, runtime.randomInteger(attempt * 5 + 1));
      }
    }
  };

  const gauge = new StorageGauge({
    runtime,
    log,
    hasSpace: async () => {
      try {
        await attemptAt(takeSpace, 1);
        return await reserve.allocation();
      } catch (error) {
        // A user who may make no temporary tables finds out with the next write.
        return !isKamadoError(error);
      }
    },
  });

  try {
    await readOne(checkEncoding);
  } catch (error) {
    await pool.end();
    throw error;
  }
  void reserve.allocation();
  const listening = listen(runtime, log, url, () => tell(listeners), ending.signal);

  return {
    dialect: postgresDialect,
    storage: gauge,
    write,
    // A transaction of its own holds nobody up here.
    writeSoon: write,
    read: async (unit) => {
      const steps = unit();
      const step = steps.next();
      return await withSession((session) => session.runIn(readFrame, { steps, step }));
    },
    readOne,
    onCommit: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: async () => {
      if (ending.signal.aborted) return;
      ending.abort();
      gauge.close();
      const closed = Promise.all([listening, pool.end()]);
      // A server that is away, or hangs, must not hold up the end, nor what still waits for it.
      await Promise.race([closed, sleep(runtime, limits.databaseCloseMs)]);
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** A unit with the frame that it is to have; what says so is no statement. */
function framed<Result>({ steps, step }: Begun<Result>, attempt: number): [Frame, Begun<Result>] {
  if (step.done || step.value.use !== 'begin') return [frameOf(null, attempt), { steps, step }];
  return [frameOf(step.value, attempt), { steps, step: steps.next({ rows: [], changes: 0 }) }];
}

function isConflict(error: unknown): boolean {
  return error instanceof Conflict;
}

/** A socket that is noted as long as it is open. */
function tracked(sockets: Set<Socket>): Socket {
  const socket = new Socket();
  sockets.add(socket);
  return socket.once('close', () => sockets.delete(socket));
}

/** Takes room on the server's disk, for the time of a transaction. */
function* takeSpace(): TransactionFunction<void> {
  const { storageProbeRows: rows, storageProbeRowBytes: bytes } = limits;
  yield sqlOnce(
    `CREATE TEMPORARY TABLE kamado_room ON COMMIT DROP AS
     SELECT repeat('x', ${bytes}) AS text FROM generate_series(1, ${rows})`,
  );
}

/** Any text of a resource has to fit. */
function* checkEncoding(): TransactionFunction<void> {
  const { rows } = yield sql('SHOW server_encoding');
  const encoding = rows[0]?.server_encoding;
  if (encoding === 'UTF8') return;
  const reason = `its encoding is ${encoding}; create one with ENCODING 'UTF8'`;
  throw kamadoError('DATABASE_UNAVAILABLE', { reason });
}

function tell(listeners: ReadonlySet<() => void>): void {
  for (const listener of listeners) listener();
}

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
 * Opens PostgreSQL (13 and later) at `url`, 'postgres://user:password@host:port/database'. Transactions that write get
 * the isolation that they ask for when they begin. One that loses a conflict is run again. If the answer to a commit is
 * lost, its outcome is unknown: that is DATABASE_UNAVAILABLE too.
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
    // A frozen process must not hold the locks of its transaction for ever.
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

  /** Lends a connection. A connection with possibly unfinished work is not used again. */
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

  const readOne: SqlDriver['readOne'] = async (transaction) => {
    const steps = transaction();
    let step = steps.next();
    while (!step.done) step = steps.next(await single(step.value));
    return step.value;
  };

  /** Runs a transaction, in its turn if it is serializable. */
  const inTurn = <Result>(frame: Frame, begun: Begun<Result>): Promise<Result> => {
    const run = (): Promise<Result> => withSession((session) => session.runIn(frame, begun));
    return frame.isolation === 'serializable' ? slots.run(run, isConflict) : run();
  };

  const attemptAt = async <Result>(
    transaction: () => TransactionFunction<Result>,
    attempt: number,
  ): Promise<Result> => {
    const steps = transaction();
    const step = steps.next();
    if (!isAhead(step)) return await inTurn(...framed({ steps, step }, attempt));
    // A transaction that waits for its turn holds no connection meanwhile.
    const rest = await withSession(async (session) => {
      const [frame, begun] = framed({ steps, step: await session.readAhead({ steps, step }) }, attempt);
      if (frame.isolation === 'serializable') return () => inTurn(frame, begun);
      const result = await session.runIn(frame, begun);
      return async () => result;
    });
    return await rest();
  };

  /**
   * Runs a transaction. If the disk is full, it releases the reserve, which is kept for admitted work, and runs it once
   * more.
   */
  const attemptWithReserve = async <Result>(
    transaction: () => TransactionFunction<Result>,
    attempt: number,
  ): Promise<Result> => {
    try {
      return await attemptAt(transaction, attempt);
    } catch (error) {
      if (!isKamadoError(error, 'STORAGE_FULL')) throw error;
      await reserve.release();
      return await attemptAt(transaction, attempt);
    }
  };

  const write: SqlDriver['write'] = async (transaction) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await attemptWithReserve(transaction, attempt);
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
        return await reserve.take();
      } catch (error) {
        // If the user may not create temporary tables, the next write finds out whether there is space.
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
  void reserve.take();
  const listening = listen(runtime, log, url, () => notify(listeners), ending.signal);

  return {
    dialect: postgresDialect,
    storage: gauge,
    write,
    // It is a transaction of its own, and delays no other one.
    writeSoon: write,
    read: async (transaction) => {
      const steps = transaction();
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
      // A server that is away, or hangs, must delay neither the shutdown nor the transactions that still wait for it.
      await Promise.race([closed, sleep(runtime, limits.databaseCloseMs)]);
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Returns a transaction with its frame. A `beginning` that the transaction yields first is consumed, not sent. */
function framed<Result>({ steps, step }: Begun<Result>, attempt: number): [Frame, Begun<Result>] {
  if (step.done || step.value.use !== 'begin') return [frameOf(null, attempt), { steps, step }];
  return [frameOf(step.value, attempt), { steps, step: steps.next({ rows: [], changes: 0 }) }];
}

function isConflict(error: unknown): boolean {
  return error instanceof Conflict;
}

/** A socket that is in the set as long as it is open. */
function tracked(sockets: Set<Socket>): Socket {
  const socket = new Socket();
  sockets.add(socket);
  return socket.once('close', () => sockets.delete(socket));
}

/** Takes space on the server's disk for the duration of a transaction. */
function* takeSpace(): TransactionFunction<void> {
  const { storageProbeRows: rows, storageProbeRowBytes: bytes } = limits;
  yield sqlOnce(
    `CREATE TEMPORARY TABLE kamado_room ON COMMIT DROP AS
     SELECT repeat('x', ${bytes}) AS text FROM generate_series(1, ${rows})`,
  );
}

/** Checks that the database can store any text of a resource. */
function* checkEncoding(): TransactionFunction<void> {
  const { rows } = yield sql('SHOW server_encoding');
  const encoding = rows[0]?.server_encoding;
  if (encoding === 'UTF8') return;
  const reason = `its encoding is ${encoding}; create one with ENCODING 'UTF8'`;
  throw kamadoError('DATABASE_UNAVAILABLE', { reason });
}

function notify(listeners: ReadonlySet<() => void>): void {
  for (const listener of listeners) listener();
}

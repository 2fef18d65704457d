import {
  type DiskReserve,
  errorText,
  isKamadoError,
  type KamadoError,
  kamadoError,
  limits,
  type Runtime,
  requireSpace,
  type SqliteStatement,
  sqliteCode,
  sqliteCodes,
  type Timer,
  writeSqlite,
} from '../../kernel/index.ts';
import { ConstraintViolation, type SqlDriver, type SqlRow, type Statement, type TransactionFunction } from '../sql.ts';
import { sqliteDialect } from './sqlite-dialect.ts';
import { type Durability, openSqliteFile } from './sqlite-file.ts';

interface Waiting {
  readonly run: () => void;
  readonly settle: () => void;
  readonly fail: (error: unknown) => void;
}

/** The options of a database file. */
export interface SqliteOptions {
  /** Default: 'power loss'. */
  readonly durability?: Durability;
  /** The reserve of the file's folder for a full disk, shared by the databases in the folder. The caller closes it. */
  readonly reserve?: DiskReserve;
  /** Leaves the reserve to other databases: while the disk is full, writes that no request waits for are refused. */
  readonly sparing?: boolean;
  /** Called around each commit, for tests that end the process there. */
  readonly beforeCommit?: () => void;
  readonly afterCommit?: () => void;
}

/**
 * Opens SQLite in one file, held by one process. All transaction functions of one turn of the event loop run in one SQL
 * transaction, with a savepoint each, and resolve when it is on the disk: durable against power loss, at a fraction of
 * the cost.
 *
 * @throws DATA_FOLDER_IN_USE, DATA_FOLDER_UNUSABLE
 */
export function openSqliteDriver(runtime: Runtime, path: string, options: SqliteOptions = {}): SqlDriver {
  const database = openSqliteFile(path, options.durability ?? 'power loss');
  const reserve = options.reserve ?? null;
  const sparing = options.sparing === true;
  const detach = reserve?.attach(database);
  const statements = new Map<string, SqliteStatement>();
  const listeners = new Set<() => void>();
  let waiting: Waiting[] = [];
  let scheduled = false;
  let soon: Timer | null = null;
  let closed = false;

  const prepared = ({ text, use }: Pick<Statement, 'text' | 'use'>): SqliteStatement => {
    let statement = statements.get(text);
    if (statement === undefined) {
      statement = database.prepare(text);
      if (use !== 'hot') return statement;
      if (statements.size >= limits.preparedStatements) statements.clear();
      statements.set(text, statement);
    }
    return statement;
  };

  const runSteps = <Result>(transaction: () => TransactionFunction<Result>): Result => {
    const steps = transaction();
    let step = steps.next();
    while (!step.done) step = steps.next(execute(prepared(step.value), step.value));
    return step.value;
  };

  const control = (text: string): void => {
    prepared({ text, use: 'hot' }).run();
  };

  /** Undoes one member of the group. If that fails, SQLite has rolled back the whole group. */
  const undo = (reason: unknown): void => {
    try {
      control('ROLLBACK TO member');
    } catch (error) {
      throw sqliteCode(reason) === undefined ? error : reason;
    }
  };

  const schedule = (): void => {
    if (scheduled) return;
    scheduled = true;
    runtime.nextTurn(flush);
  };

  const flush = (): void => {
    scheduled = false;
    soon?.cancel();
    soon = null;
    if (closed || waiting.length === 0) return;
    const group = waiting.slice(0, limits.databaseGroupTransactions);
    waiting = waiting.slice(group.length);
    if (waiting.length > 0) schedule();
    try {
      writeSqlite(database, sparing ? null : reserve, () => {
        control('BEGIN IMMEDIATE');
        for (const member of group) member.run();
        options.beforeCommit?.();
        control('COMMIT');
      });
      options.afterCommit?.();
    } catch (error) {
      for (const member of group) member.fail(unavailable(error));
      return;
    }
    for (const member of group) member.settle();
    for (const listener of listeners) listener();
  };

  const enqueue = <Result>(transaction: () => TransactionFunction<Result>): Promise<Result> =>
    new Promise((resolve, reject) => {
      if (closed) throw kamadoError('SHUTTING_DOWN', {});
      if (waiting.length >= limits.databaseQueueTransactions) {
        throw kamadoError('OVERLOADED', { queue: 'the database', limit: limits.databaseQueueTransactions });
      }
      let settle = (): void => {};
      waiting.push({
        run: () => {
          control('SAVEPOINT member');
          try {
            const result = runSteps(transaction);
            settle = () => resolve(result);
          } catch (error) {
            // The whole group is tried again with the released reserve.
            if (reserve?.isFull(error) === true) throw error;
            undo(error);
            settle = () => reject(translated(error));
          }
          control('RELEASE member');
        },
        settle: () => settle(),
        fail: reject,
      });
    });

  const read: SqlDriver['read'] = async (transaction) => {
    if (closed) throw kamadoError('SHUTTING_DOWN', {});
    try {
      return runSteps(transaction);
    } catch (error) {
      throw translated(error);
    }
  };

  return {
    dialect: sqliteDialect,
    ...(reserve !== null && { storage: reserve.storage }),
    write: (transaction) => {
      const result = enqueue(transaction);
      schedule();
      return result;
    },
    writeSoon: async (transaction) => {
      if (sparing) requireSpace([reserve?.storage]);
      const result = enqueue(transaction);
      soon ??= runtime.after(limits.databaseSoonMs, flush);
      return await result;
    },
    read,
    readOne: read,
    onCommit: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: async () => {
      if (closed) return;
      while (waiting.length > 0) flush();
      closed = true;
      detach?.();
      database.close();
    },
  };
}

function execute(
  statement: SqliteStatement,
  { text, values }: Statement,
): { rows: readonly SqlRow[]; changes: number } {
  if (/^\s*(?:SELECT|WITH)|RETURNING/i.test(text)) return { rows: statement.all(...values) as SqlRow[], changes: 0 };
  return { rows: [], changes: Number(statement.run(...values).changes) };
}

function translated(error: unknown): unknown {
  const code = sqliteCode(error);
  if (code === undefined || isKamadoError(error)) return error;
  return code === sqliteCodes.CONSTRAINT ? new ConstraintViolation(errorText(error)) : unavailable(error);
}

function unavailable(error: unknown): KamadoError {
  return isKamadoError(error)
    ? error
    : kamadoError('DATABASE_UNAVAILABLE', { reason: errorText(error) }, { cause: error });
}

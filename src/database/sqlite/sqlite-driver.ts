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

/** How a file is opened. */
export interface SqliteOptions {
  /** The loss of power where nothing is said. */
  readonly durability?: Durability;
  /** Room of the file's folder for when the disk is full; shared by the databases in it. The caller closes it. */
  readonly reserve?: DiskReserve;
  /** Leaves the reserve to others, and what nobody waits for is refused while the disk is full. */
  readonly sparing?: boolean;
  /** Called around each commit; for tests that end the process there. */
  readonly beforeCommit?: () => void;
  readonly afterCommit?: () => void;
}

/**
 * SQLite in one file, held by one process. All units of one turn of the event loop run in one transaction, a savepoint
 * each, and resolve when it is on the disk: durable against power loss, at a fraction of the cost.
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

  const runUnit = <Result>(unit: () => TransactionFunction<Result>): Result => {
    const steps = unit();
    let step = steps.next();
    while (!step.done) step = steps.next(execute(prepared(step.value), step.value));
    return step.value;
  };

  const control = (text: string): void => {
    prepared({ text, use: 'hot' }).run();
  };

  /** Undoes one unit of the transaction; where that fails, SQLite has given up all of it. */
  const undo = (reason: unknown): void => {
    try {
      control('ROLLBACK TO unit');
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
        for (const unit of group) unit.run();
        options.beforeCommit?.();
        control('COMMIT');
      });
      options.afterCommit?.();
    } catch (error) {
      for (const unit of group) unit.fail(unavailable(error));
      return;
    }
    for (const unit of group) unit.settle();
    for (const listener of listeners) listener();
  };

  const enqueue = <Result>(unit: () => TransactionFunction<Result>): Promise<Result> =>
    new Promise((resolve, reject) => {
      if (closed) throw kamadoError('SHUTTING_DOWN', {});
      if (waiting.length >= limits.databaseQueueTransactions) {
        throw kamadoError('OVERLOADED', { queue: 'the database', limit: limits.databaseQueueTransactions });
      }
      let settle = (): void => {};
      waiting.push({
        run: () => {
          control('SAVEPOINT unit');
          try {
            const result = runUnit(unit);
            settle = () => resolve(result);
          } catch (error) {
            // The whole group is tried again on what is kept of the disk.
            if (reserve?.isFull(error) === true) throw error;
            undo(error);
            settle = () => reject(translated(error));
          }
          control('RELEASE unit');
        },
        settle: () => settle(),
        fail: reject,
      });
    });

  const read: SqlDriver['read'] = async (unit) => {
    if (closed) throw kamadoError('SHUTTING_DOWN', {});
    try {
      return runUnit(unit);
    } catch (error) {
      throw translated(error);
    }
  };

  return {
    dialect: sqliteDialect,
    ...(reserve !== null && { storage: reserve.storage }),
    write: (unit) => {
      const result = enqueue(unit);
      schedule();
      return result;
    },
    writeSoon: async (unit) => {
      if (sparing) requireSpace([reserve?.storage]);
      const result = enqueue(unit);
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

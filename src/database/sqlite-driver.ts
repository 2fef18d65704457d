import { isKamadoError, type KamadoError, kamadoError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import type { Runtime, Timer } from '../kernel/runtime.ts';
import { openSqlite, type SqliteDatabase, type SqliteStatement, sqliteCode, sqliteCodes } from '../kernel/sqlite.ts';
import {
  ConstraintViolation,
  type Dialect,
  type SqlDriver,
  type SqlRow,
  type Statement,
  sql,
  type Unit,
} from './sql.ts';

const dialect: Dialect = {
  name: 'sqlite',
  number: 'REAL',
  sequence: 'INTEGER PRIMARY KEY AUTOINCREMENT',
  clustered: ' WITHOUT ROWID',
  // One connection, one transaction at a time: nothing to lock.
  lockShared: '',
  lockExclusive: '',
  like: (column) => `${column} LIKE ? ESCAPE '\\'`,
  binaryCollation: '',
  nullsFirst: () => '',
  notify: null,
  lockInstallation: null,
  columnsOf: (table) => sql('SELECT name FROM pragma_table_info(?)', table),
};

interface Waiting {
  readonly run: () => void;
  readonly settle: () => void;
  readonly fail: (error: unknown) => void;
}

/** How a file is opened. */
export interface SqliteOptions {
  /** What a commit survives: the loss of power (the default), or only the end of the process, for what can be made again. */
  readonly durability?: 'power loss' | 'process end';
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
  const database = openFile(path, options.durability ?? 'power loss');
  const statements = new Map<string, SqliteStatement>();
  const listeners = new Set<() => void>();
  let waiting: Waiting[] = [];
  let scheduled = false;
  let soon: Timer | null = null;
  let closed = false;

  const prepared = (statementText: string): SqliteStatement => {
    let statement = statements.get(statementText);
    if (statement === undefined) {
      statement = database.prepare(statementText);
      if (statements.size >= limits.preparedStatements) statements.clear();
      statements.set(statementText, statement);
    }
    return statement;
  };

  const runUnit = <Result>(unit: () => Unit<Result>): Result => {
    const steps = unit();
    let step = steps.next();
    while (!step.done) step = steps.next(execute(prepared(step.value.text), step.value));
    return step.value;
  };

  const control = (statementText: string): void => {
    prepared(statementText).run();
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
    const group = waiting.slice(0, limits.databaseGroupUnits);
    waiting = waiting.slice(group.length);
    if (waiting.length > 0) schedule();
    try {
      control('BEGIN IMMEDIATE');
      for (const unit of group) unit.run();
      options.beforeCommit?.();
      control('COMMIT');
      options.afterCommit?.();
    } catch (error) {
      rollBack(database);
      for (const unit of group) unit.fail(unavailable(error));
      return;
    }
    for (const unit of group) unit.settle();
    for (const listener of listeners) listener();
  };

  const enqueue = <Result>(unit: () => Unit<Result>): Promise<Result> =>
    new Promise((resolve, reject) => {
      if (closed) throw kamadoError('SHUTTING_DOWN', {});
      if (waiting.length >= limits.databaseQueueUnits) {
        throw kamadoError('OVERLOADED', { queue: 'the database', limit: limits.databaseQueueUnits });
      }
      let settle = (): void => {};
      waiting.push({
        run: () => {
          control('SAVEPOINT unit');
          try {
            const result = runUnit(unit);
            settle = () => resolve(result);
          } catch (error) {
            control('ROLLBACK TO unit');
            settle = () => reject(translate(error));
          }
          control('RELEASE unit');
        },
        settle: () => settle(),
        fail: reject,
      });
    });

  return {
    dialect,
    write: (unit) => {
      const result = enqueue(unit);
      schedule();
      return result;
    },
    writeSoon: (unit) => {
      const result = enqueue(unit);
      soon ??= runtime.after(limits.databaseSoonMs, flush);
      return result;
    },
    read: async (unit) => {
      if (closed) throw kamadoError('SHUTTING_DOWN', {});
      try {
        return runUnit(unit);
      } catch (error) {
        throw translate(error);
      }
    },
    onCommit: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: async () => {
      while (waiting.length > 0) flush();
      closed = true;
      database.close();
    },
  };
}

function openFile(path: string, durability: 'power loss' | 'process end'): SqliteDatabase {
  let database: SqliteDatabase | undefined;
  try {
    database = openSqlite(path);
    database.exec('PRAGMA locking_mode = EXCLUSIVE');
    database.exec('PRAGMA journal_mode = WAL');
    database.exec(`PRAGMA synchronous = ${durability === 'power loss' ? 'FULL' : 'NORMAL'}`);
    database.exec('PRAGMA foreign_keys = ON');
    // A page that is written often reaches the file once for many commits.
    database.exec(`PRAGMA wal_autocheckpoint = ${limits.walPages}`);
    database.exec(`PRAGMA cache_size = -${limits.sqliteCacheKib}`);
    // Takes the lock that `locking_mode` then keeps, so that a second process is told at its start.
    database.exec('BEGIN EXCLUSIVE; COMMIT');
    return database;
  } catch (error) {
    database?.close();
    const code = sqliteCode(error);
    if (code === sqliteCodes.BUSY || code === sqliteCodes.LOCKED) {
      throw kamadoError('DATA_FOLDER_IN_USE', { path }, { cause: error });
    }
    throw kamadoError('DATA_FOLDER_UNUSABLE', { path, reason: reasonOf(error) }, { cause: error });
  }
}

function execute(
  statement: SqliteStatement,
  { text, values }: Statement,
): { rows: readonly SqlRow[]; changes: number } {
  if (/^\s*(?:SELECT|WITH)|RETURNING/i.test(text)) return { rows: statement.all(...values) as SqlRow[], changes: 0 };
  return { rows: [], changes: Number(statement.run(...values).changes) };
}

function rollBack(database: SqliteDatabase): void {
  try {
    database.exec('ROLLBACK');
  } catch {
    // SQLite has rolled back by itself where it says that no transaction is active.
  }
}

function translate(error: unknown): unknown {
  const code = sqliteCode(error);
  if (code === undefined || isKamadoError(error)) return error;
  return code === sqliteCodes.CONSTRAINT ? new ConstraintViolation(error) : unavailable(error);
}

function unavailable(error: unknown): KamadoError {
  return isKamadoError(error)
    ? error
    : kamadoError('DATABASE_UNAVAILABLE', { reason: reasonOf(error) }, { cause: error });
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown';
}

import { createRequire } from 'node:module';

/** A value as SQLite stores it. Integers beyond 2^53 must be bound as bigint, and are refused when read. */
export type SqliteValue = string | number | bigint | null | Uint8Array;

/** A row by column name. */
export type SqliteRow = Record<string, SqliteValue>;

/** A prepared statement; parameters are bound by position. */
export interface SqliteStatement {
  readonly run: (...params: SqliteValue[]) => {
    readonly changes: number | bigint;
    readonly lastInsertRowid: number | bigint;
  };
  /** The first row, or undefined. */
  readonly get: (...params: SqliteValue[]) => SqliteRow | undefined;
  readonly all: (...params: SqliteValue[]) => SqliteRow[];
  /** Row by row. The database must not be written through the same statement meanwhile. */
  readonly iterate: (...params: SqliteValue[]) => IterableIterator<SqliteRow>;
}

/** A database connection with a synchronous API: the used part of node:sqlite's DatabaseSync. */
export interface SqliteDatabase {
  readonly exec: (sql: string) => void;
  readonly prepare: (sql: string) => SqliteStatement;
  readonly close: () => void;
}

interface SqliteDriver {
  readonly DatabaseSync: new (path: string, options?: { readonly timeout?: number }) => SqliteDatabase;
}

/** The primary result codes of SQLite (https://www.sqlite.org/rescode.html) that callers distinguish. */
export const sqliteCodes = {
  BUSY: 5,
  LOCKED: 6,
  IOERR: 10,
  CORRUPT: 11,
  FULL: 13,
  CANTOPEN: 14,
  CONSTRAINT: 19,
  NOTADB: 26,
} as const;

const FIRST_NODE_WITH_SQLITE = [22, 13] as const;
/** The locking mode changes with the next access. */
const READ = 'SELECT 1 FROM sqlite_schema';
const require = createRequire(import.meta.url);

/**
 * Opens, and creates if needed, the SQLite database at `path` (':memory:' for one in memory). The driver is Node's own
 * if it has one, otherwise a package with the same API. It waits `timeoutMs` for a lock of another process. Throws the
 * driver's error; `sqliteCode` returns its code.
 */
export function openSqlite(path: string, timeoutMs = 0): SqliteDatabase {
  const own = hasOwnDriver();
  const { DatabaseSync }: SqliteDriver = own ? require('node:sqlite') : require('@photostructure/sqlite');
  const database = new DatabaseSync(path, { timeout: timeoutMs });
  if (own) return database;
  return {
    exec: (sql) => database.exec(sql),
    prepare: (sql) => database.prepare(sql),
    close: () => {
      releaseLock(database);
      database.close();
    },
  };
}

/** Lets a new file return deleted space to the disk. An existing file stays as it is, and isn't written. */
export function makeShrinkable(database: SqliteDatabase): void {
  const { page_count: pages } = database.prepare('PRAGMA page_count').get() ?? {};
  if (Number(pages) === 0) database.exec('PRAGMA auto_vacuum = INCREMENTAL');
}

/** The primary result code of an error of the driver, or undefined if it isn't an error of SQLite. */
export function sqliteCode(error: unknown): number | undefined {
  const extended = sqliteExtendedCode(error);
  return extended === undefined ? undefined : extended & 0xff;
}

/** The extended result code (https://www.sqlite.org/rescode.html#extrc), as for a unique constraint (2067). */
export function sqliteExtendedCode(error: unknown): number | undefined {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'errcode') : undefined;
  return typeof code === 'number' ? code : undefined;
}

function hasOwnDriver(): boolean {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [firstMajor, firstMinor] = FIRST_NODE_WITH_SQLITE;
  return major > firstMajor || (major === firstMajor && minor >= firstMinor);
}

/**
 * Releases the lock before closing. The package's `close` leaves prepared statements, and with them an exclusive lock
 * of the file, to the garbage collector. If that fails (a broken disk, another connection), the lock ends with the
 * process.
 */
function releaseLock(database: SqliteDatabase): void {
  for (const sql of ['ROLLBACK', 'PRAGMA journal_mode = DELETE', 'PRAGMA locking_mode = NORMAL', READ]) {
    try {
      database.exec(sql);
    } catch (error) {
      // ROLLBACK also fails if there is no transaction.
      if (sqliteCode(error) === undefined) throw error;
    }
  }
}

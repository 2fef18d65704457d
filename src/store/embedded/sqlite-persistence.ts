import {
  type DiskReserve,
  errorText,
  isKamadoError,
  kamadoError,
  limits,
  makeShrinkable,
  openSqlite,
  type SqliteDatabase,
  type SqliteRow,
  type SqliteValue,
  sqliteCode,
  sqliteCodes,
  writeSqlite,
} from '../../kernel/index.ts';
import type { LogBatch, LogRecord, Persistence } from './persistence.ts';

const FORMAT = 1;
/** The time to wait for the lock of a process that was just killed. */
const LOCK_WAIT_MS = 250;

const TABLES = `
  CREATE TABLE IF NOT EXISTS store_meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS store_log (
    row INTEGER PRIMARY KEY,
    revision INTEGER NOT NULL,
    key TEXT NOT NULL,
    create_revision INTEGER NOT NULL,
    version INTEGER NOT NULL,
    deleted INTEGER NOT NULL,
    value TEXT NOT NULL,
    lease TEXT
  );
  INSERT OR IGNORE INTO store_meta VALUES ('format', ${FORMAT}), ('compact_revision', 0);
`;

/**
 * Returns a log in an SQLite file of its own, durable against power loss, for one process at a time. `load` throws
 * DATA_FOLDER_IN_USE, DATA_FOLDER_UNUSABLE or DATABASE_NEWER; `commit` throws STORAGE_FULL or the driver's error.
 * @param reserve the reserved space of the file's folder for a full disk; the caller closes it
 */
export function sqlitePersistence(
  path: string,
  reserve: DiskReserve | null = null,
  sqlite: (path: string) => SqliteDatabase = (file) => openSqlite(file, LOCK_WAIT_MS),
): Persistence {
  let log: OpenLog | null = null;
  let detach: (() => void) | undefined;
  return {
    ...(reserve !== null && { storage: reserve.storage }),
    load: () => {
      try {
        log = openLog(path, reserve, sqlite);
        detach = reserve?.attach(log.database);
        return log.load();
      } catch (error) {
        throw openError(path, error);
      }
    },
    commit: (batch) => {
      if (log === null) throw new Error('commit before load');
      log.commit(batch);
    },
    read: (row) => {
      if (log === null) throw new Error('read before load');
      return log.read(row);
    },
    close: () => {
      detach?.();
      log?.database.close();
      log = null;
    },
  };
}

type OpenLog = ReturnType<typeof prepareLog>;

/** The number of rows in one INSERT: a call of the driver costs more than a row. */
const ROWS_AT_ONCE = 8;
const ROW = '(?, ?, ?, ?, ?, ?, ?, ?)';

function columns({ row, revision, key, entry }: LogRecord): SqliteValue[] {
  const name = toText(key);
  if (entry === null) return [row, revision, name, 0, 0, 1, '', null];
  return [row, revision, name, entry.createRevision, entry.version, 0, toText(entry.value), entry.lease];
}

function openLog(path: string, reserve: DiskReserve | null, sqlite: (path: string) => SqliteDatabase): OpenLog {
  const database = sqlite(path);
  try {
    // The first write takes the lock and keeps it, which refuses a second process. This has to come first: without it
    // SQLite needs a separate file for the log.
    database.exec('PRAGMA locking_mode = EXCLUSIVE');
    makeShrinkable(database);
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
    database.exec(`PRAGMA wal_autocheckpoint = ${limits.walPages}`);
    database.exec('BEGIN IMMEDIATE');
    const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
    if (tables.length > 0 && !tables.some((table) => table.name === 'store_meta')) {
      throw kamadoError('DATA_FOLDER_UNUSABLE', { path, reason: 'the file holds something other than a store' });
    }
    database.exec(TABLES);
    database.exec('COMMIT');
    return prepareLog(path, reserve, database);
  } catch (error) {
    database.close();
    throw error;
  }
}

function prepareLog(path: string, reserve: DiskReserve | null, database: SqliteDatabase) {
  const meta = database.prepare('SELECT value FROM store_meta WHERE name = ?');
  const format = Number(meta.get('format')?.value);
  if (format > FORMAT) throw kamadoError('DATABASE_NEWER', { found: format, known: FORMAT });
  const insertOne = database.prepare(`INSERT INTO store_log VALUES ${ROW}`);
  const insertMany = database.prepare(`INSERT INTO store_log VALUES ${Array(ROWS_AT_ONCE).fill(ROW).join(', ')}`);
  const selectValue = database.prepare('SELECT value FROM store_log WHERE row = ? AND deleted = 0');
  const remove = database.prepare('DELETE FROM store_log WHERE row = ?');
  const setCompacted = database.prepare("UPDATE store_meta SET value = ? WHERE name = 'compact_revision'");
  const begin = database.prepare('BEGIN IMMEDIATE');
  const end = database.prepare('COMMIT');

  const write = (records: readonly LogRecord[]) => {
    let done = 0;
    for (; records.length - done >= ROWS_AT_ONCE; done += ROWS_AT_ONCE) {
      insertMany.run(...records.slice(done, done + ROWS_AT_ONCE).flatMap(columns));
    }
    for (const record of records.slice(done)) insertOne.run(...columns(record));
  };

  return {
    database,
    load: () => {
      const compactRevision = Number(meta.get('compact_revision')?.value);
      const rows = database.prepare('SELECT * FROM store_log ORDER BY row').iterate();
      return { compactRevision, records: readRows(path, compactRevision, rows) };
    },
    commit: ({ records, compaction }: LogBatch) => {
      writeSqlite(database, reserve, () => {
        begin.run();
        write(records);
        if (compaction !== null) {
          for (const row of compaction.obsolete) remove.run(row);
          setCompacted.run(compaction.revision);
        }
        end.run();
      });
    },
    read: (row: number): string => {
      const found = selectValue.get(row);
      if (found === undefined) throw new Error(`no value in row ${row}`);
      return fromText(found.value);
    },
  };
}

/** Yields the records, and checks that no revision of the history is missing. */
function* readRows(path: string, compactRevision: number, rows: Iterable<SqliteRow>): Generator<LogRecord> {
  let previous = Math.max(compactRevision, 1);
  try {
    for (const row of rows) {
      const record = toRecord(row);
      if (record.revision > previous + 1) {
        const reason = `the store's log has no revision ${previous + 1}`;
        throw kamadoError('DATA_FOLDER_UNUSABLE', { path, reason });
      }
      previous = Math.max(previous, record.revision);
      yield record;
    }
  } catch (error) {
    throw openError(path, error);
  }
}

function toRecord(row: SqliteRow): LogRecord {
  const revision = Number(row.revision);
  const key = fromText(row.key);
  const entry = {
    key,
    value: fromText(row.value),
    createRevision: Number(row.create_revision),
    modRevision: revision,
    version: Number(row.version),
    lease: row.lease === null ? null : String(row.lease),
  };
  return { row: Number(row.row), revision, key, entry: row.deleted === 1 ? null : entry };
}

/** Returns a text with a NUL as bytes: the drivers read texts up to the first NUL. */
function toText(text: string): SqliteValue {
  return text.includes('\0') ? Buffer.from(text) : text;
}

function fromText(value: SqliteValue | undefined): string {
  return value instanceof Uint8Array ? Buffer.from(value).toString() : String(value);
}

function openError(path: string, error: unknown): unknown {
  if (isKamadoError(error)) return error;
  const code = sqliteCode(error);
  if (code === undefined) return error;
  return code === sqliteCodes.BUSY || code === sqliteCodes.LOCKED
    ? kamadoError('DATA_FOLDER_IN_USE', { path }, { cause: error })
    : kamadoError('DATA_FOLDER_UNUSABLE', { path, reason: errorText(error) }, { cause: error });
}

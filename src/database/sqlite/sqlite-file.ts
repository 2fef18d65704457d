import {
  errorText,
  kamadoError,
  limits,
  makeShrinkable,
  openSqlite,
  type SqliteDatabase,
  sqliteCode,
  sqliteCodes,
} from '../../kernel/index.ts';

/**
 * The event that a commit survives: the loss of power, or only the end of the process, for data that can be made again.
 */
export type Durability = 'power loss' | 'process end';

/** Opens the file for this process alone. @throws DATA_FOLDER_IN_USE, DATA_FOLDER_UNUSABLE */
export function openSqliteFile(path: string, durability: Durability): SqliteDatabase {
  let database: SqliteDatabase | undefined;
  try {
    database = openSqlite(path);
    database.exec('PRAGMA locking_mode = EXCLUSIVE');
    makeShrinkable(database);
    database.exec('PRAGMA journal_mode = WAL');
    database.exec(`PRAGMA synchronous = ${durability === 'power loss' ? 'FULL' : 'NORMAL'}`);
    // A page that is written often is copied into the file once for many commits.
    database.exec(`PRAGMA wal_autocheckpoint = ${limits.walPages}`);
    database.exec(`PRAGMA cache_size = -${limits.sqliteCacheKib}`);
    database.exec('PRAGMA foreign_keys = ON');
    // Takes the lock that `locking_mode` then keeps, so that a second process fails at its start.
    database.exec('BEGIN EXCLUSIVE; COMMIT');
    return database;
  } catch (error) {
    database?.close();
    const code = sqliteCode(error);
    if (code === sqliteCodes.BUSY || code === sqliteCodes.LOCKED) {
      throw kamadoError('DATA_FOLDER_IN_USE', { path }, { cause: error });
    }
    throw kamadoError('DATA_FOLDER_UNUSABLE', { path, reason: errorText(error) }, { cause: error });
  }
}

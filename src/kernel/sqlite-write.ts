import type { DiskReserve } from './disk-reserve.ts';
import { errorText } from './errors.ts';
import { type SqliteDatabase, sqliteCode, sqliteCodes } from './sqlite.ts';
import { storageFull } from './storage.ts';

/**
 * Runs what writes a transaction, from BEGIN to COMMIT, and rolls back where it fails. On a full disk the reserve is given
 * up, and it is run once more: what was let in before comes through.
 * @throws STORAGE_FULL, and what `write` throws
 */
export function writeSqlite(database: SqliteDatabase, reserve: DiskReserve | null, write: () => void): void {
  try {
    attempt(database, write);
  } catch (error) {
    if (reserve === null || !reserve.isFull(error)) throw explained(error);
    reserve.release();
    try {
      attempt(database, write);
    } catch (again) {
      throw reserve.isFull(again) ? storageFull(reserve.full, again) : again;
    }
  }
}

function attempt(database: SqliteDatabase, write: () => void): void {
  try {
    write();
  } catch (error) {
    try {
      database.exec('ROLLBACK');
    } catch {
      // SQLite has rolled back by itself where it says that no transaction is active.
    }
    throw error;
  }
}

function explained(error: unknown): unknown {
  if (sqliteCode(error) !== sqliteCodes.FULL) return error;
  const remedy = 'Free space on its disk, and try again.';
  return storageFull({ what: 'database', reason: errorText(error), remedy }, error);
}

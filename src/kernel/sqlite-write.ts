import type { DiskReserve } from './disk-reserve.ts';
import { errorText } from './errors.ts';
import { type SqliteDatabase, sqliteCode, sqliteCodes } from './sqlite.ts';
import { storageFull } from './storage.ts';

/**
 * Runs a write transaction, from BEGIN to COMMIT, and rolls back on failure. If the disk is full, the reserve is
 * released and the transaction is run once more, so that admitted work succeeds.
 * @throws STORAGE_FULL, and all that `write` throws
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
      // SQLite has rolled back by itself if it reports that no transaction is active.
    }
    throw error;
  }
}

function explained(error: unknown): unknown {
  if (sqliteCode(error) !== sqliteCodes.FULL) return error;
  const remedy = 'Free space on its disk, and try again.';
  return storageFull({ what: 'database', reason: errorText(error), remedy }, error);
}

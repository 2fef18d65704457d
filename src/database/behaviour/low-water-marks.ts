import { createHash } from 'node:crypto';
import type { Range } from '../../schema/index.ts';
import type { Row } from '../resource-row.ts';
import { firstRow, number, sql, type TransactionFunction, text } from '../sql.ts';

/**
 * The number of passed numbers after which a new low-water mark is written: a write costs more than reading a few taken
 * numbers again.
 */
const STRIDE = 32;

/**
 * The number from which the search for the lowest free number of a pool begins. The resource that has the pool is
 * locked.
 */
export interface LowWaterMark {
  /** No offered number below it is free. -Infinity if nothing is known. */
  readonly from: number;
  /** A hash of the offered ranges: a mark of other ranges isn't used. */
  readonly offered: string;
}

/** Returns the low-water mark of a pool that offers these numbers. */
export function* lowWaterMarkOf(owner: Row, pool: string, ranges: readonly Range[]): TransactionFunction<LowWaterMark> {
  const offered = createHash('sha256')
    .update(ranges.map(({ first, last }) => `${first}-${last}`).join())
    .digest('base64');
  const found = yield* firstRow(
    sql(
      'SELECT offered, floor FROM kamado_pool_floors WHERE type = ? AND id = ? AND pool = ?',
      owner.type,
      owner.id,
      pool,
    ),
  );
  const isKnown = found !== undefined && text(found, 'offered') === offered;
  return { from: isKnown ? number(found, 'floor') : Number.NEGATIVE_INFINITY, offered };
}

/** Writes a new low-water mark after the lowest free number was taken, if that saves enough of a search. */
export function* raiseLowWaterMark(
  owner: Row,
  pool: string,
  { from, offered }: LowWaterMark,
  first: number,
  taken: number,
): TransactionFunction<void> {
  if (taken - Math.max(from, first) < STRIDE) return;
  yield sql(
    `INSERT INTO kamado_pool_floors (type, id, pool, offered, floor) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (type, id, pool) DO UPDATE SET offered = excluded.offered, floor = excluded.floor`,
    owner.type,
    owner.id,
    pool,
    offered,
    taken + 1,
  );
}

/** Lowers the low-water mark to a number that was given back. */
export function* lowerLowWaterMark(
  owner: { readonly type: string; readonly id: string },
  pool: string,
  free: number,
): TransactionFunction<void> {
  yield sql(
    'UPDATE kamado_pool_floors SET floor = ? WHERE type = ? AND id = ? AND pool = ? AND floor > ?',
    free,
    owner.type,
    owner.id,
    pool,
    free,
  );
}

/** Deletes the low-water marks of a resource that is gone. */
export function* dropLowWaterMarks(type: string, id: string): TransactionFunction<void> {
  yield sql('DELETE FROM kamado_pool_floors WHERE type = ? AND id = ?', type, id);
}

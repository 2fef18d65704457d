import { createHash } from 'node:crypto';
import type { Range } from '../../schema/index.ts';
import type { Row } from '../resource-row.ts';
import { firstRow, number, sql, type TransactionFunction, text } from '../sql.ts';

/**
 * How many numbers are passed before it is written down that they are taken: writing costs more than looking at a few of
 * them again.
 */
const STRIDE = 32;

/** From where on the lowest free number of a pool is to be looked for. The resource that has the pool is locked. */
export interface Floor {
  /** No number below it that is offered is free; -Infinity where nothing is known. */
  readonly from: number;
  /** Tells what was offered then from what is offered now. */
  readonly offered: string;
}

/** What is known of a pool that offers these numbers. */
export function* lowWaterMarkOf(owner: Row, pool: string, ranges: readonly Range[]): TransactionFunction<Floor> {
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

/** Writes down that the lowest free number is taken now, where that spares a search. */
export function* raiseLowWaterMark(
  owner: Row,
  pool: string,
  { from, offered }: Floor,
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

/** A number was given back. */
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

/** The resource that had the pools is gone. */
export function* dropLowWaterMarks(type: string, id: string): TransactionFunction<void> {
  yield sql('DELETE FROM kamado_pool_floors WHERE type = ? AND id = ?', type, id);
}

import { type Json, type JsonObject, kamadoError, limits } from '../../kernel/index.ts';
import {
  bitmapText,
  bitsFor,
  common,
  evaluateValue,
  numberOf,
  type Pool,
  type Range,
  type ResourceType,
  rangesOf,
  sizeOf,
  type Value,
  type ValueContext,
  withBit,
  without,
} from '../../schema/index.ts';
import { type Operation, typeOf } from '../context.ts';
import type { Row } from '../resource-row.ts';
import { firstRow, number, rows, sql, type TransactionFunction, text } from '../sql.ts';
import { storeRow } from '../store-row.ts';
import { evaluated, type Subject } from './evaluate.ts';
import { lowWaterMarkOf, raiseLowWaterMark } from './low-water-marks.ts';

/** The numbers of one resource's pool. */
export interface Numbers {
  readonly pool: Pool;
  readonly bounds: Range;
  /** The numbers that can be allocated, taken or not. */
  readonly usable: readonly Range[];
  /** The part of them that is allocated without an explicit request. */
  readonly offered: readonly Range[];
}

/** The holder of a number. */
export interface Holder {
  readonly type: string;
  readonly id: string;
}

/** Returns the numbers of a resource's pool. @throws MAPPING_INVALID if its bounds are no integers */
export function* numbersOf(operation: Operation, subject: Subject, pool: Pool): TransactionFunction<Numbers> {
  const place = `${subject.type}, pool ${pool.name}`;
  return yield* evaluated(operation, subject, (context) => {
    const bounds = boundsOf(pool, context, place);
    const usable = without(bounds, rangesIn(pool.reserved, context, place) ?? []);
    const offers = rangesIn(pool.offers, context, place);
    const withheld = rangesIn(pool.withheld, context, place) ?? [];
    const offered = offers === null ? usable : common(usable, offers);
    return { pool, bounds, usable, offered: offered.flatMap((range) => without(range, withheld)) };
  });
}

/** The ranges that a value names. null if there is no value. */
function rangesIn(value: Value | null, context: ValueContext, place: string): readonly Range[] | null {
  if (value === null) return null;
  const ranges = rangesOf(evaluateValue(value, context, place));
  if (ranges !== null) return ranges;
  const reason = `the ranges are invalid, or more than ${limits.poolRanges}`;
  throw kamadoError('MAPPING_INVALID', { place, reason });
}

function boundsOf(pool: Pool, context: ValueContext, place: string): Range {
  const at = (value: Value): number | null => numberOf(evaluateValue(value, context, place));
  const [first, last] = [at(pool.first), at(pool.last)];
  // Without bounds the pool is empty.
  if (first === null || last === null || first > last) return { first: 0, last: -1 };
  return { first, last };
}

/** Whether a number lies in one of the ranges. */
export function isIn(ranges: readonly Range[], one: number): boolean {
  return ranges.some(({ first, last }) => one >= first && one <= last);
}

/**
 * Returns what the pools of a resource show, computed from the taken numbers: when it is made, and when its bounds
 * change.
 */
export function* poolContents(
  operation: Operation,
  type: ResourceType,
  subject: Subject,
  id: string,
): TransactionFunction<JsonObject> {
  const contents: Record<string, Json> = {};
  for (const pool of type.behaviour.pools.values()) {
    const { bitmap, free } = pool;
    if (bitmap === null && free === null) continue;
    const { bounds, usable } = yield* numbersOf(operation, subject, pool);
    const taken = yield* takenNumbers(type.id, id, pool.name);
    if (free !== null) contents[free] = sizeOf(usable) - [...taken].filter((one) => isIn(usable, one)).length;
    if (bitmap !== null) {
      contents[bitmap.property] = bitmapText(bounds, usable, taken, bitmap.bits ?? bitsFor(bounds));
    }
  }
  return contents;
}

function* takenNumbers(type: string, id: string, pool: string): TransactionFunction<ReadonlySet<number>> {
  const found = yield* rows(
    sql('SELECT number FROM kamado_pool_numbers WHERE type = ? AND id = ? AND pool = ?', type, id, pool),
  );
  return new Set(found.map((row) => number(row, 'number')));
}

/** Returns the lowest free number, or null. The caller takes it. The resource that has the pool is locked. */
export function* lowestFree({ offered, pool }: Numbers, owner: Row): TransactionFunction<number | null> {
  const lowWaterMark = yield* lowWaterMarkOf(owner, pool.name, offered);
  for (const { first, last } of offered) {
    const from = Math.max(first, lowWaterMark.from);
    const free = from > last ? null : yield* firstFree(owner, pool.name, { first: from, last });
    if (free === null) continue;
    yield* raiseLowWaterMark(owner, pool.name, lowWaterMark, offered[0]?.first ?? free, free);
    return free;
  }
  return null;
}

/** The lowest free number of a range, or null. */
function* firstFree(owner: Row, pool: string, { first, last }: Range): TransactionFunction<number | null> {
  if ((yield* holderOf(owner, pool, first)) === null) return first;
  // The first taken number whose next one is free, in the order of the index: it ends at the first gap.
  const found = yield* firstRow(
    sql(
      `SELECT t.number AS number FROM kamado_pool_numbers t
       WHERE type = ? AND id = ? AND pool = ? AND t.number >= ? AND t.number < ?
       AND NOT EXISTS (SELECT 1 FROM kamado_pool_numbers n WHERE n.type = t.type AND n.id = t.id
         AND n.pool = t.pool AND n.number = t.number + 1)
       ORDER BY t.number LIMIT 1`,
      owner.type,
      owner.id,
      pool,
      first,
      last,
    ),
  );
  return found === undefined ? null : number(found, 'number') + 1;
}

/** Returns the holder of a number. null if it is free. */
export function* holderOf(owner: Row, pool: string, taken: number): TransactionFunction<Holder | null> {
  const found = yield* firstRow(
    sql(
      'SELECT holder_type, holder_id FROM kamado_pool_numbers WHERE type = ? AND id = ? AND pool = ? AND number = ?',
      owner.type,
      owner.id,
      pool,
      taken,
    ),
  );
  return found === undefined ? null : { type: text(found, 'holder_type'), id: text(found, 'holder_id') };
}

/** Updates what the owner of a pool shows after a number was taken or given back. */
export function* updateContents(
  operation: Operation,
  owner: Row,
  pool: Pool,
  changed: number,
  isTaken: boolean,
): TransactionFunction<void> {
  const { bitmap, free } = pool;
  if (bitmap === null && free === null) return;
  const { body } = owner;
  const { bounds, usable } = yield* numbersOf(operation, { ...owner, version: owner.configVersion }, pool);
  // A number that was reserved since it was taken isn't free when it is given back.
  if (!isIn(usable, changed)) return;
  const contents: Record<string, Json> = {};
  if (free !== null) contents[free] = Number(body[free] ?? 0) + (isTaken ? -1 : 1);
  if (bitmap !== null) {
    contents[bitmap.property] = withBit(String(body[bitmap.property] ?? ''), bounds.first, changed, isTaken);
  }
  yield* storeContents(operation, owner, contents, pool.newVersion);
}

/** Writes what a resource shows of its pools and counters, into its row or as a new version. */
export function* storeContents(
  operation: Operation,
  owner: Row,
  contents: JsonObject,
  newVersion: boolean,
): TransactionFunction<void> {
  const type = typeOf(operation, owner.type);
  // A marked resource gets no more versions.
  if (newVersion && !owner.markedForDeletion) {
    yield* operation.writes.change(operation, type, owner, contents, new Set(Object.keys(contents)));
  } else yield* storeRow(type, owner.id, contents);
}

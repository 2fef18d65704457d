import { kamadoError } from '../../kernel/errors.ts';
import type { Json, JsonObject } from '../../kernel/json.ts';
import type { Pool } from '../../model/behaviour/behaviour.ts';
import { bitmapText, bitsFor, withBit } from '../../model/behaviour/bitmap.ts';
import { numberOf, type Range, rangesOf, sizeOf, without } from '../../model/behaviour/ranges.ts';
import type { Value } from '../../model/behaviour/value.ts';
import { evaluateValue, type ValueContext } from '../../model/behaviour/value-evaluator.ts';
import type { ResourceType } from '../../model/model.ts';
import { type Operation, typeOf } from '../context.ts';
import type { Row } from '../database.ts';
import { firstRow, number, rows, sql, text, type Unit } from '../sql.ts';
import { storeRow } from '../store-row.ts';
import { evaluated, type Subject } from './evaluate.ts';

/** The numbers of one resource's pool. */
export interface Numbers {
  readonly pool: Pool;
  readonly bounds: Range;
  /** What can be handed out, taken or not. */
  readonly usable: readonly Range[];
}

/** Who has a number. */
export interface Holder {
  readonly type: string;
  readonly id: string;
}

/** The numbers of a resource's pool. @throws MAPPING_INVALID where its bounds are none */
export function* numbersOf(operation: Operation, subject: Subject, pool: Pool): Unit<Numbers> {
  const place = `${subject.type}, pool ${pool.name}`;
  return yield* evaluated(operation, subject, (context) => {
    const bounds = boundsOf(pool, context, place);
    const reserved = pool.reserved === null ? [] : rangesOf(evaluateValue(pool.reserved, context, place));
    if (reserved === null) throw kamadoError('MAPPING_INVALID', { place, reason: 'reserved names no ranges' });
    return { pool, bounds, usable: without(bounds, reserved) };
  });
}

function boundsOf(pool: Pool, context: ValueContext, place: string): Range {
  const at = (value: Value): number | null => numberOf(evaluateValue(value, context, place));
  const [first, last] = [at(pool.first), at(pool.last)];
  // Without bounds there is nothing to hand out.
  if (first === null || last === null || first > last) return { first: 0, last: -1 };
  return { first, last };
}

/** What the pools of a resource show, computed from what is taken: when it is made, and when its bounds change. */
export function* shownPools(operation: Operation, type: ResourceType, subject: Subject, id: string): Unit<JsonObject> {
  const shown: Record<string, Json> = {};
  for (const pool of type.behaviour.pools.values()) {
    const { bitmap, free } = pool;
    if (bitmap === null && free === null) continue;
    const { bounds, usable } = yield* numbersOf(operation, subject, pool);
    const taken = yield* takenNumbers(type.id, id, pool.name);
    const isUsable = (one: number): boolean => usable.some(({ first, last }) => one >= first && one <= last);
    if (free !== null) shown[free] = sizeOf(usable) - [...taken].filter(isUsable).length;
    if (bitmap !== null) {
      shown[bitmap.property] = bitmapText(bounds, usable, taken, bitmap.bits ?? bitsFor(bounds));
    }
  }
  return shown;
}

function* takenNumbers(type: string, id: string, pool: string): Unit<ReadonlySet<number>> {
  const found = yield* rows(
    sql('SELECT number FROM kamado_pool_numbers WHERE type = ? AND id = ? AND pool = ?', type, id, pool),
  );
  return new Set(found.map((row) => number(row, 'number')));
}

/** The lowest free number, or null. The resource that has the pool is locked. */
export function* lowestFree({ usable, pool }: Numbers, owner: Row): Unit<number | null> {
  const where = 'type = ? AND id = ? AND pool = ?';
  for (const { first, last } of usable) {
    const taken = yield* holderOf(owner, pool.name, first);
    if (taken === null) return first;
    // The first taken number whose next one is free, in the order of the index: it ends at the first gap.
    const found = yield* firstRow(
      sql(
        `SELECT t.number AS number FROM kamado_pool_numbers t WHERE ${where} AND t.number >= ? AND t.number < ?
         AND NOT EXISTS (SELECT 1 FROM kamado_pool_numbers n WHERE n.type = t.type AND n.id = t.id
           AND n.pool = t.pool AND n.number = t.number + 1)
         ORDER BY t.number LIMIT 1`,
        owner.type,
        owner.id,
        pool.name,
        first,
        last,
      ),
    );
    if (found !== undefined) return number(found, 'number') + 1;
  }
  return null;
}

/** Who has a number; null where it is free. */
export function* holderOf(owner: Row, pool: string, taken: number): Unit<Holder | null> {
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

/** Shows in the resource that has the pool that a number was taken or given back. Returns it as it is now. */
export function* showNumber(
  operation: Operation,
  owner: Row,
  pool: Pool,
  changed: number,
  isTaken: boolean,
): Unit<Row> {
  const { bitmap, free } = pool;
  const { body } = owner;
  const shown: Record<string, Json> = {};
  if (free !== null) shown[free] = Number(body[free] ?? 0) + (isTaken ? -1 : 1);
  if (bitmap !== null) {
    const { bounds } = yield* numbersOf(operation, { ...owner, version: owner.configVersion }, pool);
    shown[bitmap.property] = withBit(String(body[bitmap.property] ?? ''), bounds.first, changed, isTaken);
  }
  return yield* storeShown(operation, owner, shown, pool.newVersion);
}

/** Writes what a resource shows of its pools and counters: into its row, or as a new version. */
export function* storeShown(operation: Operation, owner: Row, shown: JsonObject, newVersion: boolean): Unit<Row> {
  const type = typeOf(operation, owner.type);
  // What is on its way out gets no versions any more.
  if (newVersion && !owner.markedForDeletion) {
    return yield* operation.writes.change(operation, type, owner, shown, new Set(Object.keys(shown)));
  }
  yield* storeRow(type, owner.id, shown);
  return { ...owner, body: { ...owner.body, ...shown }, rowRevision: owner.rowRevision + 1 };
}

import type { ResourceType } from '../../schema/index.ts';
import { rows, type Statement, sql, type TransactionFunction, text } from '../sql.ts';

/** The holder of a number of a resource's pool, or of an amount of its counter. */
export interface AllocationHolder {
  readonly type: string;
  readonly id: string;
  /** The name of the pool or the counter. */
  readonly what: string;
}

/** Returns a holder of a number or an amount of a resource that isn't in the deletion set, or null. */
export function* allocationHolderOf(
  type: ResourceType,
  id: string,
  deletionSet: ReadonlySet<string>,
): TransactionFunction<AllocationHolder | null> {
  const { pools, counters } = type.behaviour;
  const columns = 'holder_type, holder_id';
  const limit = deletionSet.size + 1;
  // One row for each holder, so that holders in the deletion set can't hide another one.
  const asked: Statement[] = [];
  if (pools.size > 0) {
    const text = `SELECT ${columns}, MIN(pool) AS what FROM kamado_pool_numbers WHERE type = ? AND id = ?
      GROUP BY ${columns} ORDER BY ${columns} LIMIT ?`;
    asked.push(sql(text, type.id, id, limit));
  }
  if (counters.size > 0) {
    const text = `SELECT ${columns}, MIN(counter) AS what FROM kamado_counted WHERE type = ? AND id = ?
      GROUP BY ${columns} ORDER BY ${columns} LIMIT ?`;
    asked.push(sql(text, type.id, id, limit));
  }
  for (const statement of asked) {
    const holders = (yield* rows(statement)).map((row) => ({
      type: text(row, 'holder_type'),
      id: text(row, 'holder_id'),
      what: text(row, 'what'),
    }));
    const taker = holders.find((holder) => !deletionSet.has(`${holder.type}:${holder.id}`));
    if (taker !== undefined) return taker;
  }
  return null;
}

import { type JsonObject, kamadoError } from '../../kernel/index.ts';
import type { Pool, PoolAllocation, ResourceType } from '../../schema/index.ts';
import { countResource, type Operation, typeOf } from '../context.ts';
import { lockResource } from '../resource-reads.ts';
import type { Row } from '../resource-row.ts';
import { number, rows, sql, type TransactionFunction, text } from '../sql.ts';
import { evaluated, type Subject } from './evaluate.ts';
import { lowerLowWaterMark } from './low-water-marks.ts';
import { holderOf, isIn, lowestFree, numbersOf, updateContents } from './pool-transactions.ts';
import {
  type AllocatedNumber,
  formatNumber,
  givenUp,
  matched,
  notInPool,
  type RequestedNumber,
  requestedNumbers,
  valuesOf,
} from './requested-numbers.ts';

/** The number of ranges that an error names: a client may have reserved thousands of them. */
const RANGES_NAMED = 10;

/**
 * Brings a resource's numbers of pools to what it is to have. Returns the properties that hold them, except those that
 * stay as they are.
 * @throws POOL_EXHAUSTED, POOL_NUMBER_TAKEN; VALIDATION_FAILED if a number isn't in the pool
 */
export function* settleNumbers(
  operation: Operation,
  type: ResourceType,
  subject: Subject & { readonly id: string },
  allocation: PoolAllocation,
  isNew: boolean,
): TransactionFunction<JsonObject> {
  const requests = yield* evaluated(operation, subject, (context) => requestedNumbers(allocation, context));
  // Numbers under the id of a new resource would belong to another resource of that id, which makes this one a
  // duplicate.
  const known = isNew ? [] : yield* allocatedNumbers(type.id, subject.id);
  const held = known.filter((one) => one.allocation === allocation.name);
  const { kept, left } = matched(requests, held);
  for (const allocated of left) yield* giveBack(operation, subject.id, type, allocated);
  // The owner of the pool is written for each number, so that too many are refused before the first one.
  countResource(operation, kept.filter((one) => one === null).length);
  const given: AllocatedNumber[] = [];
  for (const [i, requested] of requests.entries()) {
    given.push(kept[i] ?? (yield* takeNumber(operation, type, subject.id, allocation, requested)));
  }
  if (held.length > 0 && requests.length === 0) return givenUp(allocation, subject.body, left);
  return valuesOf(allocation, subject.body, requests, given);
}

function* takeNumber(
  operation: Operation,
  type: ResourceType,
  id: string,
  allocation: PoolAllocation,
  requested: RequestedNumber,
): TransactionFunction<AllocatedNumber> {
  const ownerType = typeOf(operation, allocation.type);
  const pool = poolOf(ownerType, allocation.pool);
  let refusal: Error | null = null;
  for (const ownerId of requested.owners) {
    const owner = yield* lockResource(operation, ownerType.id, ownerId);
    if (owner === null) continue;
    // A marked owner gives no numbers.
    const free = owner.markedForDeletion
      ? kamadoError('RELATED_MARKED', { type: type.id, field: allocation.name, related: allocation.type })
      : yield* freeNumber(operation, type, owner, pool, allocation, requested);
    if (free instanceof Error) {
      refusal ??= free;
      continue;
    }
    yield sql(
      `INSERT INTO kamado_pool_numbers (type, id, pool, number, holder_type, holder_id, take)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
      owner.type,
      owner.id,
      pool.name,
      free,
      type.id,
      id,
      allocation.name,
    );
    yield* updateContents(operation, owner, pool, free, true);
    return { allocation: allocation.name, type: owner.type, id: owner.id, pool: pool.name, number: free };
  }
  throw (
    refusal ?? kamadoError('RELATED_NOT_FOUND', { type: type.id, field: allocation.name, related: allocation.type })
  );
}

/** Returns the number that an owner gives, or the reason why it gives none. */
function* freeNumber(
  operation: Operation,
  type: ResourceType,
  owner: Row,
  pool: Pool,
  allocation: PoolAllocation,
  requested: RequestedNumber,
): TransactionFunction<number | Error> {
  const numbers = yield* numbersOf(operation, { ...owner, version: owner.configVersion }, pool);
  const { number: asked } = requested;
  if (asked === null) {
    const { type: ownerType, id } = owner;
    const lowest = yield* lowestFree(numbers, owner);
    return lowest ?? kamadoError('POOL_EXHAUSTED', { type: ownerType, id, pool: pool.name });
  }
  if (!isIn(numbers.usable, asked)) {
    const ranges = numbers.usable
      .slice(0, RANGES_NAMED)
      .map(({ first, last }) => `${formatNumber(first, allocation.as)}–${formatNumber(last, allocation.as)}`);
    if (numbers.usable.length > RANGES_NAMED) ranges.push('…');
    return notInPool(
      type.id,
      allocation,
      `Must be one of ${ranges.join(', ') || 'none'}, the ${pool.name} of ${owner.type} ${owner.id}`,
    );
  }
  const holder = yield* holderOf(owner, pool.name, asked);
  if (holder === null) return asked;
  return kamadoError('POOL_NUMBER_TAKEN', {
    number: formatNumber(asked, allocation.as),
    pool: pool.name,
    type: owner.type,
    id: owner.id,
    holder: `${holder.type} ${holder.id}`,
  });
}

function poolOf(type: ResourceType, name: string): Pool {
  const pool = type.behaviour.pools.get(name);
  if (pool === undefined) throw new Error(`${type.id} has no pool ${name}`);
  return pool;
}

/** Gives back every number of a resource whose row is gone. */
export function* giveBackNumbers(operation: Operation, type: ResourceType, id: string): TransactionFunction<void> {
  for (const allocated of yield* allocatedNumbers(type.id, id)) yield* giveBack(operation, id, type, allocated);
}

function* giveBack(
  operation: Operation,
  holderId: string,
  holderType: ResourceType,
  allocated: AllocatedNumber,
): TransactionFunction<void> {
  const owner = yield* lockResource(operation, allocated.type, allocated.id);
  yield sql(
    `DELETE FROM kamado_pool_numbers WHERE type = ? AND id = ? AND pool = ? AND number = ?
     AND holder_type = ? AND holder_id = ?`,
    allocated.type,
    allocated.id,
    allocated.pool,
    allocated.number,
    holderType.id,
    holderId,
  );
  yield* lowerLowWaterMark(allocated, allocated.pool, allocated.number);
  const pool = operation.model.types.get(allocated.type)?.behaviour.pools.get(allocated.pool);
  // A pool that the schema no longer has shows nothing.
  if (owner !== null && pool !== undefined) yield* updateContents(operation, owner, pool, allocated.number, false);
}

function* allocatedNumbers(holderType: string, holderId: string): TransactionFunction<readonly AllocatedNumber[]> {
  const found = yield* rows(
    sql(
      `SELECT take, type, id, pool, number FROM kamado_pool_numbers WHERE holder_type = ? AND holder_id = ?
       ORDER BY type, id, pool, number`,
      holderType,
      holderId,
    ),
  );
  return found.map((row) => ({
    allocation: text(row, 'take'),
    type: text(row, 'type'),
    id: text(row, 'id'),
    pool: text(row, 'pool'),
    number: number(row, 'number'),
  }));
}

import { type JsonObject, kamadoError } from '../../kernel/index.ts';
import type { Pool, PoolTake, ResourceType } from '../../schema/index.ts';
import { countResource, type Operation, typeOf } from '../context.ts';
import { lockResource } from '../resource-reads.ts';
import type { Row } from '../resource-row.ts';
import { number, rows, sql, text, type Unit } from '../sql.ts';
import { evaluated, type Subject } from './evaluate.ts';
import { givenUp, type Holding, matched, notInPool, saidOf, shown, type Wish, wishesOf } from './number-wishes.ts';
import { lowerFloor } from './pool-floors.ts';
import { holderOf, isIn, lowestFree, numbersOf, showNumber } from './pool-units.ts';

/** Ranges that a refusal names: a client may have reserved thousands of them. */
const RANGES_TOLD = 10;

/**
 * Makes what a resource has of a pool what it is to have, and returns the properties that say so. Nothing is said of
 * what stays as it is.
 * @throws POOL_EXHAUSTED, POOL_NUMBER_TAKEN; VALIDATION_FAILED where a number is none of the pool
 */
export function* settleNumbers(
  operation: Operation,
  type: ResourceType,
  subject: Subject & { readonly id: string },
  take: PoolTake,
  isNew: boolean,
): Unit<JsonObject> {
  const wishes = yield* evaluated(operation, subject, (context) => wishesOf(take, context));
  // What there is for the id of a new resource would be somebody else's, whom it is about to be refused for.
  const known = isNew ? [] : yield* holdingsOf(type.id, subject.id);
  const held = known.filter((one) => one.take === take.name);
  const { kept, left } = matched(wishes, held);
  for (const holding of left) yield* giveBack(operation, subject.id, type, holding);
  // What it is taken of is written, each time: too many are refused before the first one.
  countResource(operation, kept.filter((one) => one === null).length);
  const given: Holding[] = [];
  for (const [i, wish] of wishes.entries()) {
    given.push(kept[i] ?? (yield* takeNumber(operation, type, subject.id, take, wish)));
  }
  if (held.length > 0 && wishes.length === 0) return givenUp(take, subject.body, left);
  return saidOf(take, subject.body, wishes, given);
}

function* takeNumber(operation: Operation, type: ResourceType, id: string, take: PoolTake, wish: Wish): Unit<Holding> {
  const ownerType = typeOf(operation, take.type);
  const pool = poolOf(ownerType, take.pool);
  let refusal: Error | null = null;
  for (const ownerId of wish.owners) {
    const owner = yield* lockResource(operation, ownerType.id, ownerId);
    if (owner === null) continue;
    // Nobody begins to use what is on its way out.
    const free = owner.markedForDeletion
      ? kamadoError('RELATED_MARKED', { type: type.id, field: take.name, related: take.type })
      : yield* freeNumber(operation, type, owner, pool, take, wish);
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
      take.name,
    );
    yield* showNumber(operation, owner, pool, free, true);
    return { take: take.name, type: owner.type, id: owner.id, pool: pool.name, number: free };
  }
  throw refusal ?? kamadoError('RELATED_NOT_FOUND', { type: type.id, field: take.name, related: take.type });
}

/** The number that an owner gives, or why it gives none. */
function* freeNumber(
  operation: Operation,
  type: ResourceType,
  owner: Row,
  pool: Pool,
  take: PoolTake,
  wish: Wish,
): Unit<number | Error> {
  const numbers = yield* numbersOf(operation, { ...owner, version: owner.configVersion }, pool);
  const { number: asked } = wish;
  if (asked === null) {
    const { type: ownerType, id } = owner;
    const lowest = yield* lowestFree(numbers, owner);
    return lowest ?? kamadoError('POOL_EXHAUSTED', { type: ownerType, id, pool: pool.name });
  }
  if (!isIn(numbers.usable, asked)) {
    const ranges = numbers.usable
      .slice(0, RANGES_TOLD)
      .map(({ first, last }) => `${shown(first, take.as)}–${shown(last, take.as)}`);
    if (numbers.usable.length > RANGES_TOLD) ranges.push('…');
    return notInPool(
      type.id,
      take,
      `Must be one of ${ranges.join(', ') || 'none'}, the ${pool.name} of ${owner.type} ${owner.id}`,
    );
  }
  const holder = yield* holderOf(owner, pool.name, asked);
  if (holder === null) return asked;
  return kamadoError('POOL_NUMBER_TAKEN', {
    number: shown(asked, take.as),
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

/** Gives back every number that a resource has: its row is gone. */
export function* giveBackNumbers(operation: Operation, type: ResourceType, id: string): Unit<void> {
  for (const holding of yield* holdingsOf(type.id, id)) yield* giveBack(operation, id, type, holding);
}

function* giveBack(operation: Operation, holderId: string, holderType: ResourceType, holding: Holding): Unit<void> {
  const owner = yield* lockResource(operation, holding.type, holding.id);
  yield sql(
    `DELETE FROM kamado_pool_numbers WHERE type = ? AND id = ? AND pool = ? AND number = ?
     AND holder_type = ? AND holder_id = ?`,
    holding.type,
    holding.id,
    holding.pool,
    holding.number,
    holderType.id,
    holderId,
  );
  yield* lowerFloor(holding, holding.pool, holding.number);
  const pool = operation.model.types.get(holding.type)?.behaviour.pools.get(holding.pool);
  // A pool that the schema no longer has shows nothing.
  if (owner !== null && pool !== undefined) yield* showNumber(operation, owner, pool, holding.number, false);
}

function* holdingsOf(holderType: string, holderId: string): Unit<readonly Holding[]> {
  const found = yield* rows(
    sql(
      `SELECT take, type, id, pool, number FROM kamado_pool_numbers WHERE holder_type = ? AND holder_id = ?
       ORDER BY type, id, pool, number`,
      holderType,
      holderId,
    ),
  );
  return found.map((row) => ({
    take: text(row, 'take'),
    type: text(row, 'type'),
    id: text(row, 'id'),
    pool: text(row, 'pool'),
    number: number(row, 'number'),
  }));
}

import { kamadoError } from '../../kernel/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../../kernel/json.ts';
import type { NumberForm, Pool, PoolTake } from '../../model/behaviour/behaviour.ts';
import { numberOf } from '../../model/behaviour/ranges.ts';
import { evaluateValue, holdsFor, type ValueContext } from '../../model/behaviour/value-evaluator.ts';
import type { ResourceType } from '../../model/model.ts';
import { ipv4Text } from '../../model/networks.ts';
import { type Operation, typeOf } from '../context.ts';
import type { Row } from '../database.ts';
import { lockResource } from '../resource-reads.ts';
import { number, rows, sql, text, type Unit } from '../sql.ts';
import { evaluated, type Subject } from './evaluate.ts';
import { lowerFloor } from './pool-floors.ts';
import { holderOf, isIn, lowestFree, numbersOf, showNumber } from './pool-units.ts';

/** A number that a resource has. */
interface Holding {
  readonly take: string;
  /** Who has the pool. */
  readonly type: string;
  readonly id: string;
  readonly pool: string;
  readonly number: number;
}

/** A number that a resource is to have. */
interface Wish {
  /** Who may give it; the first that can does. */
  readonly owners: readonly string[];
  /** The number asked for; null: the lowest free one. */
  readonly number: number | null;
  /** The place of the element in its list, with `each`. */
  readonly element: number;
}

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
  const given: Holding[] = [];
  for (const [i, wish] of wishes.entries()) {
    given.push(kept[i] ?? (yield* takeNumber(operation, type, subject.id, take, wish)));
  }
  if (held.length > 0 && wishes.length === 0) return givenUp(take, subject.body, left);
  return saidOf(take, subject.body, wishes, given);
}

/** The properties of what has no number any more, since nothing is taken now. */
function givenUp({ into, owner, each, as }: PoolTake, body: JsonObject, left: ReadonlySet<Holding>): JsonObject {
  if (each === null) return owner === null ? { [into]: null } : { [into]: null, [owner]: null };
  const list: Json = body[each] ?? null;
  const gone = new Set<Json>([...left].map(({ number: taken }) => shown(taken, as)));
  const without = (element: Json): Json =>
    isJsonObject(element) && gone.has(element[into] ?? null) ? { ...element, [into]: null } : element;
  return { [each]: (Array.isArray(list) ? list : []).map(without) };
}

/** What the resource is to have: with `each` a number for each element. */
function wishesOf(take: PoolTake, context: ValueContext): readonly Wish[] {
  const place = `${context.type}, take ${take.name}`;
  if (take.when !== null && !holdsFor(take.when, context, place)) return [];
  return elementsOf(take, context).flatMap((element, i) => {
    const owners = ownersOf(take, element, place);
    const said = element.body[take.into] ?? null;
    const asked = said === null || said === '' ? null : numberOf(said);
    if (asked === null && said !== null && said !== '') throw notInPool(context.type, take, 'no number of the pool');
    return owners.length === 0 ? [] : [{ owners, number: asked, element: i }];
  });
}

/** The ids of all that may give numbers of a take. */
export function ownersOfTake(take: PoolTake, context: ValueContext): readonly string[] {
  return elementsOf(take, context).flatMap((element) => ownersOf(take, element, `${context.type}, take ${take.name}`));
}

/** The bodies that numbers stand in. */
function elementsOf(take: PoolTake, context: ValueContext): readonly ValueContext[] {
  if (take.each === null) return [context];
  const list = context.body[take.each] ?? null;
  return (Array.isArray(list) ? list : []).map((element: Json) => {
    return { ...context, type: '', body: isJsonObject(element) ? element : {} };
  });
}

function ownersOf(take: PoolTake, context: ValueContext, place: string): readonly string[] {
  const fixed = take.owner === null ? null : (context.body[take.owner] ?? null);
  const from = fixed === null || fixed === '' ? evaluateValue(take.from, context, place) : fixed;
  const owners: readonly Json[] = Array.isArray(from) ? from : [from];
  return owners.filter((owner): owner is string => typeof owner === 'string' && owner !== '');
}

/** Which holdings fit which wishes: first those for the very number, then any of the same owners. */
function matched(wishes: readonly Wish[], held: readonly Holding[]) {
  const left = new Set(held);
  const pick = (wish: Wish, fits: (holding: Holding) => boolean): Holding | null => {
    const found = [...left].find((holding) => wish.owners.includes(holding.id) && fits(holding)) ?? null;
    if (found !== null) left.delete(found);
    return found;
  };
  const exact = wishes.map((wish) => (wish.number === null ? null : pick(wish, (one) => one.number === wish.number)));
  const kept = wishes.map((wish, i) => exact[i] ?? (wish.number === null ? pick(wish, () => true) : null));
  return { kept, left };
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
    const ranges = numbers.usable.map(({ first, last }) => `${shown(first, take.as)}–${shown(last, take.as)}`);
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

function notInPool(type: string, take: PoolTake, reason: string): Error {
  const field = take.each === null ? take.into : take.each;
  return kamadoError(
    'VALIDATION_FAILED',
    { type, details: `Json validation error:\n\t${field}: ${reason},` },
    { faults: [{ pointer: `/${field}`, reason }] },
  );
}

function poolOf(type: ResourceType, name: string): Pool {
  const pool = type.behaviour.pools.get(name);
  if (pool === undefined) throw new Error(`${type.id} has no pool ${name}`);
  return pool;
}

/** The properties that say what a resource has. */
function saidOf(take: PoolTake, body: JsonObject, wishes: readonly Wish[], given: readonly Holding[]): JsonObject {
  const [holding] = given;
  if (holding === undefined) return {};
  if (take.each === null) {
    const said: JsonObject = { [take.into]: shown(holding.number, take.as) };
    return take.owner === null ? said : { ...said, [take.owner]: holding.id };
  }
  const list: Json = body[take.each] ?? null;
  const elements: Json[] = Array.isArray(list) ? [...list] : [];
  for (const [i, { number: taken }] of given.entries()) {
    const place = wishes[i]?.element ?? 0;
    const element = elements[place];
    if (isJsonObject(element)) elements[place] = { ...element, [take.into]: shown(taken, take.as) };
  }
  return { [take.each]: elements };
}

function shown(taken: number, form: NumberForm): string | number {
  switch (form) {
    case 'integer':
      return taken;
    case 'string':
      return String(taken);
    case 'address':
      return ipv4Text(taken);
  }
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

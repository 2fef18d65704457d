import { isJsonObject, type Json, type JsonObject } from '../../kernel/index.ts';
import {
  evaluateValue,
  holdsFor,
  ipv4Text,
  type NumberForm,
  numberOf,
  type PoolTake,
  type ValueContext,
  validationFailed,
} from '../../schema/index.ts';

/** A number that a resource has. */
export interface Holding {
  readonly take: string;
  /** Who has the pool. */
  readonly type: string;
  readonly id: string;
  readonly pool: string;
  readonly number: number;
}

/** A number that a resource is to have. */
export interface Wish {
  /** Who may give it; the first that can does. */
  readonly owners: readonly string[];
  /** The number asked for; null: the lowest free one. */
  readonly number: number | null;
  /** The place of the element in its list, with `each`. */
  readonly element: number;
}

/** What the resource is to have: with `each` a number for each element. */
export function wishesOf(take: PoolTake, context: ValueContext): readonly Wish[] {
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
export function matched(wishes: readonly Wish[], held: readonly Holding[]) {
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

/** The properties of what has no number any more, since nothing is taken now. */
export function givenUp({ into, owner, each, as }: PoolTake, body: JsonObject, left: ReadonlySet<Holding>): JsonObject {
  if (each === null) return owner === null ? { [into]: null } : { [into]: null, [owner]: null };
  const list: Json = body[each] ?? null;
  const gone = new Set<Json>([...left].map(({ number: taken }) => shown(taken, as)));
  const without = (element: Json): Json =>
    isJsonObject(element) && gone.has(element[into] ?? null) ? { ...element, [into]: null } : element;
  return { [each]: (Array.isArray(list) ? list : []).map(without) };
}

/** The properties that say what a resource has. */
export function saidOf(
  take: PoolTake,
  body: JsonObject,
  wishes: readonly Wish[],
  given: readonly Holding[],
): JsonObject {
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

/** Refuses a number that a pool doesn't have. */
export function notInPool(type: string, take: PoolTake, reason: string): Error {
  const field = take.each === null ? take.into : take.each;
  return validationFailed({ id: type }, [{ pointer: `/${field}`, reason }]);
}

/** A number as it stands in a body. */
export function shown(taken: number, form: NumberForm): string | number {
  switch (form) {
    case 'integer':
      return taken;
    case 'string':
      return String(taken);
    case 'address':
      return ipv4Text(taken);
  }
}

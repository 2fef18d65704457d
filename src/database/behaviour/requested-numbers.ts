import { isJsonObject, type Json, type JsonObject } from '../../kernel/index.ts';
import {
  evaluateValue,
  holdsFor,
  ipv4Text,
  type NumberForm,
  numberOf,
  type PoolAllocation,
  type ValueContext,
  validationFailed,
} from '../../schema/index.ts';

/** A number that a resource has. */
export interface AllocatedNumber {
  readonly allocation: string;
  /** Who has the pool. */
  readonly type: string;
  readonly id: string;
  readonly pool: string;
  readonly number: number;
}

/** A number that a resource is to have. */
export interface RequestedNumber {
  /** Who may give it; the first that can does. */
  readonly owners: readonly string[];
  /** The number asked for; null: the lowest free one. */
  readonly number: number | null;
  /** The place of the element in its list, with `each`. */
  readonly element: number;
}

/** What the resource is to have: with `each` a number for each element. */
export function requestedNumbers(allocation: PoolAllocation, context: ValueContext): readonly RequestedNumber[] {
  const place = `${context.type}, take ${allocation.name}`;
  if (allocation.when !== null && !holdsFor(allocation.when, context, place)) return [];
  return elementsOf(allocation, context).flatMap((element, i) => {
    const owners = ownersOf(allocation, element, place);
    const reported = element.body[allocation.into] ?? null;
    const asked = reported === null || reported === '' ? null : numberOf(reported);
    if (asked === null && reported !== null && reported !== '')
      throw notInPool(context.type, allocation, 'no number of the pool');
    return owners.length === 0 ? [] : [{ owners, number: asked, element: i }];
  });
}

/** The ids of all that may give numbers of a take. */
export function ownersOfAllocation(allocation: PoolAllocation, context: ValueContext): readonly string[] {
  return elementsOf(allocation, context).flatMap((element) =>
    ownersOf(allocation, element, `${context.type}, take ${allocation.name}`),
  );
}

/** The bodies that numbers stand in. */
function elementsOf(allocation: PoolAllocation, context: ValueContext): readonly ValueContext[] {
  if (allocation.each === null) return [context];
  const list = context.body[allocation.each] ?? null;
  return (Array.isArray(list) ? list : []).map((element: Json) => {
    return { ...context, type: '', body: isJsonObject(element) ? element : {} };
  });
}

function ownersOf(allocation: PoolAllocation, context: ValueContext, place: string): readonly string[] {
  const fixed = allocation.owner === null ? null : (context.body[allocation.owner] ?? null);
  const from = fixed === null || fixed === '' ? evaluateValue(allocation.from, context, place) : fixed;
  const owners: readonly Json[] = Array.isArray(from) ? from : [from];
  return owners.filter((owner): owner is string => typeof owner === 'string' && owner !== '');
}

/** Which holdings fit which wishes: first those for the very number, then any of the same owners. */
export function matched(requests: readonly RequestedNumber[], held: readonly AllocatedNumber[]) {
  const left = new Set(held);
  const pick = (requested: RequestedNumber, fits: (allocated: AllocatedNumber) => boolean): AllocatedNumber | null => {
    const found = [...left].find((allocated) => requested.owners.includes(allocated.id) && fits(allocated)) ?? null;
    if (found !== null) left.delete(found);
    return found;
  };
  const exact = requests.map((requested) =>
    requested.number === null ? null : pick(requested, (one) => one.number === requested.number),
  );
  const kept = requests.map(
    (requested, i) => exact[i] ?? (requested.number === null ? pick(requested, () => true) : null),
  );
  return { kept, left };
}

/** The properties of what has no number any more, since nothing is taken now. */
export function givenUp(
  { into, owner, each, as }: PoolAllocation,
  body: JsonObject,
  left: ReadonlySet<AllocatedNumber>,
): JsonObject {
  if (each === null) return owner === null ? { [into]: null } : { [into]: null, [owner]: null };
  const list: Json = body[each] ?? null;
  const gone = new Set<Json>([...left].map(({ number: taken }) => shown(taken, as)));
  const without = (element: Json): Json =>
    isJsonObject(element) && gone.has(element[into] ?? null) ? { ...element, [into]: null } : element;
  return { [each]: (Array.isArray(list) ? list : []).map(without) };
}

/** The properties that say what a resource has. */
export function valuesOf(
  allocation: PoolAllocation,
  body: JsonObject,
  requests: readonly RequestedNumber[],
  given: readonly AllocatedNumber[],
): JsonObject {
  const [allocated] = given;
  if (allocated === undefined) return {};
  if (allocation.each === null) {
    const reported: JsonObject = { [allocation.into]: shown(allocated.number, allocation.as) };
    return allocation.owner === null ? reported : { ...reported, [allocation.owner]: allocated.id };
  }
  const list: Json = body[allocation.each] ?? null;
  const elements: Json[] = Array.isArray(list) ? [...list] : [];
  for (const [i, { number: taken }] of given.entries()) {
    const place = requests[i]?.element ?? 0;
    const element = elements[place];
    if (isJsonObject(element)) elements[place] = { ...element, [allocation.into]: shown(taken, allocation.as) };
  }
  return { [allocation.each]: elements };
}

/** Refuses a number that a pool doesn't have. */
export function notInPool(type: string, allocation: PoolAllocation, reason: string): Error {
  const field = allocation.each === null ? allocation.into : allocation.each;
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

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

/** A number that is allocated to a resource. */
export interface AllocatedNumber {
  readonly allocation: string;
  /** The owner of the pool. */
  readonly type: string;
  readonly id: string;
  readonly pool: string;
  readonly number: number;
}

/** A number that a resource is to have. */
export interface RequestedNumber {
  /** The resources that may give it. The first one that can gives it. */
  readonly owners: readonly string[];
  /** The requested number. null: the lowest free one. */
  readonly number: number | null;
  /** The index of the element in its list, with `each`. */
  readonly element: number;
}

/** The numbers that a resource is to have: with `each`, one for each element. */
export function requestedNumbers(allocation: PoolAllocation, context: ValueContext): readonly RequestedNumber[] {
  const place = `${context.type}, take ${allocation.name}`;
  if (allocation.when !== null && !holdsFor(allocation.when, context, place)) return [];
  return elementsOf(allocation, context).flatMap((element, i) => {
    const owners = ownersOf(allocation, element, place);
    const given = element.body[allocation.into] ?? null;
    const asked = given === null || given === '' ? null : numberOf(given);
    if (asked === null && given !== null && given !== '')
      throw notInPool(context.type, allocation, 'no number of the pool');
    return owners.length === 0 ? [] : [{ owners, number: asked, element: i }];
  });
}

/** The ids of all resources that may give numbers of an allocation. */
export function ownersOfAllocation(allocation: PoolAllocation, context: ValueContext): readonly string[] {
  return elementsOf(allocation, context).flatMap((element) =>
    ownersOf(allocation, element, `${context.type}, take ${allocation.name}`),
  );
}

/** The bodies that hold the numbers. */
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

/** Matches allocated to requested numbers: first by the very number, then any of the same owners. */
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

/** The properties of an allocation that no longer applies, without its numbers. */
export function givenUp(
  { into, owner, each, as }: PoolAllocation,
  body: JsonObject,
  left: ReadonlySet<AllocatedNumber>,
): JsonObject {
  if (each === null) return owner === null ? { [into]: null } : { [into]: null, [owner]: null };
  const list: Json = body[each] ?? null;
  const gone = new Set<Json>([...left].map(({ number: taken }) => formatNumber(taken, as)));
  const without = (element: Json): Json =>
    isJsonObject(element) && gone.has(element[into] ?? null) ? { ...element, [into]: null } : element;
  return { [each]: (Array.isArray(list) ? list : []).map(without) };
}

/** The properties that hold the allocated numbers of a resource. */
export function valuesOf(
  allocation: PoolAllocation,
  body: JsonObject,
  requests: readonly RequestedNumber[],
  given: readonly AllocatedNumber[],
): JsonObject {
  const [allocated] = given;
  if (allocated === undefined) return {};
  if (allocation.each === null) {
    const values: JsonObject = { [allocation.into]: formatNumber(allocated.number, allocation.as) };
    return allocation.owner === null ? values : { ...values, [allocation.owner]: allocated.id };
  }
  const list: Json = body[allocation.each] ?? null;
  const elements: Json[] = Array.isArray(list) ? [...list] : [];
  for (const [i, { number: taken }] of given.entries()) {
    const place = requests[i]?.element ?? 0;
    const element = elements[place];
    if (isJsonObject(element)) elements[place] = { ...element, [allocation.into]: formatNumber(taken, allocation.as) };
  }
  return { [allocation.each]: elements };
}

/** Returns the error for a number that a pool doesn't have. */
export function notInPool(type: string, allocation: PoolAllocation, reason: string): Error {
  const field = allocation.each === null ? allocation.into : allocation.each;
  return validationFailed({ id: type }, [{ pointer: `/${field}`, reason }]);
}

/** Returns a number in the form that a body holds. */
export function formatNumber(taken: number, form: NumberForm): string | number {
  switch (form) {
    case 'integer':
      return taken;
    case 'string':
      return String(taken);
    case 'address':
      return ipv4Text(taken);
  }
}

import { type Json, type JsonObject, jsonEqual } from '../../kernel/index.ts';
import { type ComputeStep, evaluateValue, type ResourceType, readByAllocation } from '../../schema/index.ts';
import type { Operation } from '../context.ts';
import type { TransactionFunction } from '../sql.ts';
import { changedCounters, counterContents } from './counter-allocations.ts';
import { evaluated, type Subject } from './evaluate.ts';
import { settleNumbers } from './number-allocations.ts';
import { poolContents } from './pool-transactions.ts';

/**
 * Returns the body of a new resource with the values that the server computes: initial values, numbers of pools, and
 * the contents of its own pools and counters.
 */
export function* computedBody(
  operation: Operation,
  type: ResourceType,
  id: string,
  given: JsonObject,
): TransactionFunction<JsonObject> {
  const { steps, pools, counters } = type.behaviour;
  let body = given;
  for (const step of steps) body = { ...body, ...(yield* outcomeOf(operation, type, id, step, body, given)) };
  const subject = { type: type.id, id, body, version: 1 };
  if (pools.size > 0) body = { ...body, ...(yield* poolContents(operation, type, subject, id)) };
  if (counters.size > 0) body = { ...body, ...(yield* counterContents(operation, type, subject)) };
  return body;
}

function* outcomeOf(
  operation: Operation,
  type: ResourceType,
  id: string,
  step: ComputeStep,
  body: JsonObject,
  given: JsonObject,
): TransactionFunction<JsonObject> {
  const subject = { type: type.id, id, body, version: 1 };
  if (step.kind === 'take') return yield* settleNumbers(operation, type, subject, step.allocation, true);
  const { property, value } = step;
  if (isSet(type, property, given)) return {};
  const initial = yield* evaluated(operation, subject, (context) =>
    evaluateValue(value, context, `${type.id}, ${property}`),
  );
  return initial === null ? {} : { [property]: initial };
}

/** Whether the client, or another creator of the resource, set a property. A default doesn't count as set. */
function isSet(type: ResourceType, property: string, given: JsonObject): boolean {
  if (!Object.hasOwn(given, property)) return false;
  const usual: Json | undefined = type.property.get(property)?.default;
  return usual === undefined || !jsonEqual(given[property], usual);
}

/**
 * Returns the values that follow from a change of a resource: allocated numbers, and the contents of its pools and
 * counters.
 */
export function* computedChanges(
  operation: Operation,
  type: ResourceType,
  before: Subject,
  after: Subject & { readonly id: string },
  changed: readonly string[],
): TransactionFunction<JsonObject> {
  const { allocations, pools, counters } = type.behaviour;
  let changes: JsonObject = {};
  for (const allocation of allocations) {
    if (allocation.kind !== 'pool') continue;
    const reads = readByAllocation(allocation);
    if (!changed.some((name) => reads.has(name))) continue;
    const subject = { ...after, body: { ...after.body, ...changes } };
    changes = { ...changes, ...(yield* settleNumbers(operation, type, subject, allocation, false)) };
  }
  const body = { ...after.body, ...changes };
  const showing = [...pools.values()].flatMap(({ bitmap, free }) => [bitmap?.property, free]);
  // If the change itself sets a property that shows a pool's contents, an allocation made the change.
  if (pools.size > 0 && !changed.some((name) => showing.includes(name))) {
    changes = { ...changes, ...(yield* poolContents(operation, type, { ...after, body }, after.id)) };
  }
  if (counters.size > 0)
    changes = { ...changes, ...(yield* changedCounters(operation, type, before, { ...after, body })) };
  return changes;
}

import { type Json, type JsonObject, jsonEqual } from '../../kernel/index.ts';
import { type ComputeStep, evaluateValue, type ResourceType, readByAllocation } from '../../schema/index.ts';
import type { Operation } from '../context.ts';
import type { TransactionFunction } from '../sql.ts';
import { movedCounters, shownCounters } from './counter-allocations.ts';
import { evaluated, type Subject } from './evaluate.ts';
import { settleNumbers } from './number-allocations.ts';
import { shownPools } from './pool-transactions.ts';

/** The body of a new resource with what the server computes: initial values, numbers of pools, what its own show. */
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
  if (pools.size > 0) body = { ...body, ...(yield* shownPools(operation, type, subject, id)) };
  if (counters.size > 0) body = { ...body, ...(yield* shownCounters(operation, type, subject)) };
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
  if (isSaid(type, property, given)) return {};
  const initial = yield* evaluated(operation, subject, (context) =>
    evaluateValue(value, context, `${type.id}, ${property}`),
  );
  return initial === null ? {} : { [property]: initial };
}

/** Whether the client, or who else makes the resource, says what a property is. A default says nothing. */
function isSaid(type: ResourceType, property: string, given: JsonObject): boolean {
  if (!Object.hasOwn(given, property)) return false;
  const usual: Json | undefined = type.property.get(property)?.default;
  return usual === undefined || !jsonEqual(given[property], usual);
}

/** What follows from a change of a resource, beside the change: numbers that it takes, what its pools and counters show. */
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
  // What the change itself shows of a pool is what made it.
  if (pools.size > 0 && !changed.some((name) => showing.includes(name))) {
    changes = { ...changes, ...(yield* shownPools(operation, type, { ...after, body }, after.id)) };
  }
  if (counters.size > 0)
    changes = { ...changes, ...(yield* movedCounters(operation, type, before, { ...after, body })) };
  return changes;
}

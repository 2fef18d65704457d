import { type Json, type JsonObject, kamadoError } from '../../kernel/index.ts';
import {
  type Counter,
  type CounterAllocation,
  evaluateValue,
  holdsFor,
  type ResourceType,
  type Value,
  type ValueContext,
} from '../../schema/index.ts';
import type { Operation } from '../context.ts';
import { lockResource } from '../resource-reads.ts';
import { firstRow, number, rows, sql, type TransactionFunction, text } from '../sql.ts';
import { evaluated, type Subject } from './evaluate.ts';
import { storeContents } from './pool-transactions.ts';

/** The amount that a resource takes of a counter of another one. */
interface Amount {
  readonly allocation: string;
  readonly type: string;
  readonly id: string;
  readonly counter: string;
  readonly amount: number;
}

/**
 * Brings the counted amounts of a resource to what it is to take. `subject` is null if its row is gone: then nothing.
 * @throws COUNTER_EXHAUSTED
 */
export function* settleCounts(
  operation: Operation,
  type: ResourceType,
  id: string,
  subject: Subject | null,
): TransactionFunction<void> {
  const allocations = type.behaviour.allocations.filter((allocation) => allocation.kind === 'counter');
  if (allocations.length === 0) return;
  const wanted =
    subject === null
      ? []
      : yield* evaluated(operation, subject, (context) =>
          allocations.flatMap((allocation) => amountsOf(allocation, context)),
        );
  const taken = yield* amountsTaken(type.id, id);
  const differences = new Map<string, Amount>();
  for (const one of taken) differences.set(keyOf(one), { ...one, amount: -one.amount });
  for (const one of wanted) {
    const before = differences.get(keyOf(one))?.amount ?? 0;
    differences.set(keyOf(one), { ...one, amount: before + one.amount });
  }
  // One order for all transactions, so that they don't deadlock.
  const changes = [...differences.values()].filter(({ amount }) => amount !== 0);
  if (changes.length === 0) return;
  const counted = new Set(taken.map(keyOf));
  for (const change of changes.sort(byTarget)) {
    if (yield* count(operation, type, change)) counted.add(keyOf(change));
  }
  // A target that doesn't exist counts nothing, and has nothing to give back.
  const noted = wanted.filter((one) => counted.has(keyOf(one)));
  yield* note(type.id, id, noted);
}

/**
 * Returns what a new resource's counters show: the rest of the capacity, or the taken amount. Something may be taken
 * already: if a resource of the same id existed before, its takers may still be on their way out.
 */
export function* counterContents(
  operation: Operation,
  type: ResourceType,
  subject: Subject & { readonly id: string },
): TransactionFunction<JsonObject> {
  const contents: Record<string, Json> = {};
  for (const counter of type.behaviour.counters.values()) {
    const capacity = yield* evaluated(operation, subject, (context) => capacityOf(counter, context));
    const taken = yield* amountTaken(type.id, subject.id, counter.property);
    contents[counter.property] = capacity === null ? taken : capacity - taken;
  }
  return contents;
}

function* amountTaken(type: string, id: string, counter: string): TransactionFunction<number> {
  const found = yield* firstRow(
    sql('SELECT SUM(amount) AS taken FROM kamado_counted WHERE type = ? AND id = ? AND counter = ?', type, id, counter),
  );
  return found === undefined ? 0 : number(found, 'taken');
}

/**
 * Returns what the counters show whose capacity changes with the body.
 * @throws COUNTER_EXHAUSTED if more is taken than the new capacity
 */
export function* changedCounters(
  operation: Operation,
  type: ResourceType,
  before: Subject,
  after: Subject & { readonly id: string },
): TransactionFunction<JsonObject> {
  const contents: Record<string, Json> = {};
  for (const counter of type.behaviour.counters.values()) {
    if (counter.capacity === null) continue;
    const was = (yield* evaluated(operation, before, (context) => capacityOf(counter, context))) ?? 0;
    const is = (yield* evaluated(operation, after, (context) => capacityOf(counter, context))) ?? 0;
    if (was === is) continue;
    const left = Number(before.body[counter.property] ?? 0) + is - was;
    if (left < 0) throw kamadoError('COUNTER_EXHAUSTED', { type: type.id, id: after.id, counter: counter.property });
    contents[counter.property] = left;
  }
  return contents;
}

function capacityOf({ property, capacity }: Counter, context: ValueContext): number | null {
  return capacity === null ? null : amountIn(capacity, context, `${context.type}, counter ${property}`);
}

function amountsOf(allocation: CounterAllocation, context: ValueContext): readonly Amount[] {
  const place = `${context.type}, take ${allocation.name}`;
  if (allocation.when !== null && !holdsFor(allocation.when, context, place)) return [];
  const amount = amountIn(allocation.amount, context, place);
  // A negative amount would add capacity.
  if (amount < 0) throw kamadoError('MAPPING_INVALID', { place, reason: 'the amount that is taken is below 0' });
  return [...new Set(targetsOfCount(allocation, context))].flatMap((id) => {
    if (typeof id !== 'string' || id === '' || amount === 0) return [];
    return [{ allocation: allocation.name, type: allocation.type, id, counter: allocation.counter, amount }];
  });
}

/** The ids of the resources whose counters an allocation counts in. */
export function targetsOfCount(allocation: CounterAllocation, context: ValueContext): readonly Json[] {
  const from = evaluateValue(allocation.from, context, `${context.type}, take ${allocation.name}`);
  return Array.isArray(from) ? from : [from];
}

/** An amount. Texts count as integers, null as 0. @throws MAPPING_INVALID if it isn't an integer */
function amountIn(value: Value, context: ValueContext, place: string): number {
  const amount = evaluateValue({ kind: 'sum', parts: [value] }, context, place);
  if (Number.isSafeInteger(amount)) return Number(amount);
  throw kamadoError('MAPPING_INVALID', { place, reason: 'a counted amount has to be an integer' });
}

/** Returns whether the target exists and has that counter. @throws COUNTER_EXHAUSTED, RELATED_MARKED */
function* count(operation: Operation, type: ResourceType, of: Amount): TransactionFunction<boolean> {
  const { type: typeId, id, counter: name, amount } = of;
  const counter = operation.model.types.get(typeId)?.behaviour.counters.get(name);
  const target = yield* lockResource(operation, typeId, id);
  if (target === null || counter === undefined) return false;
  if (target.markedForDeletion && amount > 0) {
    throw kamadoError('RELATED_MARKED', { type: type.id, field: of.allocation, related: typeId });
  }
  const before = Number(target.body[name] ?? 0);
  const next = counter.capacity === null ? before + amount : before - amount;
  if (next < 0 && counter.capacity !== null && amount > 0) {
    throw kamadoError('COUNTER_EXHAUSTED', { type: typeId, id, counter: name });
  }
  yield* storeContents(operation, target, { [name]: next }, counter.newVersion);
  return true;
}

/** Stores the taken amounts, so that exactly these are given back. */
function* note(holderType: string, holderId: string, amounts: readonly Amount[]): TransactionFunction<void> {
  yield sql('DELETE FROM kamado_counted WHERE holder_type = ? AND holder_id = ?', holderType, holderId);
  for (const { allocation, type, id, counter, amount } of amounts) {
    yield sql(
      'INSERT INTO kamado_counted (holder_type, holder_id, take, type, id, counter, amount) VALUES (?, ?, ?, ?, ?, ?, ?)',
      holderType,
      holderId,
      allocation,
      type,
      id,
      counter,
      amount,
    );
  }
}

function* amountsTaken(holderType: string, holderId: string): TransactionFunction<readonly Amount[]> {
  const found = yield* rows(
    sql('SELECT * FROM kamado_counted WHERE holder_type = ? AND holder_id = ?', holderType, holderId),
  );
  return found.map((row) => ({
    allocation: text(row, 'take'),
    type: text(row, 'type'),
    id: text(row, 'id'),
    counter: text(row, 'counter'),
    amount: number(row, 'amount'),
  }));
}

function keyOf({ allocation, type, id, counter }: Amount): string {
  return JSON.stringify([allocation, type, id, counter]);
}

/** Amounts given back to a target come first: they may free capacity for the others. */
function byTarget(a: Amount, b: Amount): number {
  const [one, other] = [keyOfTarget(a), keyOfTarget(b)];
  return one === other ? a.amount - b.amount : one < other ? -1 : 1;
}

function keyOfTarget({ type, id, counter }: Amount): string {
  return `${type}:${id}:${counter}`;
}

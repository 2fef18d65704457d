import { type Json, type JsonObject, jsonEqual } from '../../kernel/index.ts';
import {
  endOfPath,
  evaluateValue,
  holdsFor,
  type RelatedUpdate,
  type ResourceType,
  type Value,
  type ValueContext,
} from '../../schema/index.ts';
import { type Operation, typeOf } from '../context.ts';
import { lockResource } from '../resource-reads.ts';
import type { TransactionFunction } from '../sql.ts';
import { evaluatedAll } from './ensure-transactions.ts';
import { evaluated, type Subject } from './evaluate.ts';

/** The values that an update gives to its target. */
interface Wanted {
  readonly id: string;
  readonly set: JsonObject;
  readonly onDelete: JsonObject;
}

/**
 * Gives the target resources of a type's updates the values that follow from a resource that was made (`before` null),
 * changed, or removed (`now` null).
 */
export function* settleUpdates(
  operation: Operation,
  type: ResourceType,
  now: Subject | null,
  before: Subject | null,
): TransactionFunction<void> {
  for (const update of type.behaviour.updates) {
    const target = endOfPath(update.path, operation.model, type);
    if (target === null) continue;
    const was = before === null ? null : yield* wantedBy(operation, update, before);
    const is = now === null ? null : yield* wantedBy(operation, update, now);
    if (was !== null && was.id !== is?.id) yield* takeBack(operation, target, was, update);
    if (is === null || (was?.id === is.id && jsonEqual(was.set, is.set))) continue;
    yield* apply(operation, target, is.id, is.set, update);
  }
}

function* wantedBy(operation: Operation, update: RelatedUpdate, subject: Subject): TransactionFunction<Wanted | null> {
  const place = `${subject.type}, update ${update.name}`;
  return yield* evaluated(operation, subject, (context) => {
    if (update.when !== null && !holdsFor(update.when, context, place)) return null;
    const id = endIdOf(update, context, place);
    if (typeof id !== 'string' || id === '') return null;
    return {
      id,
      set: evaluatedAll(update.set, context, place),
      onDelete: evaluatedAll(update.onDelete, context, place),
    };
  });
}

/** The id of the resource at the end of an update's path. null if the path leads to none. */
export function endIdOf({ path }: RelatedUpdate, context: ValueContext, place: string): Json {
  const end: Value = {
    kind: 'mapping',
    mapping: { kind: 'field', field: 'id', path, ignoreMissing: false, recordsRelation: false },
  };
  return evaluateValue(end, context, place);
}

/**
 * Gives a target's properties the values that they have without this resource. A value that another writer has set
 * since stays.
 */
function* takeBack(
  operation: Operation,
  target: ResourceType,
  was: Wanted,
  update: RelatedUpdate,
): TransactionFunction<void> {
  const row = yield* lockResource(operation, target.id, was.id);
  if (row === null) return;
  const still = Object.entries(was.onDelete).filter(
    ([name]) => !Object.hasOwn(was.set, name) || jsonEqual(row.body[name] ?? null, was.set[name] ?? null),
  );
  yield* apply(operation, target, was.id, Object.fromEntries(still), update);
}

function* apply(
  operation: Operation,
  target: ResourceType,
  id: string,
  values: JsonObject,
  { keep }: RelatedUpdate,
): TransactionFunction<void> {
  const row = yield* lockResource(operation, target.id, id);
  // A marked resource gets no more versions.
  if (row === null || row.markedForDeletion) return;
  const patch = Object.fromEntries(
    Object.entries(values).filter(([name, value]) => !jsonEqual(row.body[name] ?? null, value)),
  );
  if (Object.keys(patch).length === 0) return;
  yield* operation.writes.change(operation, typeOf(operation, target.id), row, patch, new Set(keep));
}

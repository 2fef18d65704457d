import { jsonEqual, limits } from '../../kernel/index.ts';
import { type FollowUp, holdsFor, type Model, type ResourceType } from '../../schema/index.ts';
import { type Operation, typeOf } from '../context.ts';
import { lockResource, lockWhere } from '../resource-reads.ts';
import type { Row } from '../resource-row.ts';
import type { TransactionFunction } from '../sql.ts';
import { evaluatedAll } from './ensure-transactions.ts';
import { evaluated } from './evaluate.ts';

/**
 * Makes the follow-up revisions that are due, of a resource that changed and of those whose follow-up revisions read
 * it.
 */
export function* settleFollowUps(operation: Operation, typeId: string, id: string): TransactionFunction<void> {
  const type = typeOf(operation, typeId);
  if (type.behaviour.followUps.length > 0) {
    const row = yield* lockResource(operation, typeId, id);
    if (row !== null) yield* settleRow(operation, type, row);
  }
  for (const { watcher, field } of watchersOf(operation.model, typeId)) {
    const found = yield* lockWhere(operation, watcher, field, id, limits.statusCascadeResources);
    for (const row of found) {
      // A follow-up revision of one row may have changed the next.
      const current = row === found[0] ? row : yield* lockResource(operation, watcher.id, row.id);
      if (current !== null) yield* settleRow(operation, watcher, current);
    }
  }
}

function* settleRow(operation: Operation, type: ResourceType, row: Row): TransactionFunction<void> {
  if (row.markedForDeletion) return;
  for (const followUp of type.behaviour.followUps) {
    // A new version was made: changing the row has evaluated all follow-up revisions of that version.
    if (yield* settleFollowUp(operation, type, row, followUp)) return;
  }
}

/** Makes a follow-up revision if its condition holds. Returns whether it made one. */
function* settleFollowUp(
  operation: Operation,
  type: ResourceType,
  row: Row,
  followUp: FollowUp,
): TransactionFunction<boolean> {
  const place = `${type.id}, pass ${followUp.name}`;
  const subject = { type: type.id, body: row.body, version: row.configVersion };
  const values = yield* evaluated(operation, subject, (context) =>
    holdsFor(followUp.when, context, place) ? evaluatedAll(followUp.set, context, place) : {},
  );
  const patch = Object.fromEntries(
    Object.entries(values).filter(([name, value]) => !jsonEqual(row.body[name] ?? null, value)),
  );
  // Values that are set already make no version.
  if (Object.keys(patch).length === 0) return false;
  yield* operation.writes.change(operation, type, row, patch, new Set());
  return true;
}

interface Watcher {
  readonly watcher: ResourceType;
  readonly field: string;
}

const watchersByModel = new WeakMap<Model, ReadonlyMap<string, readonly Watcher[]>>();

/** The types whose follow-up revisions read resources of a type, and the field by which they do. */
function watchersOf(model: Model, typeId: string): readonly Watcher[] {
  const known = watchersByModel.get(model) ?? allWatchers(model);
  watchersByModel.set(model, known);
  return known.get(typeId) ?? [];
}

function allWatchers(model: Model): ReadonlyMap<string, readonly Watcher[]> {
  const watchers = new Map<string, Watcher[]>();
  for (const watcher of model.types.values()) {
    const watched = watcher.behaviour.followUps.flatMap((followUp) => followUp.watches);
    const distinct = new Map(watched.map((one) => [`${one.type} ${one.field}`, one]));
    for (const { type, field } of distinct.values()) {
      watchers.set(type, [...(watchers.get(type) ?? []), { watcher, field }]);
    }
  }
  return watchers;
}

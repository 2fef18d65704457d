import { kamadoError, limits } from '../kernel/index.ts';
import type { ResourceType } from '../schema/index.ts';
import { allocationHolderOf } from './behaviour/allocation-holders.ts';
import { childrenOf, forgetFamily, parentOf } from './behaviour/child-ledger.ts';
import { settleCounts } from './behaviour/counter-allocations.ts';
import { beginKnown } from './behaviour/lock-order.ts';
import { dropLowWaterMarks } from './behaviour/low-water-marks.ts';
import { giveBackNumbers } from './behaviour/number-allocations.ts';
import { settleUpdates } from './behaviour/related-transactions.ts';
import { countResource, type Operation, type RemovalOutcome, typeOf } from './context.ts';
import { queueDelete, queuePut } from './event-transactions.ts';
import { runHooks } from './hook-transactions.ts';
import { dropListReferences, listerOf } from './list-references.ts';
import { isReferred, lockMarked, type ReferrerRelation, referencesOf, referrersOf } from './reference-transactions.ts';
import { lockResource } from './resource-reads.ts';
import type { Row } from './resource-row.ts';
import { checkVersion } from './resource-transactions.ts';
import { quoted, rows, sql, type TransactionFunction, text } from './sql.ts';
import { computedProperties } from './status-transactions.ts';
import { storeColumns } from './store-row.ts';
import { tableOf } from './table-names.ts';

/**
 * Marks a row of a two-step type, or removes it, as a client requests, together with the rows that its schemas delete
 * along.
 */
export function* removeResource(
  operation: Operation,
  typeId: string,
  id: string,
  expectedVersion: number | null,
): TransactionFunction<RemovalOutcome> {
  const type = typeOf(operation, typeId);
  yield* beginKnown(operation, type, id, {});
  const row = yield* lockResource(operation, type.id, id);
  if (row === null) throw kamadoError('RESOURCE_NOT_FOUND', { type: type.id, id });
  checkVersion(row, expectedVersion);
  const parent = yield* parentOf({ type: type.id, id });
  // A client may start a failed deletion again, even if another resource manages this one.
  if (parent !== null && !row.markedForDeletion) {
    throw kamadoError('RESOURCE_MANAGED', { type: type.id, id, parent: parent.type, parentId: parent.id });
  }
  return yield* remove(operation, type, row, new Set());
}

/** Marks or removes a locked row. @param deletionSet the resources that this transaction deletes, as 'type:id' */
export function* remove(
  operation: Operation,
  type: ResourceType,
  row: Row,
  deletionSet: Set<string>,
): TransactionFunction<RemovalOutcome> {
  if (row.markedForDeletion && !hasFailed(row)) return 'marked';
  countResource(operation);
  deletionSet.add(keyOf(type, row.id));
  const subject = { id: row.id, resource: row.body, previous: row.body };
  const wanted = yield* runHooks(operation, type, 'pre_delete_in_transaction', subject, deletionSet);
  yield* removeChildren(operation, type, row.id, deletionSet);
  // Rows that are deleted along come first: then their other relations block nothing.
  const referrers = referrersOf(operation, type).toSorted((a, b) => Number(b.cascade) - Number(a.cascade));
  for (const referrer of referrers) yield* release(operation, type, row.id, referrer, deletionSet);
  yield* checkListers(type, row.id, deletionSet);
  yield* checkAllocations(type, row.id, deletionSet);
  if (!type.twoStepDeletion) {
    yield* dropRow(operation, type, row);
    return 'removed';
  }
  const configVersion = row.configVersion + 1;
  const body = { ...row.body, ...wanted };
  const computed = yield* computedProperties(operation, type, { ...row, body, configVersion, markedForDeletion: true });
  yield sql(
    `UPDATE kamado_resources SET config_version = ?, marked_for_deletion = 1, row_revision = row_revision + 1
     WHERE type = ? AND id = ?`,
    configVersion,
    type.id,
    row.id,
  );
  yield* storeColumns(type, row.id, { ...wanted, ...computed });
  yield* queuePut(operation, type, row.id, { ...body, ...computed }, { configVersion, markedForDeletion: true });
  return 'marked';
}

/** Removes all children of a resource in one deletion set, so that no child is held by its siblings. */
function* removeChildren(
  operation: Operation,
  type: ResourceType,
  id: string,
  deletionSet: Set<string>,
): TransactionFunction<void> {
  const known = yield* childrenOf({ type: type.id, id });
  const children = known.filter((child) => !deletionSet.has(`${child.type}:${child.id}`));
  for (const child of children) deletionSet.add(`${child.type}:${child.id}`);
  for (const child of children) {
    const row = yield* lockResource(operation, child.type, child.id);
    if (row !== null) yield* remove(operation, typeOf(operation, child.type), row, deletionSet);
  }
}

/** Refuses the deletion if lists of other resources hold the resource. */
function* checkListers(type: ResourceType, id: string, deletionSet: ReadonlySet<string>): TransactionFunction<void> {
  const lister = yield* listerOf(type.id, id, deletionSet);
  if (lister === null) return;
  const { type: user, id: userId, field } = lister;
  throw kamadoError('RESOURCE_IN_USE', { type: type.id, id, user, userId, field });
}

/** Refuses the deletion if other resources have numbers of its pools or amounts of its counters. */
function* checkAllocations(
  type: ResourceType,
  id: string,
  deletionSet: ReadonlySet<string>,
): TransactionFunction<void> {
  const taker = yield* allocationHolderOf(type, id, deletionSet);
  if (taker === null) return;
  throw kamadoError('RESOURCE_IN_USE', {
    type: type.id,
    id,
    user: taker.type,
    userId: taker.id,
    field: taker.what,
  });
}

/** Whether the deletion failed: then the next version starts it again (compatibility S2). */
function hasFailed(row: Row): boolean {
  return row.stateError !== '' && row.stateVersion === row.configVersion;
}

/** Refuses the deletion if rows refer to this one by a relation, unless their schema deletes them along. */
function* release(
  operation: Operation,
  type: ResourceType,
  id: string,
  relation: ReferrerRelation,
  deletionSet: Set<string>,
): TransactionFunction<void> {
  const { type: referrer, field, cascade } = relation;
  const enough = cascade ? limits.cascadeResources : deletionSet.size;
  const found = yield* rows(
    sql(`SELECT id FROM ${tableOf(referrer)} WHERE ${quoted(field)} = ? ORDER BY id LIMIT ?`, id, enough + 1),
  );
  for (const userId of found.map((row) => text(row, 'id'))) {
    if (referrer === type && userId === id) continue;
    const isFree = deletionSet.has(keyOf(referrer, userId))
      ? yield* letGo(type, id, relation, userId)
      : cascade &&
        deletionSet.size < limits.cascadeResources &&
        (yield* removeUser(operation, type, referrer, userId, deletionSet));
    if (!isFree) throw kamadoError('RESOURCE_IN_USE', { type: type.id, id, user: referrer.id, userId, field });
  }
}

/**
 * Breaks a cycle of references: a row that is being removed at once drops its reference to this one first. So does a
 * parent that is removed along with its child.
 */
function* letGo(
  type: ResourceType,
  id: string,
  { type: referrer, field }: ReferrerRelation,
  userId: string,
): TransactionFunction<boolean> {
  if (referrer.twoStepDeletion) {
    if (type.twoStepDeletion) return true;
    const parent = yield* parentOf({ type: type.id, id });
    if (parent?.type !== referrer.id || parent.id !== userId) return false;
  }
  yield sql(`UPDATE ${tableOf(referrer)} SET ${quoted(field)} = NULL WHERE id = ?`, userId);
  return true;
}

/**
 * Removes or marks a row that is deleted along. Returns whether it no longer blocks: a row that is only marked still
 * blocks one that would be removed at once.
 */
function* removeUser(
  operation: Operation,
  type: ResourceType,
  referrer: ResourceType,
  userId: string,
  deletionSet: Set<string>,
): TransactionFunction<boolean> {
  const user = yield* lockResource(operation, referrer.id, userId);
  const outcome = user === null ? 'removed' : yield* remove(operation, referrer, user, deletionSet);
  return outcome === 'removed' || type.twoStepDeletion;
}

/**
 * Removes a row for good, and queues its deletion from the store. Gives back its allocations, and takes back the values
 * that it gave to other resources. Then removes the marked resources that it referred to, if nothing else refers to
 * them.
 */
export function* dropRow(
  operation: Operation,
  type: ResourceType,
  { id, body, configVersion }: Row,
): TransactionFunction<void> {
  yield sql(`DELETE FROM ${tableOf(type)} WHERE id = ?`, id);
  yield sql('DELETE FROM kamado_resources WHERE type = ? AND id = ?', type.id, id);
  yield* queueDelete(operation, type, id, body);
  yield* dropListReferences(type, id);
  if (type.behaviour.pools.size > 0) yield* dropLowWaterMarks(type.id, id);
  yield* forgetFamily({ type: type.id, id });
  yield* giveBackNumbers(operation, type, id);
  yield* settleCounts(operation, type, id, null);
  yield* settleUpdates(operation, type, null, { type: type.id, body, version: configVersion });
  yield* runHooks(operation, type, 'post_delete_in_transaction', { id, resource: body, previous: body });
  for (const marked of yield* lockMarked(operation, referencesOf(operation, type, body))) {
    const row = yield* lockResource(operation, marked.target, marked.id);
    if (row !== null) yield* dropEnded(operation, row);
  }
}

/**
 * Removes a marked row whose work is undone, unless a row still refers to it: then the removal of that row removes it.
 */
export function* dropEnded(operation: Operation, row: Row): TransactionFunction<boolean> {
  const type = typeOf(operation, row.type);
  if (!row.markedForDeletion || row.stateVersion !== row.configVersion || !hasEnded(row)) return false;
  if (yield* isReferred(operation, type, row.id)) return false;
  yield* dropRow(operation, type, row);
  return true;
}

/** The worker states that end a marked resource: its work is undone, or there was none. */
const ended = new Set(['DELETE_COMPLETED', 'READ_COMPLETE']);

function hasEnded({ stateError, state }: Row): boolean {
  return stateError === '' && typeof state?.worker_state === 'string' && ended.has(state.worker_state);
}

function keyOf(type: ResourceType, id: string): string {
  return `${type.id}:${id}`;
}

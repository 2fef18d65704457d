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

/** Marks a row of a two-step type as a client asks, or removes it, with what its schemas delete along. */
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
  // Its deletion that failed is begun again by whoever sees it.
  if (parent !== null && !row.markedForDeletion) {
    throw kamadoError('RESOURCE_MANAGED', { type: type.id, id, parent: parent.type, parentId: parent.id });
  }
  return yield* remove(operation, type, row, new Set());
}

/** @param going what is on its way out already, as 'type:id': the rows that this removal began with */
export function* remove(
  operation: Operation,
  type: ResourceType,
  row: Row,
  deletionSet: Set<string>,
): TransactionFunction<RemovalOutcome> {
  if (row.markedForDeletion && !hasFailed(row)) return 'marked';
  countResource(operation);
  deletionSet.add(keyOf(type, row.id));
  const reported = { id: row.id, resource: row.body, previous: row.body };
  const wanted = yield* runHooks(operation, type, 'pre_delete_in_transaction', reported, deletionSet);
  yield* removeChildren(operation, type, row.id, deletionSet);
  // Those that go along first: they are in nobody's way by their other relations.
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

/** The children of a resource go with it: all of them, so that none is held by its siblings. */
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

/** Refuses where lists of others hold the resource. */
function* checkListers(type: ResourceType, id: string, deletionSet: ReadonlySet<string>): TransactionFunction<void> {
  const lister = yield* listerOf(type.id, id, deletionSet);
  if (lister === null) return;
  const { type: user, id: userId, field } = lister;
  throw kamadoError('RESOURCE_IN_USE', { type: type.id, id, user, userId, field });
}

/** Refuses where others have numbers or parts of what the resource counts. */
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

/** A deletion that failed: the next version starts again (compatibility S2). */
function hasFailed(row: Row): boolean {
  return row.stateError !== '' && row.stateVersion === row.configVersion;
}

/** Refuses where rows refer to this one by a relation, unless their schema says that they go with it. */
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

/** Around a cycle: a row that goes at once, and has begun to, lets go of this one first; a parent of its child as well. */
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

/** Removes or marks a row that goes with this one; one that is only marked holds what would go at once. */
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
 * Removes a row for good, and queues what takes it out of the store; gives back what it took, and takes back what it
 * set; then those go that it referred to, and that waited for nothing else.
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

/** Removes a marked row whose work is undone, unless a row still refers to it: then that one takes it along. */
export function* dropEnded(operation: Operation, row: Row): TransactionFunction<boolean> {
  const type = typeOf(operation, row.type);
  if (!row.markedForDeletion || row.stateVersion !== row.configVersion || !hasEnded(row)) return false;
  if (yield* isReferred(operation, type, row.id)) return false;
  yield* dropRow(operation, type, row);
  return true;
}

/** The worker states with which a marked resource has ended: its work is undone, or there was none. */
const ended = new Set(['DELETE_COMPLETED', 'READ_COMPLETE']);

function hasEnded({ stateError, state }: Row): boolean {
  return stateError === '' && typeof state?.worker_state === 'string' && ended.has(state.worker_state);
}

function keyOf(type: ResourceType, id: string): string {
  return `${type.id}:${id}`;
}

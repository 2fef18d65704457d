import { kamadoError } from '../kernel/errors.ts';
import type { JsonObject } from '../kernel/json.ts';
import { limits } from '../kernel/limits.ts';
import type { ResourceType } from '../model/model.ts';
import { typeOf, type UnitContext } from './context.ts';
import type { Row } from './database.ts';
import { queueDelete, queuePut } from './event-units.ts';
import { isReferred, lockMarked, type ReferrerRelation, referencesOf, referrersOf } from './reference-units.ts';
import { checkVersion, getResource } from './resource-units.ts';
import { quoted, rows, sql, text, type Unit } from './sql.ts';
import { computedProperties, storeColumns } from './status-units.ts';
import { tableOf } from './table-names.ts';

/** Marks a row of a two-step type, or removes it, with what its schemas delete along. */
export function* removeResource(
  context: UnitContext,
  typeId: string,
  id: string,
  expectedVersion: number | null,
): Unit<'marked' | 'removed'> {
  const type = typeOf(context, typeId);
  const row = yield* getResource(context, type.id, id, context.dialect.lockExclusive);
  if (row === null) throw kamadoError('RESOURCE_NOT_FOUND', { type: type.id, id });
  checkVersion(row, expectedVersion);
  return yield* remove(context, type, row, new Set());
}

/** @param going what is on its way out already, as 'type:id': the rows that this removal began with */
function* remove(context: UnitContext, type: ResourceType, row: Row, going: Set<string>): Unit<'marked' | 'removed'> {
  if (row.markedForDeletion && !hasFailed(row)) return 'marked';
  going.add(keyOf(type, row.id));
  // Those that go along first: they are in nobody's way by their other relations.
  const referrers = referrersOf(context, type).toSorted((a, b) => Number(b.cascade) - Number(a.cascade));
  for (const referrer of referrers) yield* release(context, type, row.id, referrer, going);
  if (!type.twoStepDeletion) {
    yield* dropRow(context, type, row.id, row.body);
    return 'removed';
  }
  const configVersion = row.configVersion + 1;
  const computed = yield* computedProperties(context, type, { ...row, configVersion, markedForDeletion: true });
  yield sql(
    `UPDATE kamado_resources SET config_version = ?, marked_for_deletion = 1, row_revision = row_revision + 1
     WHERE type = ? AND id = ?`,
    configVersion,
    type.id,
    row.id,
  );
  yield* storeColumns(type, row.id, computed);
  yield* queuePut(context, type, row.id, { ...row.body, ...computed }, { configVersion, markedForDeletion: true });
  return 'marked';
}

/** A deletion that failed: the next version starts again (`decisions.md` 13). */
function hasFailed(row: Row): boolean {
  return row.stateError !== '' && row.stateVersion === row.configVersion;
}

/** Refuses where rows refer to this one by a relation, unless their schema says that they go with it. */
function* release(
  context: UnitContext,
  type: ResourceType,
  id: string,
  relation: ReferrerRelation,
  going: Set<string>,
): Unit<void> {
  const { type: referrer, field, cascade } = relation;
  const enough = cascade ? limits.cascadeResources : going.size;
  const found = yield* rows(
    sql(`SELECT id FROM ${tableOf(referrer)} WHERE ${quoted(field)} = ? ORDER BY id LIMIT ?`, id, enough + 1),
  );
  for (const userId of found.map((row) => text(row, 'id'))) {
    if (referrer === type && userId === id) continue;
    const isFree = going.has(keyOf(referrer, userId))
      ? yield* letGo(type, relation, userId)
      : cascade && going.size < limits.cascadeResources && (yield* removeUser(context, type, referrer, userId, going));
    if (!isFree) throw kamadoError('RESOURCE_IN_USE', { type: type.id, id, user: referrer.id, userId, field });
  }
}

/** Around a cycle: a row that goes at once, and has begun to, lets go of this one first. */
function* letGo(type: ResourceType, { type: referrer, field }: ReferrerRelation, userId: string): Unit<boolean> {
  if (referrer.twoStepDeletion) return type.twoStepDeletion;
  yield sql(`UPDATE ${tableOf(referrer)} SET ${quoted(field)} = NULL WHERE id = ?`, userId);
  return true;
}

/** Removes or marks a row that goes with this one; one that is only marked holds what would go at once. */
function* removeUser(
  context: UnitContext,
  type: ResourceType,
  referrer: ResourceType,
  userId: string,
  going: Set<string>,
): Unit<boolean> {
  const user = yield* getResource(context, referrer.id, userId, context.dialect.lockExclusive);
  const outcome = user === null ? 'removed' : yield* remove(context, referrer, user, going);
  return outcome === 'removed' || type.twoStepDeletion;
}

/**
 * Removes a row for good, and queues what takes it out of the store; then those that it referred to, and that waited
 * for nothing else.
 */
export function* dropRow(context: UnitContext, type: ResourceType, id: string, body: JsonObject): Unit<void> {
  yield sql(`DELETE FROM ${tableOf(type)} WHERE id = ?`, id);
  yield sql('DELETE FROM kamado_resources WHERE type = ? AND id = ?', type.id, id);
  yield* queueDelete(context, type, id, body);
  for (const marked of yield* lockMarked(context, referencesOf(context, type, body))) {
    const row = yield* getResource(context, marked.target, marked.id);
    if (row !== null) yield* dropEnded(context, row);
  }
}

/** Removes a marked row whose work is undone, unless a row still refers to it: then that one takes it along. */
export function* dropEnded(context: UnitContext, row: Row): Unit<boolean> {
  const type = typeOf(context, row.type);
  if (!row.markedForDeletion || row.stateVersion !== row.configVersion || !hasEnded(row)) return false;
  if (yield* isReferred(context, type, row.id)) return false;
  yield* dropRow(context, type, row.id, row.body);
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

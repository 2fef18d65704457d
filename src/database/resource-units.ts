import { kamadoError } from '../kernel/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../kernel/json.ts';
import { limits } from '../kernel/limits.ts';
import { evaluateMapping } from '../model/mapping-evaluator.ts';
import type { Property, ResourceType } from '../model/model.ts';
import { typeOf, type UnitContext } from './context.ts';
import type { Change, Row } from './database.ts';
import { queueDelete, queueMove, queuePut } from './event-units.ts';
import { selectFrom, toColumn, toRow } from './rows.ts';
import { firstRow, number, placeholders, quoted, rows, type SqlValue, sql, text, type Unit } from './sql.ts';
import { computedProperties, settleStatus, storeProperties } from './status-units.ts';
import { tableOf } from './tables.ts';

/** Reads one row; null where there is none. */
export function* getResource(context: UnitContext, typeId: string, id: string, lock = ''): Unit<Row | null> {
  const type = typeOf(context, typeId);
  const found = yield* firstRow(sql(`${selectFrom(type)} WHERE t.id = ?${lock}`, type.id, id));
  return found === undefined ? null : toRow(type, found);
}

/**
 * Inserts a row and its event.
 * @param diagnose looks for what is there twice before it inserts: the second try, after a constraint was violated
 */
export function* createResource(
  context: UnitContext,
  typeId: string,
  id: string,
  given: JsonObject,
  diagnose: boolean,
): Unit<Row> {
  const type = typeOf(context, typeId);
  const body: JsonObject = { ...initialValues(context, type, given), ...given, id };
  yield* checkRelated(context, type, body);
  if (diagnose) yield* checkNewId(type, id);
  if (diagnose) yield* checkUnique(type, id, body);
  const versions = {
    configVersion: 1,
    stateVersion: 0,
    monitoringVersion: 0,
    markedForDeletion: false,
    stateError: '',
    state: null,
    monitoring: null,
  };
  const computed = yield* computedProperties(context, type, { ...versions, body });
  const complete: JsonObject = { ...body, ...computed };
  const columns = type.properties.filter((property) => complete[property.name] !== undefined);
  yield sql(
    `INSERT INTO kamado_resources (type, id, config_version) VALUES (${placeholders(3)})`,
    type.id,
    id,
    versions.configVersion,
  );
  yield sql(
    `INSERT INTO ${tableOf(type)} (${columns.map((p) => quoted(p.name)).join(', ')}) VALUES (${placeholders(columns.length)})`,
    ...columns.map((property) => toColumn(property, complete[property.name])),
  );
  yield* queuePut(context, type, id, complete, versions);
  return { ...versions, type: type.id, id, body: complete, rowRevision: 1 };
}

/** Changes a row, counts its config version and queues its event. */
export function* updateResource(context: UnitContext, change: Change, diagnose: boolean): Unit<Row> {
  const type = typeOf(context, change.type);
  const row = yield* getResource(context, type.id, change.id, context.dialect.lockExclusive);
  if (row === null) throw kamadoError('RESOURCE_NOT_FOUND', { type: type.id, id: change.id });
  checkVersion(row, change.expectedVersion);
  if (row.markedForDeletion) throw kamadoError('RESOURCE_MARKED', { type: type.id, id: change.id });
  const patch = Object.fromEntries(
    Object.entries(change.patch).map(([name, value]) => [name, merged(row.body[name], value)]),
  );
  const body: JsonObject = { ...row.body, ...patch };
  yield* checkRelated(context, type, patch);
  if (diagnose) yield* checkUnique(type, row.id, body);
  const configVersion = row.configVersion + 1;
  const computed = yield* computedProperties(context, type, { ...row, configVersion, body });
  const complete: JsonObject = { ...body, ...computed };
  yield sql('UPDATE kamado_resources SET config_version = ? WHERE type = ? AND id = ?', configVersion, type.id, row.id);
  yield* storeProperties(type, row.id, { ...patch, ...computed, id: row.id });
  yield* queueMove(context, type, row.id, row.body, complete);
  yield* queuePut(context, type, row.id, complete, { configVersion, markedForDeletion: false });
  yield* settleReferrers(context, type, row.id, computed);
  return { ...row, body: complete, configVersion, rowRevision: row.rowRevision + 1 };
}

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
  if (row.markedForDeletion) return 'marked';
  yield* releaseReferrers(context, type, id);
  if (!type.versioned || !type.synced || !type.twoStepDeletion) {
    yield* dropRow(context, type, row);
    return 'removed';
  }
  const configVersion = row.configVersion + 1;
  const computed = yield* computedProperties(context, type, { ...row, configVersion, markedForDeletion: true });
  yield sql(
    'UPDATE kamado_resources SET config_version = ?, marked_for_deletion = 1 WHERE type = ? AND id = ?',
    configVersion,
    type.id,
    id,
  );
  yield* storeProperties(type, id, { ...computed, id });
  yield* queuePut(context, type, id, { ...row.body, ...computed }, { configVersion, markedForDeletion: true });
  return 'marked';
}

/** Removes a row for good, and queues what takes it out of the store. */
export function* dropRow(context: UnitContext, type: ResourceType, { id, body }: Row): Unit<void> {
  yield sql(`DELETE FROM ${tableOf(type)} WHERE id = ?`, id);
  yield sql('DELETE FROM kamado_resources WHERE type = ? AND id = ?', type.id, id);
  yield* queueDelete(context, type, id, body);
}

function checkVersion(row: Row, expected: number | null): void {
  if (expected === null || expected === row.configVersion) return;
  throw kamadoError('VERSION_CONFLICT', { type: row.type, id: row.id, current: row.configVersion, expected });
}

/** Values that the server computes for properties that were not given. */
function initialValues({ model }: UnitContext, type: ResourceType, given: JsonObject): JsonObject {
  const values: Record<string, Json> = {};
  for (const property of type.properties) {
    if (property.initial === null || given[property.name] !== undefined) continue;
    const context = {
      type: type.id,
      body: given,
      version: 1,
      relationOf: (typeId: string, field: string) => model.types.get(typeId)?.property.get(field)?.relation ?? null,
      // An initial value is taken from the resource itself.
      lookup: () => undefined,
    };
    values[property.name] = evaluateMapping(property.initial, context, property.name).value;
  }
  return values;
}

/** Every row that `body` refers to is there and not marked; it stays so until the commit. */
function* checkRelated({ model, dialect }: UnitContext, type: ResourceType, body: JsonObject): Unit<void> {
  const references = type.properties.flatMap((property) => {
    const id = body[property.name];
    const target = property.relation === null ? undefined : model.types.get(property.relation);
    return target?.routed && typeof id === 'string' && id !== ''
      ? [{ field: property.name, target: target.id, id }]
      : [];
  });
  if (references.length === 0) return;
  const conditions = references.map(() => '(type = ? AND id = ?)').join(' OR ');
  const found = yield* rows(
    sql(
      `SELECT type, id, marked_for_deletion FROM kamado_resources WHERE ${conditions}${dialect.lockShared}`,
      ...references.flatMap(({ target, id }) => [target, id]),
    ),
  );
  for (const { field, target, id } of references) {
    const row = found.find((candidate) => text(candidate, 'type') === target && text(candidate, 'id') === id);
    if (row === undefined) throw kamadoError('RELATED_NOT_FOUND', { type: type.id, field, related: target });
    if (number(row, 'marked_for_deletion') === 1) {
      throw kamadoError('RELATED_MARKED', { type: type.id, field, related: target });
    }
  }
}

function* checkNewId(type: ResourceType, id: string): Unit<void> {
  const existing = yield* firstRow(sql(`SELECT id FROM ${tableOf(type)} WHERE id = ?`, id));
  if (existing !== undefined) throw kamadoError('DUPLICATE_VALUE', { type: type.id, field: 'id' });
}

function* checkUnique(type: ResourceType, id: string, body: JsonObject): Unit<void> {
  const groups = [
    ...type.properties.filter((p) => p.unique && p.name !== 'id').map((p) => [p.name]),
    ...type.uniqueTogether,
  ];
  for (const names of groups) {
    const values: SqlValue[] = names.map((name) => columnValue(type.property.get(name), body[name]));
    if (values.some((value) => value === null)) continue;
    const conditions = names.map((name) => `${quoted(name)} = ?`).join(' AND ');
    const other = yield* firstRow(
      sql(`SELECT id FROM ${tableOf(type)} WHERE ${conditions} AND id <> ?`, ...values, id),
    );
    if (other !== undefined) throw kamadoError('DUPLICATE_VALUE', { type: type.id, field: names.join(', ') });
  }
}

function columnValue(property: Property | undefined, value: Json | undefined): SqlValue {
  return property === undefined ? null : toColumn(property, value);
}

/** Refuses where rows refer to this one, unless their schema says that they go with it. */
function* releaseReferrers(context: UnitContext, type: ResourceType, id: string): Unit<void> {
  for (const { type: referrerId, field } of context.model.referrers.get(type.id) ?? []) {
    const referrer = context.model.types.get(referrerId);
    if (referrer === undefined || !referrer.routed) continue;
    const cascade = referrer.property.get(field)?.onDeleteCascade === true;
    const found = yield* rows(
      sql(
        `SELECT id FROM ${tableOf(referrer)} WHERE ${quoted(field)} = ? LIMIT ?`,
        id,
        cascade ? limits.cascadeResources : 1,
      ),
    );
    for (const row of found) {
      const userId = text(row, 'id');
      if (!cascade) throw kamadoError('RESOURCE_IN_USE', { type: type.id, id, user: referrerId, userId, field });
      yield* removeResource(context, referrerId, userId, null);
    }
  }
}

function* settleReferrers(
  context: UnitContext,
  type: ResourceType,
  id: string,
  computed: { readonly [name: string]: string },
): Unit<void> {
  if (Object.keys(computed).length > 0 && (context.model.referrers.get(type.id) ?? []).length > 0) {
    yield* settleStatus(context, type.id, id, Object.keys(computed));
  }
}

/** PUT and PATCH merge: objects recursively, arrays and scalars replaced, null sets null (gohan.md §1.2). */
function merged(old: Json | undefined, patch: Json): Json {
  if (!isJsonObject(old) || !isJsonObject(patch)) return patch;
  return {
    ...old,
    ...Object.fromEntries(Object.entries(patch).map(([name, value]) => [name, merged(old[name], value)])),
  };
}

import { kamadoError } from '../kernel/errors.ts';
import { isJsonObject, type Json, type JsonObject, jsonEqual } from '../kernel/json.ts';
import { typeOf, type UnitContext } from './context.ts';
import type { Change, Row } from './database.ts';
import { queueMove, queuePut } from './event-units.ts';
import { checkRelated, lockRelated } from './reference-units.ts';
import { selectFrom, toColumn, toRow } from './rows.ts';
import { firstRow, placeholders, quoted, sql, sqlOnce, type Unit } from './sql.ts';
import { computedProperties, settleDependents, storeColumns } from './status-units.ts';
import { tableOf } from './table-names.ts';
import { checkIndexed, checkNewId, checkUnique } from './unique-units.ts';

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
  const body: JsonObject = { ...given, id };
  checkIndexed(type, body);
  checkRelated(type, yield* lockRelated(context, type, body));
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
  yield sql('INSERT INTO kamado_resources (type, id, config_version) VALUES (?, ?, ?)', type.id, id, 1);
  const { properties } = type;
  yield sql(
    `INSERT INTO ${tableOf(type)} (${properties.map((p) => quoted(p.name)).join(', ')}) VALUES (${placeholders(properties.length)})`,
    ...properties.map((property) => toColumn(property, complete[property.name])),
  );
  yield* queuePut(context, type, id, complete, versions);
  return { ...versions, type: type.id, id, body: complete, rowRevision: 1 };
}

/** Changes a row, counts its config version and queues its event. */
export function* updateResource(context: UnitContext, change: Change, diagnose: boolean): Unit<Row> {
  const type = typeOf(context, change.type);
  // Before the row itself: everybody locks what is referred to first, so that nobody waits in a circle.
  const related = yield* lockRelated(context, type, change.patch);
  const row = yield* getResource(context, type.id, change.id, context.dialect.lockExclusive);
  if (row === null) throw kamadoError('RESOURCE_NOT_FOUND', { type: type.id, id: change.id });
  checkVersion(row, change.expectedVersion);
  if (row.markedForDeletion) throw kamadoError('RESOURCE_MARKED', { type: type.id, id: change.id });
  const changed = changesOf(row.body, change.patch);
  const body: JsonObject = { ...row.body, ...changed };
  checkIndexed(type, body);
  checkRelated(
    type,
    related.filter(({ field }) => Object.hasOwn(changed, field)),
  );
  if (diagnose) yield* checkUnique(type, row.id, body);
  const configVersion = row.configVersion + 1;
  const computed = yield* computedProperties(context, type, { ...row, configVersion, body });
  const complete: JsonObject = { ...body, ...computed };
  yield sql(
    'UPDATE kamado_resources SET config_version = ?, row_revision = row_revision + 1 WHERE type = ? AND id = ?',
    configVersion,
    type.id,
    row.id,
  );
  yield* storeColumns(type, row.id, { ...changed, ...computed }, sqlOnce);
  yield* queueMove(context, type, row.id, row.body, complete);
  yield* queuePut(context, type, row.id, complete, { configVersion, markedForDeletion: false });
  yield* settleDependents(context, type.id, row.id, Object.keys({ ...changed, ...computed }));
  return { ...row, body: complete, configVersion, rowRevision: row.rowRevision + 1 };
}

/** @throws VERSION_CONFLICT */
export function checkVersion(row: Row, expected: number | null): void {
  if (expected === null || expected === row.configVersion) return;
  throw kamadoError('VERSION_CONFLICT', { type: row.type, id: row.id, current: row.configVersion, expected });
}

/** The properties that a patch gives another value, with that value. */
function changesOf(body: JsonObject, patch: JsonObject): JsonObject {
  const merges = Object.entries(patch).map(([name, value]) => [name, merged(body[name], value)] as const);
  return Object.fromEntries(merges.filter(([name, value]) => !jsonEqual(body[name], value)));
}

/** PUT and PATCH merge: objects recursively, arrays and scalars replaced, null sets null (gohan.md §1.2). */
function merged(old: Json | undefined, patch: Json): Json {
  if (!isJsonObject(old) || !isJsonObject(patch)) return patch;
  const parts = Object.entries(patch).map(([name, value]) => [
    name,
    merged(Object.hasOwn(old, name) ? old[name] : undefined, value),
  ]);
  return { ...old, ...Object.fromEntries(parts) };
}

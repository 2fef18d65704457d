import { type JsonObject, jsonEqual, parseJson } from '../kernel/json.ts';
import { typeOf, type UnitContext } from './context.ts';
import type { MonitoringOutcome, StateOutcome, StateRecord } from './database.ts';
import { dropEnded } from './remove-units.ts';
import { getResource } from './resource-units.ts';
import { firstRow, number, type SqlRow, sql, storableText, text, type Unit } from './sql.ts';
import { settleStatus } from './status-units.ts';

/** Applies a state record under the version rules (`decisions.md` 12). */
export function* applyState(context: UnitContext, typeId: string, id: string, record: StateRecord): Unit<StateOutcome> {
  const type = typeOf(context, typeId);
  const row = yield* lockedRow(context, typeId, id);
  if (row === undefined || !type.versioned) return 'unknown';
  const configVersion = number(row, 'config_version');
  const stateVersion = number(row, 'state_version');
  if (!isVersion(record.version) || record.version > configVersion) return 'refused';
  const afterError = record.version === stateVersion && text(row, 'state_error') !== '';
  if (record.version <= stateVersion && !afterError) return 'stale';

  yield sql(
    `UPDATE kamado_resources SET state_version = ?, state_error = ?, state = ?, row_revision = row_revision + 1
     WHERE type = ? AND id = ?`,
    record.version,
    storableText(record.error),
    JSON.stringify(record.state),
    typeId,
    id,
  );
  if (record.version < configVersion) return 'applied';
  yield* releaseHeldMonitoring(row, record.version, typeId, id);
  if (number(row, 'marked_for_deletion') === 1) {
    const marked = yield* getResource(context, typeId, id);
    if (marked !== null && (yield* dropEnded(context, marked))) return 'removed';
  }
  yield* settleStatus(context, typeId, id);
  return 'applied';
}

/** Applies a monitoring record; one that comes before the state of its version is held until that is there. */
export function* applyMonitoring(
  context: UnitContext,
  typeId: string,
  id: string,
  version: number,
  monitoring: JsonObject,
): Unit<MonitoringOutcome> {
  const type = typeOf(context, typeId);
  const row = yield* lockedRow(context, typeId, id);
  if (row === undefined || !type.versioned) return 'unknown';
  const configVersion = number(row, 'config_version');
  if (!isVersion(version) || version > configVersion) return 'refused';
  if (version < configVersion) return 'stale';
  if (version > number(row, 'state_version')) {
    yield sql(
      'UPDATE kamado_resources SET held_version = ?, held_monitoring = ? WHERE type = ? AND id = ?',
      version,
      JSON.stringify(monitoring),
      typeId,
      id,
    );
    return 'held';
  }
  const known = parseJson(text(row, 'monitoring'));
  if (number(row, 'monitoring_version') === version && jsonEqual(known, monitoring)) return 'stale';
  yield* storeMonitoring(version, JSON.stringify(monitoring), typeId, id);
  yield* settleStatus(context, typeId, id);
  return 'applied';
}

/** Versions count from 1; whoever can write to the store can write anything. */
function isVersion(version: number): boolean {
  return Number.isSafeInteger(version) && version >= 1;
}

function* releaseHeldMonitoring(row: SqlRow, version: number, typeId: string, id: string): Unit<void> {
  const held = row.held_monitoring;
  if (typeof held === 'string' && number(row, 'held_version') === version) {
    yield* storeMonitoring(version, held, typeId, id);
  }
}

function* storeMonitoring(version: number, monitoring: string, typeId: string, id: string): Unit<void> {
  yield sql(
    `UPDATE kamado_resources SET monitoring_version = ?, monitoring = ?, held_version = 0, held_monitoring = NULL,
     row_revision = row_revision + 1 WHERE type = ? AND id = ?`,
    version,
    monitoring,
    typeId,
    id,
  );
}

function lockedRow({ dialect }: UnitContext, typeId: string, id: string): Unit<SqlRow | undefined> {
  return firstRow(sql(`SELECT * FROM kamado_resources WHERE type = ? AND id = ?${dialect.lockExclusive}`, typeId, id));
}

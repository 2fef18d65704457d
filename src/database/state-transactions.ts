import { type JsonObject, jsonEqual, parseJson } from '../kernel/index.ts';
import type { ResourceType } from '../schema/index.ts';
import { settleFollowUps } from './behaviour/follow-up-transactions.ts';
import { beginReported } from './behaviour/lock-order.ts';
import { type Operation, typeOf } from './context.ts';
import type { MonitoringOutcome, StateOutcome, StateRecord } from './database.ts';
import { runHooks } from './hook-transactions.ts';
import type { TransactionEvent } from './hooks.ts';
import { dropEnded } from './remove-transactions.ts';
import { getResource } from './resource-reads.ts';
import { firstRow, number, type SqlRow, sql, storableText, type TransactionFunction, text } from './sql.ts';
import { settleStatus } from './status-transactions.ts';

/** Applies a state record under the version rules (compatibility S1). */
export function* applyState(
  operation: Operation,
  typeId: string,
  id: string,
  record: StateRecord,
): TransactionFunction<StateOutcome> {
  const type = typeOf(operation, typeId);
  // The row may be removed, or get a follow-up revision.
  yield* beginReported(operation, type, id);
  const row = yield* lockedRow(operation, typeId, id);
  if (row === undefined || !type.versioned) return 'unknown';
  const configVersion = number(row, 'config_version');
  const stateVersion = number(row, 'state_version');
  if (!isVersion(record.version) || record.version > configVersion) return 'refused';
  const afterError = record.version === stateVersion && text(row, 'state_error') !== '';
  if (record.version <= stateVersion && !afterError) return 'stale';

  const reported: JsonObject = { version: record.version, error: record.error, state: record.state };
  yield* runRecordHooks(operation, type, id, 'pre_state_update_in_transaction', reported);
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
    const marked = yield* getResource(operation, typeId, id);
    if (marked !== null && (yield* dropEnded(operation, marked))) return 'removed';
  }
  yield* settleStatus(operation, typeId, id);
  yield* settleFollowUps(operation, typeId, id);
  yield* runRecordHooks(operation, type, id, 'post_state_update_in_transaction', reported);
  return 'applied';
}

/**
 * Applies a monitoring record. A record that comes before the state of its version is held until that state is there.
 */
export function* applyMonitoring(
  operation: Operation,
  typeId: string,
  id: string,
  version: number,
  monitoring: JsonObject,
): TransactionFunction<MonitoringOutcome> {
  const type = typeOf(operation, typeId);
  yield* beginReported(operation, type, id);
  const row = yield* lockedRow(operation, typeId, id);
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
  const reported: JsonObject = { version, monitoring };
  yield* runRecordHooks(operation, type, id, 'pre_monitoring_update_in_transaction', reported);
  yield* storeMonitoring(version, JSON.stringify(monitoring), typeId, id);
  yield* settleStatus(operation, typeId, id);
  yield* settleFollowUps(operation, typeId, id);
  yield* runRecordHooks(operation, type, id, 'post_monitoring_update_in_transaction', reported);
  return 'applied';
}

type RecordEvent = Extract<TransactionEvent, `${'pre' | 'post'}_${'state' | 'monitoring'}_update_in_transaction`>;

/** Runs the hooks of a received record. The resource is read only if there are hooks. */
function* runRecordHooks(
  operation: Operation,
  type: ResourceType,
  id: string,
  event: RecordEvent,
  record: JsonObject,
): TransactionFunction<void> {
  if (!operation.hooks.has(type.id, event)) return;
  const row = yield* getResource(operation, type.id, id);
  if (row !== null) yield* runHooks(operation, type, event, { id, resource: row.body, previous: row.body, record });
}

/** Whether a version is valid: versions count from 1, but any client of the store can write any value. */
function isVersion(version: number): boolean {
  return Number.isSafeInteger(version) && version >= 1;
}

function* releaseHeldMonitoring(row: SqlRow, version: number, typeId: string, id: string): TransactionFunction<void> {
  const held = row.held_monitoring;
  if (typeof held === 'string' && number(row, 'held_version') === version) {
    yield* storeMonitoring(version, held, typeId, id);
  }
}

function* storeMonitoring(version: number, monitoring: string, typeId: string, id: string): TransactionFunction<void> {
  yield sql(
    `UPDATE kamado_resources SET monitoring_version = ?, monitoring = ?, held_version = 0, held_monitoring = NULL,
     row_revision = row_revision + 1 WHERE type = ? AND id = ?`,
    version,
    monitoring,
    typeId,
    id,
  );
}

function lockedRow({ dialect }: Operation, typeId: string, id: string): TransactionFunction<SqlRow | undefined> {
  return firstRow(sql(`SELECT * FROM kamado_resources WHERE type = ? AND id = ?${dialect.lockExclusive}`, typeId, id));
}

import type { Json, JsonObject } from '../kernel/json.ts';
import { limits } from '../kernel/limits.ts';
import type { ResourceType } from '../model/model.ts';
import {
  evaluateStatus,
  type StatusFacts,
  type StatusMachine,
  type StatusRow,
  statusFacts,
} from '../model/status-machine.ts';
import { typeOf, type UnitContext } from './context.ts';
import { selectFrom, toColumn, toRow } from './rows.ts';
import { firstRow, quoted, rows, type SqlValue, sql, text, type Unit } from './sql.ts';
import { tableOf } from './tables.ts';

/** Properties that follow from versions and monitoring. */
const ORCHESTRATION_STATE = 'orchestration_state';
const OPERATIONAL_STATE = 'operational_state';

/** What a status is computed from. */
export interface StatusSubject extends StatusRow {
  readonly body: JsonObject;
}

/** The computed properties that differ from the body's: status, orchestration and operational state. */
export function* computedProperties(
  context: UnitContext,
  type: ResourceType,
  subject: StatusSubject,
): Unit<{ readonly [name: string]: string }> {
  const changes: Record<string, string> = {};
  const machine = type.statusMachine;
  const set = (name: string, value: string | null | undefined): void => {
    const property = type.property.get(name);
    if (value === null || value === undefined || subject.body[name] === value) return;
    // What a schema lets clients write is theirs.
    if (property !== undefined && !property.creatable && !property.updatable) changes[name] = value;
  };
  if (!type.versioned) return changes;
  const own = statusFacts(
    subject,
    type.property.has(OPERATIONAL_STATE),
    String(subject.body[machine?.field ?? ''] ?? ''),
  );
  set(ORCHESTRATION_STATE, own.orchestration_state);
  set(OPERATIONAL_STATE, own.operational_state);
  if (machine !== null) {
    const facts = { ...(yield* relatedFacts(context, type, machine, subject.body)), ...own };
    set(machine.field, evaluateStatus(machine, facts));
  }
  return changes;
}

/**
 * Evaluates a row's status again and stores what changed; then that of the rows whose machine reads it, as far as the
 * limits of a cascade allow.
 * @param changed properties of the row that its caller has changed already, for those who read them
 */
export function* settleStatus(
  context: UnitContext,
  typeId: string,
  id: string,
  changed: readonly string[] = [],
): Unit<void> {
  let level: readonly (readonly [string, string])[] = [
    [typeId, id],
    ...(changed.length === 0 ? [] : yield* dependentsOf(context, typeId, id, changed)),
  ];
  let evaluated = 0;
  for (let depth = 0; depth < limits.statusCascadeDepth && level.length > 0; depth++) {
    const next: (readonly [string, string])[] = [];
    for (const [currentType, currentId] of level) {
      if (++evaluated > limits.statusCascadeResources) return;
      const names = yield* settleOne(context, typeOf(context, currentType), currentId);
      if (names.length > 0) next.push(...(yield* dependentsOf(context, currentType, currentId, names)));
    }
    level = next;
  }
}

function* settleOne(context: UnitContext, type: ResourceType, id: string): Unit<readonly string[]> {
  const statement = `${selectFrom(type)} WHERE t.id = ?${context.dialect.lockExclusive}`;
  const found = yield* firstRow(sql(statement, type.id, id));
  if (found === undefined) return [];
  const changes = yield* computedProperties(context, type, toRow(type, found));
  yield* storeProperties(type, id, changes);
  return Object.keys(changes);
}

/** Writes properties of a row, and counts its revision. */
export function* storeProperties(
  type: ResourceType,
  id: string,
  changes: { readonly [name: string]: Json },
): Unit<void> {
  const names = Object.keys(changes).filter((name) => type.property.has(name));
  if (names.length === 0) return;
  const values: SqlValue[] = names.map((name) => {
    const property = type.property.get(name);
    return property === undefined ? null : toColumn(property, changes[name]);
  });
  const assignments = names.map((name) => `${quoted(name)} = ?`).join(', ');
  yield sql(`UPDATE ${tableOf(type)} SET ${assignments} WHERE id = ?`, ...values, id);
  yield sql('UPDATE kamado_resources SET row_revision = row_revision + 1 WHERE type = ? AND id = ?', type.id, id);
}

/** The statuses of related rows that a machine reads. */
function* relatedFacts(
  context: UnitContext,
  type: ResourceType,
  machine: StatusMachine,
  body: JsonObject,
): Unit<StatusFacts> {
  const facts: Record<string, string> = {};
  for (const [input, { relation, field }] of machine.inputs) {
    const target = type.property.get(relation)?.relation;
    const id = body[relation];
    if (target === null || target === undefined || typeof id !== 'string' || id === '') continue;
    const row = yield* firstRow(
      sql(`SELECT ${quoted(field)} AS value FROM ${tableOf(typeOf(context, target))} WHERE id = ?`, id),
    );
    if (row !== undefined) facts[input] = text(row, 'value');
  }
  return facts;
}

function* dependentsOf(
  { model }: UnitContext,
  typeId: string,
  id: string,
  changed: readonly string[],
): Unit<readonly (readonly [string, string])[]> {
  const dependents: (readonly [string, string])[] = [];
  for (const { type: referrerId, field: relation } of model.referrers.get(typeId) ?? []) {
    const referrer = model.types.get(referrerId);
    const inputs = [...(referrer?.statusMachine?.inputs.values() ?? [])];
    if (referrer === undefined || !inputs.some((i) => i.relation === relation && changed.includes(i.field))) continue;
    const found = yield* rows(
      sql(
        `SELECT id FROM ${tableOf(referrer)} WHERE ${quoted(relation)} = ? LIMIT ?`,
        id,
        limits.statusCascadeResources,
      ),
    );
    dependents.push(...found.map((row) => [referrerId, text(row, 'id')] as const));
  }
  return dependents;
}

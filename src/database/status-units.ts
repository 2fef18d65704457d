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
import type { Row } from './database.ts';
import { type ReferrerRelation, referrersOf } from './reference-units.ts';
import { selectFrom, toColumn, toRow } from './rows.ts';
import { firstRow, quoted, rows, sql, text, type Unit } from './sql.ts';
import { tableOf } from './table-names.ts';

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

/** Evaluates a row's status again and stores what changed; then that of the rows whose machine reads it. */
export function* settleStatus(context: UnitContext, typeId: string, id: string): Unit<void> {
  const type = typeOf(context, typeId);
  const statement = `${selectFrom(type)} WHERE t.id = ?${context.dialect.lockExclusive}`;
  const found = yield* firstRow(sql(statement, type.id, id));
  if (found === undefined) return;
  const changed = yield* settleRow(context, type, toRow(type, found));
  yield* settleDependents(context, typeId, id, changed);
}

/**
 * Evaluates the statuses again that read properties of a row that changed, and so on, as far as the limits of a cascade
 * allow.
 */
export function* settleDependents(
  context: UnitContext,
  typeId: string,
  id: string,
  changed: readonly string[],
): Unit<void> {
  let level: readonly Changed[] = [{ typeId, id, names: changed }];
  let left: number = limits.statusCascadeResources;
  for (let depth = 0; depth < limits.statusCascadeDepth && level.length > 0; depth++) {
    const next: Changed[] = [];
    for (const cause of level) {
      for (const { type, field } of readersOf(context, cause)) {
        const dependents = yield* lockDependents(context, type, field, cause.id, left);
        for (const row of dependents) {
          const names = yield* settleRow(context, type, row);
          if (names.length > 0) next.push({ typeId: type.id, id: row.id, names });
        }
        left -= dependents.length;
      }
    }
    level = next;
  }
}

/** A row whose properties changed. */
interface Changed {
  readonly typeId: string;
  readonly id: string;
  readonly names: readonly string[];
}

/** The relations to a row by which status machines read what changed. */
function readersOf(context: UnitContext, { typeId, names }: Changed): readonly ReferrerRelation[] {
  if (names.length === 0) return [];
  return referrersOf(context, typeOf(context, typeId)).filter(({ type, field }) =>
    [...(type.statusMachine?.inputs.values() ?? [])].some(
      (input) => input.relation === field && names.includes(input.field),
    ),
  );
}

function* lockDependents(
  { dialect }: UnitContext,
  type: ResourceType,
  field: string,
  id: string,
  limit: number,
): Unit<readonly Row[]> {
  const statement = `${selectFrom(type)} WHERE t.${quoted(field)} = ? ORDER BY t.id LIMIT ?${dialect.lockExclusive}`;
  const found = yield* rows(sql(statement, type.id, id, limit));
  return found.map((row) => toRow(type, row));
}

/** Returns the names of the properties that changed. */
function* settleRow(context: UnitContext, type: ResourceType, row: Row): Unit<readonly string[]> {
  const changes = yield* computedProperties(context, type, row);
  const names = Object.keys(changes);
  if (names.length === 0) return names;
  yield* storeColumns(type, row.id, changes);
  yield sql('UPDATE kamado_resources SET row_revision = row_revision + 1 WHERE type = ? AND id = ?', type.id, row.id);
  return names;
}

/**
 * Writes properties of a row; its revision is counted by the caller.
 * @param make how often there is a statement for just these properties: a client can change any together
 */
export function* storeColumns(
  type: ResourceType,
  id: string,
  changes: { readonly [name: string]: Json },
  make: typeof sql = sql,
): Unit<void> {
  const columns = type.properties.filter(({ name }) => Object.hasOwn(changes, name) && name !== 'id');
  if (columns.length === 0) return;
  const assignments = columns.map(({ name }) => `${quoted(name)} = ?`).join(', ');
  const values = columns.map((property) => toColumn(property, changes[property.name]));
  yield make(`UPDATE ${tableOf(type)} SET ${assignments} WHERE id = ?`, ...values, id);
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

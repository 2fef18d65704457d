import { type JsonObject, limits } from '../kernel/index.ts';
import {
  evaluateStatus,
  type Model,
  type ResourceType,
  type StatusFacts,
  type StatusMachine,
  type StatusRow,
  statusFacts,
} from '../schema/index.ts';
import { settleFollowUps } from './behaviour/follow-up-transactions.ts';
import { type Operation, type TransactionContext, typeOf } from './context.ts';
import { lockResource, lockWhere } from './resource-reads.ts';
import type { Row } from './resource-row.ts';
import { firstRow, quoted, sql, type TransactionFunction, text } from './sql.ts';
import { storeRow } from './store-row.ts';
import { tableOf } from './table-names.ts';

/** The properties that are derived from versions and monitoring. */
const ORCHESTRATION_STATE = 'orchestration_state';
const OPERATIONAL_STATE = 'operational_state';

/** The input of a status computation. */
export interface StatusSubject extends StatusRow {
  readonly body: JsonObject;
}

/** The computed properties that differ from the body's: status, orchestration and operational state. */
export function* computedProperties(
  context: TransactionContext,
  type: ResourceType,
  subject: StatusSubject,
): TransactionFunction<{ readonly [name: string]: string }> {
  const changes: Record<string, string> = {};
  const machine = type.statusMachine;
  const set = (name: string, value: string | null | undefined): void => {
    const property = type.property.get(name);
    if (value === null || value === undefined || subject.body[name] === value) return;
    // A property that a schema lets clients write is not computed.
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

/** Evaluates a row's status again and stores the changes. Then evaluates the rows whose status machine reads it. */
export function* settleStatus(operation: Operation, typeId: string, id: string): TransactionFunction<void> {
  const type = typeOf(operation, typeId);
  const row = yield* lockResource(operation, typeId, id);
  if (row === null) return;
  const changed = yield* settleRow(operation, type, row);
  yield* settleDependents(operation, typeId, id, changed);
}

/**
 * Evaluates again the statuses that read properties of a changed row, then those that read these, and so on, as far as
 * the limits of a cascade allow. Then evaluates the follow-up revisions that depend on these statuses.
 */
export function* settleDependents(
  operation: Operation,
  typeId: string,
  id: string,
  changed: readonly string[],
): TransactionFunction<void> {
  let level: readonly Changed[] = [{ typeId, id, names: changed }];
  let left: number = limits.statusCascadeResources;
  const settled: Changed[] = [];
  for (let depth = 0; depth < limits.statusCascadeDepth && level.length > 0; depth++) {
    const next: Changed[] = [];
    for (const cause of level) {
      for (const { type, field } of readersOf(operation, cause)) {
        const dependents = yield* lockWhere(operation, type, field, cause.id, left);
        for (const row of dependents) {
          const names = yield* settleRow(operation, type, row);
          if (names.length > 0) next.push({ typeId: type.id, id: row.id, names });
        }
        left -= dependents.length;
      }
    }
    settled.push(...next);
    level = next;
  }
  for (const one of settled) yield* settleFollowUps(operation, one.typeId, one.id);
}

/** A row whose properties changed. */
interface Changed {
  readonly typeId: string;
  readonly id: string;
  readonly names: readonly string[];
}

/** A property through which status machines of a type read resources of another type. */
interface Reader {
  readonly type: ResourceType;
  readonly field: string;
}

/** The types and fields whose status machines read a changed property. */
function readersOf({ model }: TransactionContext, { typeId, names }: Changed): readonly Reader[] {
  if (names.length === 0) return [];
  const known = readersByModel.get(model) ?? allReaders(model);
  readersByModel.set(model, known);
  const readers = (known.get(typeId) ?? []).filter(({ reads }) => names.includes(reads));
  return [...new Map(readers.map((reader) => [`${reader.type.id} ${reader.field}`, reader])).values()];
}

const readersByModel = new WeakMap<Model, ReadonlyMap<string, readonly (Reader & { readonly reads: string })[]>>();

function allReaders(model: Model) {
  const readers = new Map<string, (Reader & { readonly reads: string })[]>();
  for (const type of model.types.values()) {
    for (const { relation, type: declared, field } of type.statusMachine?.inputs.values() ?? []) {
      const target = declared ?? type.property.get(relation)?.relation;
      if (!type.routed || target === null || target === undefined) continue;
      readers.set(target, [...(readers.get(target) ?? []), { type, field: relation, reads: field }]);
    }
  }
  return readers;
}

/** Stores a row's computed properties. Returns the names of those that changed. */
function* settleRow(context: TransactionContext, type: ResourceType, row: Row): TransactionFunction<readonly string[]> {
  const changes = yield* computedProperties(context, type, row);
  const names = Object.keys(changes);
  if (names.length === 0) return names;
  yield* storeRow(type, row.id, changes);
  return names;
}

/** The statuses of related rows that a machine reads. */
function* relatedFacts(
  context: TransactionContext,
  type: ResourceType,
  machine: StatusMachine,
  body: JsonObject,
): TransactionFunction<StatusFacts> {
  const facts: Record<string, string> = {};
  for (const [input, { relation, field, type: declared }] of machine.inputs) {
    const target = declared ?? type.property.get(relation)?.relation;
    const id = body[relation];
    if (target === null || target === undefined || typeof id !== 'string' || id === '') continue;
    const row = yield* firstRow(
      sql(`SELECT ${quoted(field)} AS value FROM ${tableOf(typeOf(context, target))} WHERE id = ?`, id),
    );
    if (row !== undefined) facts[input] = text(row, 'value');
  }
  return facts;
}

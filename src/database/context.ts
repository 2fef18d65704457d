import { kamadoError } from '../kernel/errors.ts';
import type { JsonObject } from '../kernel/json.ts';
import { limits } from '../kernel/limits.ts';
import type { Runtime } from '../kernel/runtime.ts';
import type { Model, ResourceType } from '../model/model.ts';
import type { Caller, Row } from './database.ts';
import type { TransactionHooks } from './hooks.ts';
import type { Dialect, Unit } from './sql.ts';

/** What every unit knows. */
export interface UnitContext {
  readonly model: Model;
  readonly dialect: Dialect;
  readonly runtime: Runtime;
  readonly hooks: TransactionHooks;
  readonly writes: ResourceWrites;
}

/** How resources are written: by requests, and by what these cause. */
export interface ResourceWrites {
  /** Makes a resource. `explicit`: properties that stand as they are given, whatever is computed for them. */
  readonly create: (
    operation: Operation,
    type: ResourceType,
    id: string,
    given: JsonObject,
    explicit: ReadonlySet<string>,
  ) => Unit<Row>;
  /** Makes a new version of a row that is locked. `untouched`: properties that nothing is computed for. */
  readonly change: (
    operation: Operation,
    type: ResourceType,
    row: Row,
    patch: JsonObject,
    untouched: ReadonlySet<string>,
  ) => Unit<Row>;
  /** Removes or marks a row that is locked, whoever manages it. */
  readonly remove: (operation: Operation, type: ResourceType, row: Row, going: Set<string>) => Unit<RemovalOutcome>;
}

export type RemovalOutcome = 'marked' | 'removed';

/** A transaction that writes resources: who caused it, and what it may still do. */
export interface Operation extends UnitContext {
  readonly caller: Caller;
  /** After a constraint was violated: looks what is in the way before it writes. */
  readonly diagnose: boolean;
  readonly budget: { resources: number };
}

/** Begins a transaction that writes resources; for each run of the unit a new one. */
export function operationOf(context: UnitContext, caller: Caller, diagnose = false): Operation {
  return { ...context, caller, diagnose, budget: { resources: limits.transactionResources } };
}

/** Counts a resource that the transaction writes. @throws TRANSACTION_TOO_LARGE */
export function countResource({ budget }: Operation): void {
  budget.resources--;
  if (budget.resources < 0) throw kamadoError('TRANSACTION_TOO_LARGE', { limit: limits.transactionResources });
}

/** The type of that id. @throws TYPE_UNKNOWN */
export function typeOf({ model }: UnitContext, id: string): ResourceType {
  const type = model.types.get(id);
  if (type === undefined) throw kamadoError('TYPE_UNKNOWN', { type: id });
  return type;
}

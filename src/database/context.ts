import { type JsonObject, kamadoError, limits, type Runtime } from '../kernel/index.ts';
import type { Model, ResourceType } from '../schema/index.ts';
import type { TransactionHooks } from './hooks.ts';
import type { Caller, Row } from './resource-row.ts';
import type { Dialect, Isolation, TransactionFunction } from './sql.ts';

/** The facts and ports that every transaction function uses. */
export interface TransactionContext {
  readonly model: Model;
  readonly dialect: Dialect;
  /** The isolation of transactions that write resources. */
  readonly isolation: Exclude<Isolation, 'alone'>;
  readonly runtime: Runtime;
  readonly hooks: TransactionHooks;
  readonly writes: ResourceWrites;
}

/** The writes of resources: those that requests ask for, and those that these cause. */
export interface ResourceWrites {
  /** Makes a resource. `explicit`: properties that keep their given values, whatever the type computes for them. */
  readonly create: (
    operation: Operation,
    type: ResourceType,
    id: string,
    given: JsonObject,
    explicit: ReadonlySet<string>,
  ) => TransactionFunction<Row>;
  /** Makes a new version of a locked row. `untouched`: properties that nothing is computed for. */
  readonly change: (
    operation: Operation,
    type: ResourceType,
    row: Row,
    patch: JsonObject,
    untouched: ReadonlySet<string>,
  ) => TransactionFunction<Row>;
  /** Removes or marks a locked row, even if another resource manages it. */
  readonly remove: (
    operation: Operation,
    type: ResourceType,
    row: Row,
    deletionSet: Set<string>,
  ) => TransactionFunction<RemovalOutcome>;
}

export type RemovalOutcome = 'marked' | 'removed';

/** A transaction that writes resources: its caller, and how many resources and nested writes are left to it. */
export interface Operation extends TransactionContext {
  readonly caller: Caller;
  /** Whether an earlier attempt violated a constraint: this one then looks for the conflicting row before it writes. */
  readonly diagnose: boolean;
  readonly budget: { resources: number; depth: number };
}

/** Begins a transaction that writes resources. Each run of the transaction function begins a new one. */
export function operationOf(
  context: TransactionContext,
  caller: Caller,
  diagnose = false,
  resources: number = limits.transactionResources,
): Operation {
  return { ...context, caller, diagnose, budget: { resources, depth: limits.transactionDepth } };
}

/** Counts resources that the transaction writes. @throws TRANSACTION_TOO_LARGE */
export function countResource({ budget }: Operation, count = 1): void {
  budget.resources -= count;
  if (budget.resources < 0) throw kamadoError('TRANSACTION_TOO_LARGE', { limit: limits.transactionResources });
}

/** Runs a write that another one caused. @throws TRANSACTION_TOO_DEEP */
export function* caused<Result>(
  { budget }: Operation,
  { id }: ResourceType,
  write: TransactionFunction<Result>,
): TransactionFunction<Result> {
  if (budget.depth === 0) throw kamadoError('TRANSACTION_TOO_DEEP', { type: id, limit: limits.transactionDepth });
  budget.depth--;
  try {
    return yield* write;
  } finally {
    budget.depth++;
  }
}

/** Returns the type of that id. @throws TYPE_UNKNOWN */
export function typeOf({ model }: TransactionContext, id: string): ResourceType {
  const type = model.types.get(id);
  if (type === undefined) throw kamadoError('TYPE_UNKNOWN', { type: id });
  return type;
}

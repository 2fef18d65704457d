import type { Json, JsonObject } from '../kernel/index.ts';
import type { Caller, Row } from './resource-row.ts';
import type { TransactionFunction } from './sql.ts';

/**
 * What a hook may do inside of a transaction: nothing but this, so that a connection is never held by somebody's wait.
 * Each is to be delegated to: `const port = yield* tx.get('port', id)`. Everything that a request causes (checks of
 * references, behaviour, hooks, events, versions) happens here as well; what throws undoes the whole transaction.
 */
export interface Transaction {
  readonly get: (type: string, id: string) => TransactionFunction<Row | null>;
  /** The rows whose fields have these values, by id; at most `limits.transactionListRows`. */
  readonly list: (type: string, where: { readonly [field: string]: Json }) => TransactionFunction<readonly Row[]>;
  /** Makes a resource; `body` may hold any property of the type, null meaning no value whatever the default. */
  readonly create: (type: string, body: JsonObject) => TransactionFunction<Row>;
  /** Merges a patch, also of properties that no client can set, and makes a new version. */
  readonly update: (type: string, id: string, patch: JsonObject) => TransactionFunction<Row>;
  /** Deletes or marks. */
  readonly remove: (type: string, id: string) => TransactionFunction<void>;
}

/** The moments inside of a transaction at which a type's hooks run (compatibility A7). */
export const transactionEvents = [
  'pre_create_in_transaction',
  'post_create_in_transaction',
  'pre_update_in_transaction',
  'post_update_in_transaction',
  'pre_delete_in_transaction',
  'post_delete_in_transaction',
  'pre_state_update_in_transaction',
  'post_state_update_in_transaction',
  'pre_monitoring_update_in_transaction',
  'post_monitoring_update_in_transaction',
] as const;
export type TransactionEvent = (typeof transactionEvents)[number];

/** What a hook is told. */
export interface HookSubject {
  readonly caller: Caller;
  readonly id: string;
  /** The resource: before the write what it is to be, after it what it is. */
  readonly resource: JsonObject;
  /** What it was; null for a new one. */
  readonly previous: JsonObject | null;
  /** The state or monitoring record that came in, at those events; else null. */
  readonly record: JsonObject | null;
}

/** The hooks of a catalogue that run inside of transactions. */
export interface TransactionHooks {
  readonly has: (type: string, event: TransactionEvent) => boolean;
  /** Whether there may be hooks outside of transactions as well, which begin transactions of their own. */
  readonly outside?: boolean;
  /**
   * Runs the type's hooks of that event, in order. Returns the properties that a `pre_` hook of a create, an update or a
   * deletion wants set besides, or null.
   */
  readonly run: (
    type: string,
    event: TransactionEvent,
    subject: HookSubject,
    tx: Transaction,
  ) => TransactionFunction<JsonObject | null>;
}

/** Of a catalogue without hooks: none is ever run. */
export const noHooks: TransactionHooks = {
  has: () => false,
  run: () => {
    throw new Error('There are no hooks.');
  },
};

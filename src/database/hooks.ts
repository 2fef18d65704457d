import type { Json, JsonObject } from '../kernel/index.ts';
import type { Caller, Row } from './resource-row.ts';
import type { TransactionFunction } from './sql.ts';

/**
 * The operations that a hook may use inside of a transaction. There are no others, so that a hook can't hold a
 * connection while it waits for something else. Each is delegated to: `const port = yield* tx.get('port', id)`.
 * Everything that a request causes (checks of references, behaviour, hooks, events, versions) happens here as well. An
 * exception undoes the whole transaction.
 */
export interface Transaction {
  readonly get: (type: string, id: string) => TransactionFunction<Row | null>;
  /** Returns the rows whose fields have these values, by id; at most `limits.transactionListRows`. */
  readonly list: (type: string, where: { readonly [field: string]: Json }) => TransactionFunction<readonly Row[]>;
  /** Makes a resource. `body` may hold any property of the type. null means no value, whatever the default. */
  readonly create: (type: string, body: JsonObject) => TransactionFunction<Row>;
  /** Merges a patch, also of properties that no client can set, and makes a new version. */
  readonly update: (type: string, id: string, patch: JsonObject) => TransactionFunction<Row>;
  /** Deletes or marks a resource. */
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

/** The facts that a hook receives. */
export interface HookSubject {
  readonly caller: Caller;
  readonly id: string;
  /** The resource: before a write the body that is to be written, after it the written body. */
  readonly resource: JsonObject;
  /** The body before the change. null for a new resource. */
  readonly previous: JsonObject | null;
  /** The state or monitoring record that was received, at the events of records. Otherwise null. */
  readonly record: JsonObject | null;
}

/** The hooks of a catalogue that run inside of transactions. */
export interface TransactionHooks {
  readonly has: (type: string, event: TransactionEvent) => boolean;
  /** Whether there may also be hooks outside of transactions, which begin transactions of their own. */
  readonly outside?: boolean;
  /**
   * Runs the type's hooks of that event, in order. Returns the properties that a `pre_` hook of a create, an update or
   * a deletion sets in addition, or null.
   */
  readonly run: (
    type: string,
    event: TransactionEvent,
    subject: HookSubject,
    tx: Transaction,
  ) => TransactionFunction<JsonObject | null>;
}

/** The hooks of a catalogue that has none. */
export const noHooks: TransactionHooks = {
  has: () => false,
  run: () => {
    throw new Error('There are no hooks.');
  },
};

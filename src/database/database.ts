import type { Json, JsonObject, Storage } from '../kernel/index.ts';
import type { Transaction } from './hooks.ts';
import type { Caller, Row } from './resource-row.ts';
import type { TransactionFunction } from './sql.ts';

/** The caller of everything that the application does by itself, and of requests as long as there is no identity. */
export const systemCaller: Caller = { user: 'admin', tenant: null, roles: ['admin'] };

/** The query of a list. Every name in it was checked against the type. */
export interface ListQuery {
  /** Field → accepted values (any of them). */
  readonly filters: ReadonlyMap<string, readonly Json[]>;
  /** Fields whose filter is a substring. */
  readonly searchFields: readonly string[];
  /** Whether one matching filter is enough. */
  readonly anyOf: boolean;
  readonly sortKey: string;
  readonly sortOrder: 'asc' | 'desc';
  readonly limit: number;
  readonly offset: number;
  /** The page that an answer shows. Absent: whole rows, up to `limit`. */
  readonly page?: PageBounds;
}

/** The part of a list that is read for an answer. */
export interface PageBounds {
  /** Rows are read until they hold this many bytes, but at least one row. */
  readonly mostBytes: number;
  /** The properties that are read, besides the id. null: all. Reported states are not read. */
  readonly properties: ReadonlySet<string> | null;
}

export interface ListResult {
  /** The body of each row is decoded on first access: decoding many at once would block the event loop. */
  readonly rows: readonly Row[];
  /** The approximate size of each row. */
  readonly bytes: readonly number[];
  /** Matching rows, regardless of limit and offset. */
  readonly total: number;
}

/** An event that waits to be mirrored to the store. */
export interface ConfigEvent {
  /** The position in the queue. It grows with the commits of one resource and of the resources that it refers to. */
  readonly id: number;
  readonly type: string;
  readonly resourceId: string;
  /** 'put' carries body, version and mark. 'delete': the row is gone. */
  readonly action: 'put' | 'delete';
  /** The body as JSON text with sorted keys, as it was committed. Empty for 'delete'. */
  readonly body: string;
  readonly version: number;
  readonly markedForDeletion: boolean;
  /** The key, if the type has a projection of its own in the store; `body` is then the value. Otherwise null. */
  readonly key: string | null;
}

/** A state or monitoring record of the store, parsed. */
export interface StateRecord {
  readonly version: number;
  readonly error: string;
  readonly state: JsonObject;
}

/** The outcome of a state record (compatibility S1). */
export type StateOutcome = 'applied' | 'stale' | 'refused' | 'removed' | 'unknown';

/** The outcome of a monitoring record. 'held': it waits for the state of its version. */
export type MonitoringOutcome = 'applied' | 'held' | 'stale' | 'refused' | 'unknown';

/** A change of an existing row that a client requests. */
export interface Change {
  readonly type: string;
  readonly id: string;
  /** The merge patch: objects merge recursively, arrays and scalars are replaced, null sets null. Already validated. */
  readonly patch: JsonObject;
  /** If-Match: the config version that the client saw, or null. */
  readonly expectedVersion: number | null;
}

/**
 * The system of record. Each call is one transaction, which is durable when the call resolves. A write and its event
 * are committed together. Errors, besides those named: DATABASE_UNAVAILABLE, DATABASE_BUSY, OVERLOADED, STORAGE_FULL.
 */
export interface Database {
  /** The id of this installation, made together with the database. The store carries the same id. */
  readonly clusterId: string;
  /** Whether the storage is full. Absent if it never is. */
  readonly storage?: Storage;

  /**
   * Inserts a row and its event, and runs the behaviour of its type (docs/behaviour.md). `body` is validated and has
   * its defaults. Returns the body as committed: the given values, the computed values, and the status that the status
   * machine yields.
   * @throws RELATED_NOT_FOUND, RELATED_MARKED, DUPLICATE_VALUE, POOL_EXHAUSTED, POOL_NUMBER_TAKEN, COUNTER_EXHAUSTED,
   * TRANSACTION_TOO_LARGE, TRANSACTION_TOO_DEEP; VALIDATION_FAILED if a value is too long for an index, or is not a
   * number of its pool
   */
  readonly create: (caller: Caller, type: string, id: string, body: JsonObject) => Promise<Row>;
  readonly get: (caller: Caller, type: string, id: string) => Promise<Row | null>;
  readonly list: (caller: Caller, type: string, query: ListQuery) => Promise<ListResult>;
  /** @throws RESOURCE_NOT_FOUND, RESOURCE_MARKED, VERSION_CONFLICT, and all that `create` throws */
  readonly update: (caller: Caller, change: Change) => Promise<Row>;
  /**
   * Marks a row (two-step types) or removes it, together with the rows that refer to it by `on_delete_cascade`. Marking
   * a marked row again changes nothing, unless its deletion failed: then the row gets a new version, which starts the
   * deletion again.
   * @throws RESOURCE_NOT_FOUND, RESOURCE_IN_USE, RESOURCE_MANAGED, VERSION_CONFLICT
   */
  readonly remove: (
    caller: Caller,
    type: string,
    id: string,
    expectedVersion: number | null,
  ) => Promise<'marked' | 'removed'>;

  /**
   * Runs a transaction of several reads and writes, with all that these cause. An exception undoes it. After a conflict
   * it may be run again from its start.
   * @throws all that the writes throw, and TRANSACTION_TOO_LARGE
   */
  readonly transaction: <Result>(
    caller: Caller,
    body: (tx: Transaction) => TransactionFunction<Result>,
  ) => Promise<Result>;

  /**
   * Applies a state that a worker or the controller reported: versions, status, dependents, and the removal of the row.
   * A marked row that others still refer to is removed together with the last of them.
   */
  readonly applyState: (type: string, id: string, record: StateRecord) => Promise<StateOutcome>;
  /** Applies or holds a monitoring record of a collector. */
  readonly applyMonitoring: (
    type: string,
    id: string,
    version: number,
    monitoring: JsonObject,
  ) => Promise<MonitoringOutcome>;

  /**
   * Returns the first events of the queue, except those in `done`, which are processed but not removed yet. At most
   * `limit`, and no more than a transaction of the store holds, but at least one if there are any.
   */
  readonly nextEvents: (done: readonly number[], limit: number) => Promise<readonly ConfigEvent[]>;
  /** Removes processed events, and records how many were mirrored in all. It may join the commit of another write. */
  readonly removeEvents: (done: readonly number[], mirrored: number) => Promise<void>;
  /** The number of events that were mirrored in all, as far as the database was notified. */
  readonly mirroredEvents: () => Promise<number>;
  /** Calls `listener` after each commit that may have added an event, also of other processes. */
  readonly onEvents: (listener: () => void) => () => void;
  /**
   * Returns rows of a type as the events that would create them, for a repair. They are ordered by id and begin after
   * `afterId`. At most `limit`, and no more than a transaction of the store holds, but at least one if there are any.
   */
  readonly snapshot: (type: string, afterId: string, limit: number) => Promise<readonly ConfigEvent[]>;

  /** Small facts about the installation, by name. */
  readonly getMeta: (name: string) => Promise<string | null>;
  readonly setMeta: (name: string, value: string) => Promise<void>;

  readonly close: () => Promise<void>;
}

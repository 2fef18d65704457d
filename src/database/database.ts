import type { Json, JsonObject, Storage } from '../kernel/index.ts';
import type { Transaction } from './hooks.ts';
import type { Caller, Row } from './resource-row.ts';
import type { TransactionFunction } from './sql.ts';

/** The caller of everything that the house does on its own behalf, and of requests while there is no identity. */
export const systemCaller: Caller = { user: 'admin', tenant: null, roles: ['admin'] };

/** What a list asks for; every name was checked against the type. */
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
  /** Where the list is to be shown; absent: whole rows, as many as asked for. */
  readonly page?: PageBounds;
}

/** What of a list is read for an answer. */
export interface PageBounds {
  /** Rows are read until they hold so many bytes, but one at least. */
  readonly mostBytes: number;
  /** The properties that are read, and the id; null: all. What was reported about the rows isn't read. */
  readonly properties: ReadonlySet<string> | null;
}

export interface ListResult {
  /** The body of each is decoded when it is first looked at: many at once would hold the event loop. */
  readonly rows: readonly Row[];
  /** About what each row holds. */
  readonly bytes: readonly number[];
  /** Matching rows, regardless of limit and offset. */
  readonly total: number;
}

/** An event that waits to be mirrored to the store. */
export interface ConfigEvent {
  /** Its place in the queue; grows with the commits of one resource and of what it refers to. */
  readonly id: number;
  readonly type: string;
  readonly resourceId: string;
  /** 'put' carries body, version and mark; 'delete': the row is gone. */
  readonly action: 'put' | 'delete';
  /** The body as JSON text with sorted keys, as it was committed. Empty for 'delete'. */
  readonly body: string;
  readonly version: number;
  readonly markedForDeletion: boolean;
  /** The key of a type with a form of its own in the store, whose value is `body` as it stands; else null. */
  readonly key: string | null;
}

/** A state or monitoring record of the store, parsed. */
export interface StateRecord {
  readonly version: number;
  readonly error: string;
  readonly state: JsonObject;
}

/** What became of a state record (compatibility S1). */
export type StateOutcome = 'applied' | 'stale' | 'refused' | 'removed' | 'unknown';

/** What became of a monitoring record; 'held' waits for its state. */
export type MonitoringOutcome = 'applied' | 'held' | 'stale' | 'refused' | 'unknown';

/** A change of an existing row asked for by a client. */
export interface Change {
  readonly type: string;
  readonly id: string;
  /** Merged: objects recursively, arrays and scalars replaced, null sets null. Already validated. */
  readonly patch: JsonObject;
  /** If-Match: the config version that the client saw, or null. */
  readonly expectedVersion: number | null;
}

/**
 * The system of record. Each call is one transaction, durable when it resolves; a write and its event are one.
 * Errors, besides those named: DATABASE_UNAVAILABLE, DATABASE_BUSY, OVERLOADED, STORAGE_FULL.
 */
export interface Database {
  /** The id of this installation, made with the database; the store carries the same. */
  readonly clusterId: string;
  /** Whether it is full; absent where it never is. */
  readonly storage?: Storage;

  /**
   * Inserts a row and its event, and does what its type does by itself (docs/behaviour.md). `body` is validated and
   * has its defaults. Returns the body as committed: what was set, what was computed, and the status that its machine gives.
   * @throws RELATED_NOT_FOUND, RELATED_MARKED, DUPLICATE_VALUE, POOL_EXHAUSTED, POOL_NUMBER_TAKEN, COUNTER_EXHAUSTED,
   * TRANSACTION_TOO_LARGE, TRANSACTION_TOO_DEEP; VALIDATION_FAILED where a value is too long for an index, or none of its pool
   */
  readonly create: (caller: Caller, type: string, id: string, body: JsonObject) => Promise<Row>;
  readonly get: (caller: Caller, type: string, id: string) => Promise<Row | null>;
  readonly list: (caller: Caller, type: string, query: ListQuery) => Promise<ListResult>;
  /** @throws RESOURCE_NOT_FOUND, RESOURCE_MARKED, VERSION_CONFLICT, and what `create` throws */
  readonly update: (caller: Caller, change: Change) => Promise<Row>;
  /**
   * Marks a row (two-step types) or removes it, with the rows that refer to it by `on_delete_cascade`. Marking a marked
   * row again changes nothing, unless its deletion failed: then it gets a new version, which starts again.
   * @throws RESOURCE_NOT_FOUND, RESOURCE_IN_USE, RESOURCE_MANAGED, VERSION_CONFLICT
   */
  readonly remove: (
    caller: Caller,
    type: string,
    id: string,
    expectedVersion: number | null,
  ) => Promise<'marked' | 'removed'>;

  /**
   * Runs a transaction of several reads and writes, with all that these cause; what it throws undoes it. It may be run
   * again from its start after a conflict.
   * @throws what the writes throw, and TRANSACTION_TOO_LARGE
   */
  readonly transaction: <Result>(
    caller: Caller,
    unit: (tx: Transaction) => TransactionFunction<Result>,
  ) => Promise<Result>;

  /**
   * Applies a state that a worker or the controller reported: versions, status, dependents, the row's end. A marked row
   * that others still refer to goes with the last of them.
   */
  readonly applyState: (type: string, id: string, record: StateRecord) => Promise<StateOutcome>;
  /** Applies or holds what a collector reported. */
  readonly applyMonitoring: (
    type: string,
    id: string,
    version: number,
    monitoring: JsonObject,
  ) => Promise<MonitoringOutcome>;

  /**
   * The first events of the queue, but for those that are named: they are done, though not removed yet. Up to `limit`, and
   * no more than a transaction of the store holds, but one if there are any.
   */
  readonly nextEvents: (done: readonly number[], limit: number) => Promise<readonly ConfigEvent[]>;
  /** Removes events that are done, and notes how many were mirrored in all. It may join the commit of another write. */
  readonly removeEvents: (done: readonly number[], mirrored: number) => Promise<void>;
  /** How many events were mirrored in all, as far as the database was told. */
  readonly mirroredEvents: () => Promise<number>;
  /** Calls `listener` after each commit that may have added an event, also of other processes. */
  readonly onEvents: (listener: () => void) => () => void;
  /**
   * Rows of a type as events that would make them, ordered by id, after `afterId`: for a repair. Up to `limit`, and no more
   * than a transaction of the store holds, but one if there are any.
   */
  readonly snapshot: (type: string, afterId: string, limit: number) => Promise<readonly ConfigEvent[]>;

  /** Small facts of the installation, by name. */
  readonly getMeta: (name: string) => Promise<string | null>;
  readonly setMeta: (name: string, value: string) => Promise<void>;

  readonly close: () => Promise<void>;
}

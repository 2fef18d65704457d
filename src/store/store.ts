import type { Storage } from '../kernel/index.ts';

/** Keys from `from`, up to but without `to`; without `to`, the one key `from`. */
export interface KeyRange {
  readonly from: string;
  readonly to?: string;
}

/** A key with its value and its history, as etcd v3 keeps it. */
export interface KeyValue {
  readonly key: string;
  readonly value: string;
  /** The revision that created the key (again, after its last deletion). */
  readonly createRevision: number;
  /** The revision of its last change. */
  readonly modRevision: number;
  /** 1 when created, one more with each put. */
  readonly version: number;
  /** The lease that the key dies with, or null. */
  readonly lease: string | null;
}

/**
 * A condition of a transaction. A key that doesn't exist has create revision, mod revision and version 0, and a compare
 * of its value never holds. A key without a lease compares as lease '0'.
 */
export type Compare =
  | {
      readonly key: string;
      readonly target: 'createRevision' | 'modRevision' | 'version';
      readonly is: '=' | '!=' | '<' | '>';
      readonly value: number;
    }
  | { readonly key: string; readonly target: 'value'; readonly is: '=' | '!='; readonly value: string }
  | { readonly key: string; readonly target: 'lease'; readonly is: '=' | '!='; readonly value: string };

/**
 * An operation of a transaction. It sees the effects of the earlier ones. Two writes of one key in one branch are
 * refused, except two deletes. Keys are ASCII and not empty; values are well-formed Unicode.
 */
export type Operation =
  | { readonly type: 'put'; readonly key: string; readonly value: string; readonly lease?: string }
  | { readonly type: 'delete'; readonly range: KeyRange }
  | { readonly type: 'get'; readonly range: KeyRange };

/** If every compare holds, `success` is executed, otherwise `failure`: all of it, or nothing. */
export interface Transaction {
  readonly compare?: readonly Compare[];
  readonly success: readonly Operation[];
  readonly failure?: readonly Operation[];
}

/** The result of one operation, in the transaction's order. */
export type OperationResult =
  | { readonly type: 'put' }
  | { readonly type: 'delete'; readonly deleted: number }
  | { readonly type: 'get'; readonly entries: readonly KeyValue[] };

export interface TransactionResult {
  readonly succeeded: boolean;
  /** The store's revision after the transaction: its own, if it wrote. */
  readonly revision: number;
  readonly results: readonly OperationResult[];
}

export interface GetOptions {
  /** Reads as of that revision. One before the compact revision, or in the future, is refused with STORE_REFUSED. */
  readonly revision?: number;
  readonly limit?: number;
  readonly keysOnly?: boolean;
  /**
   * By key (the default), or by mod revision and then key. With a limit, the choice among keys of one revision is
   * undefined.
   */
  readonly sort?: 'key' | 'modRevision';
}

export interface GetResult {
  /** The entries in the requested order. */
  readonly entries: readonly KeyValue[];
  /** The revision of this read: the requested one or the store's. A watch can begin at the next one. */
  readonly revision: number;
  /** The number of all keys in the range, also beyond the limit. */
  readonly count: number;
}

/** One change of a key. A deletion has the key's last value in `previous` if the watch requested it. */
export type StoreEvent =
  | { readonly type: 'put'; readonly entry: KeyValue; readonly previous: KeyValue | null }
  | {
      readonly type: 'delete';
      readonly key: string;
      readonly modRevision: number;
      readonly previous: KeyValue | null;
    };

export interface WatchOptions {
  /** The first revision that is delivered. Absent: changes from now on, including all later writes of this client. */
  readonly fromRevision?: number;
  /** Whether events carry the key's previous value. */
  readonly previous?: boolean;
}

/**
 * The receiver of a watch. Calls come one after the other, in order of revisions. All events of one revision come in
 * one call, those of one transaction in its order. A lost connection is resumed automatically, without a gap or a
 * repeat.
 */
export interface Watcher {
  readonly onEvents: (events: readonly StoreEvent[], revision: number) => void;
  /**
   * The history that the watch needs is gone: its next revision isn't after the compact revision. The watch has ended:
   * list, compare, watch again.
   */
  readonly onCompacted: (compactRevision: number) => void;
  /**
   * The store has gone back to an older state, and is at that revision now: delivered changes may be lost. The watch
   * has ended: drop the cache, list, watch again. If it is absent, `onCompacted` is called instead.
   */
  readonly onRewound?: (revision: number) => void;
}

export interface Watch {
  /** Ends the watch. No event is delivered after it. */
  readonly close: () => void;
}

/** A lease that its holder keeps alive until `close`. Keys put with its id are deleted with it. */
export interface Lease {
  readonly id: string;
  /**
   * Aborts when the lease is or may be lost, when the store has gone back to an older state, or when it is closed: the
   * holder has to stop its work. It doesn't abort on the holder's own `close`.
   */
  readonly lost: AbortSignal;
  /** Stops the renewal and gives the lease back: its keys are deleted at once. */
  readonly close: () => Promise<void>;
}

/**
 * The coordination store: the semantics of etcd v3, without knowledge of jobs. Errors of each call: STORE_UNAVAILABLE
 * (the outcome of a pending write is unknown), STORE_REFUSED, STORE_TOO_LARGE, STORAGE_FULL (nothing was written),
 * OVERLOADED.
 */
export interface Store {
  /** Whether it is full; absent if it never is. */
  readonly storage?: Storage;
  readonly get: (range: KeyRange, options?: GetOptions) => Promise<GetResult>;
  readonly transact: (transaction: Transaction) => Promise<TransactionResult>;
  readonly watch: (range: KeyRange, options: WatchOptions, watcher: Watcher) => Watch;
  /** Grants a lease and renews it. The store may round `ttlMs` up. */
  readonly lease: (ttlMs: number) => Promise<Lease>;
  /** Removes the history before `revision`, which itself can still be read. Does nothing if it is removed already. */
  readonly compact: (revision: number) => Promise<void>;
  /** Ends the watches, gives the leases back and refuses all later calls. */
  readonly close: () => Promise<void>;
}

/** The range of one key. */
export function oneKey(key: string): KeyRange {
  return { from: key };
}

/** The range of all keys that start with `prefix`; the empty prefix means all keys. */
export function withPrefix(prefix: string): KeyRange {
  // Keys are ASCII by construction (records/ids), so the next string is one code unit higher.
  return prefix === ''
    ? { from: '\0', to: '\0' }
    : { from: prefix, to: prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1) };
}

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
 * A condition of a transaction. A key that isn't there has create revision, mod revision and version 0; a compare of
 * its value never holds. A key without a lease compares as lease '0'.
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
 * An operation of a transaction. What comes later in it sees what came before. Two writes of one key in one branch
 * are refused, except by two deletes. Keys are ASCII and not empty; values are well-formed Unicode.
 */
export type Operation =
  | { readonly type: 'put'; readonly key: string; readonly value: string; readonly lease?: string }
  | { readonly type: 'delete'; readonly range: KeyRange }
  | { readonly type: 'get'; readonly range: KeyRange };

/** If every compare holds, `success` is done, else `failure`: all of it, or nothing. */
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
  /** The store's revision after the transaction: its own, where it wrote. */
  readonly revision: number;
  readonly results: readonly OperationResult[];
}

export interface GetOptions {
  /** Reads as of that revision; one before the compact revision, or in the future, is refused with STORE_REFUSED. */
  readonly revision?: number;
  readonly limit?: number;
  readonly keysOnly?: boolean;
  /** By key (the default), or by mod revision and then key; which keys of one revision fall under a limit is open. */
  readonly sort?: 'key' | 'modRevision';
}

export interface GetResult {
  /** Entries in the order asked for. */
  readonly entries: readonly KeyValue[];
  /** The revision as of which this was read, the given one or the store's: watch from the one after it. */
  readonly revision: number;
  /** All keys of the range, also those beyond the limit. */
  readonly count: number;
}

/** One change of a key. A deletion has the key's last value in `previous` where the watch asked for it. */
export type StoreEvent =
  | { readonly type: 'put'; readonly entry: KeyValue; readonly previous: KeyValue | null }
  | {
      readonly type: 'delete';
      readonly key: string;
      readonly modRevision: number;
      readonly previous: KeyValue | null;
    };

export interface WatchOptions {
  /** The first revision that is delivered; absent: what comes from now on, at least all that is written later here. */
  readonly fromRevision?: number;
  /** Whether events carry the key's previous value. */
  readonly previous?: boolean;
}

/**
 * What a watcher is told. Calls come one after the other, in order of revisions; all events of one revision come in
 * one call, those of one transaction in its order. A lost connection is resumed by itself, without a gap or a repeat.
 */
export interface Watcher {
  readonly onEvents: (events: readonly StoreEvent[], revision: number) => void;
  /**
   * The history that the watch needs is gone: its next revision isn't after the compact revision. The watch has ended:
   * list, compare, watch again.
   */
  readonly onCompacted: (compactRevision: number) => void;
  /**
   * The store has gone back to an older state, and is at that revision now: what was told may never have been. The watch
   * has ended: forget, list, watch again. Where it is left out, `onCompacted` is called in its place.
   */
  readonly onRewound?: (revision: number) => void;
}

export interface Watch {
  /** Ends the watch; nothing is delivered after it. */
  readonly close: () => void;
}

/** A lease that its holder keeps alive until `close`; keys put with its id die with it. */
export interface Lease {
  readonly id: string;
  /**
   * Aborts when the lease is known or must be feared to be lost, the store has gone back to an older state, or it is
   * closed: whoever holds it stops what it does. It doesn't abort on the holder's own `close`.
   */
  readonly lost: AbortSignal;
  /** Stops the renewal and gives the lease back: its keys are deleted at once. */
  readonly close: () => Promise<void>;
}

/**
 * The coordination store: the semantics of etcd v3, and no knowledge of jobs.
 * Errors thrown by each call: STORE_UNAVAILABLE (nothing is known about a write that was under way), STORE_REFUSED,
 * STORE_TOO_LARGE, STORAGE_FULL (nothing was written), OVERLOADED.
 */
export interface Store {
  /** Whether it is full; absent where it never is. */
  readonly storage?: Storage;
  readonly get: (range: KeyRange, options?: GetOptions) => Promise<GetResult>;
  readonly transact: (transaction: Transaction) => Promise<TransactionResult>;
  readonly watch: (range: KeyRange, options: WatchOptions, watcher: Watcher) => Watch;
  /** Grants a lease and renews it. The store may round `ttlMs` up. */
  readonly lease: (ttlMs: number) => Promise<Lease>;
  /** Forgets the history before `revision`, which can still be read; nothing where it is forgotten already. */
  readonly compact: (revision: number) => Promise<void>;
  /** Ends the watches, gives the leases back and refuses everything from then on. */
  readonly close: () => Promise<void>;
}

/** The range of one key. */
export function oneKey(key: string): KeyRange {
  return { from: key };
}

/** The range of all keys that start with `prefix`; the empty prefix means all keys. */
export function withPrefix(prefix: string): KeyRange {
  // Keys are ASCII by construction (records/ids), so the next string is one code unit up.
  return prefix === ''
    ? { from: '\0', to: '\0' }
    : { from: prefix, to: prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1) };
}

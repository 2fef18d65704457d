import { bounds, refused } from '../check.ts';
import { holds } from '../compare.ts';
import type {
  GetOptions,
  GetResult,
  KeyRange,
  Operation,
  OperationResult,
  Transaction,
  TransactionResult,
} from '../store.ts';
import { loaded } from './logged-values.ts';
import type { Change, Version, Versions } from './versions.ts';

/** The knowledge about leases that evaluations need. */
export interface KnownLeases {
  readonly has: (id: string) => boolean;
}

/** A transaction's result, and its versions. */
export interface Evaluated {
  readonly result: TransactionResult;
  readonly written: readonly Version[];
}

/** Reads a range, now or in the past. Throws STORE_REFUSED, and STORE_UNAVAILABLE if the log can't be read. */
export function evaluateGet(versions: Versions, range: KeyRange, options: GetOptions): GetResult {
  const within = bounds(range);
  const { limit = Number.POSITIVE_INFINITY, revision, sort = 'key', keysOnly = false } = options;
  const past = revision !== undefined && revision !== versions.revision;
  const unsorted = sort !== 'key';
  const all = past ? versions.entriesAt(within, revision) : versions.entries(within, unsorted ? undefined : limit);
  if (unsorted) all.sort((a, b) => a.modRevision - b.modRevision);
  const entries = all.length > limit ? all.slice(0, limit) : all;
  return {
    entries: keysOnly ? entries.map((entry) => ({ ...entry, value: '' })) : entries.map(loaded),
    revision: revision ?? versions.revision,
    count: past || unsorted ? all.length : versions.count(within),
  };
}

/**
 * Executes a checked transaction in memory: all of one branch or, if it throws STORE_REFUSED or `full`, nothing.
 * @param growthBytes the maximum growth of the current data by its puts; without a limit nothing is measured
 * @param full the error of a transaction that would exceed it
 */
export function evaluateTransaction(
  versions: Versions,
  leases: KnownLeases,
  transaction: Transaction,
  growthBytes: number,
  full: () => Error,
): Evaluated {
  const succeeded = (transaction.compare ?? []).every((compare) => holds(versions.get(compare.key), compare));
  const operations = succeeded ? transaction.success : (transaction.failure ?? []);
  let growth = 0;
  for (const operation of operations) {
    if (operation.type !== 'put') continue;
    if (operation.lease !== undefined && !leases.has(operation.lease)) throw refused('there is no such lease');
    if (growthBytes !== Number.POSITIVE_INFINITY) growth += versions.growthOf(operation.key, operation.value);
    if (growth > growthBytes) throw full();
  }
  const revision = versions.revision + 1;
  const written: Version[] = [];
  const change = (what: Change) => written.push(versions.change(what, revision));
  const results = operations.map((operation) => apply(versions, operation, change));
  return { result: { succeeded, revision: versions.revision, results }, written };
}

function apply(versions: Versions, operation: Operation, change: (what: Change) => void): OperationResult {
  switch (operation.type) {
    case 'put': {
      const { key, value, lease = null } = operation;
      change({ key, put: { value, lease } });
      return { type: 'put' };
    }
    case 'delete': {
      const entries = versions.entries(bounds(operation.range));
      for (const { key } of entries) change({ key, put: null });
      return { type: 'delete', deleted: entries.length };
    }
    case 'get':
      return { type: 'get', entries: versions.entries(bounds(operation.range)).map(loaded) };
  }
}

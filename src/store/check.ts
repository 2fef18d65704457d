import { kamadoError, limits } from '../kernel/index.ts';
import type { Compare, GetOptions, KeyRange, Operation, Transaction } from './store.ts';

/** The lease id that a key without a lease has in a compare. */
export const NO_LEASE = '0';

const LARGEST_LEASE = 2n ** 63n - 1n;

/** A range as half-open bounds: keys from `from`, below `below`; null means without an upper bound. */
export interface Bounds {
  readonly from: string;
  readonly below: string | null;
}

/** The range's bounds. One key is the range up to the next possible string. */
export function bounds(range: KeyRange): Bounds {
  if (range.to === undefined) return { from: range.from, below: `${range.from}\0` };
  return { from: range.from, below: range.to === '\0' ? null : range.to };
}

/** Whether the key is within the bounds. */
export function within(key: string, { from, below }: Bounds): boolean {
  return key >= from && (below === null || key < below);
}

/**
 * Refuses in advance whatever etcd would refuse, so that both stores refuse the same. Throws STORE_REFUSED or
 * STORE_TOO_LARGE.
 */
export function checkTransaction(transaction: Transaction): void {
  const { compare = [], success, failure = [] } = transaction;
  const operations = Math.max(compare.length, success.length, failure.length);
  if (operations > limits.transactionOperations) {
    throw kamadoError('STORE_TOO_LARGE', {
      count: operations,
      unit: 'operations',
      limit: limits.transactionOperations,
    });
  }
  let bytes = 0;
  for (const condition of compare) bytes += checkCompare(condition);
  bytes += checkBranch(success) + checkBranch(failure);
  if (bytes > limits.transactionBytes) {
    throw kamadoError('STORE_TOO_LARGE', { count: bytes, unit: 'bytes', limit: limits.transactionBytes });
  }
}

/** Refuses meaningless options. Throws STORE_REFUSED. */
export function checkGet(range: KeyRange, options: GetOptions): void {
  checkRange(range);
  if (options.limit !== undefined) checkCount(options.limit, 'limit');
  if (options.revision !== undefined) checkCount(options.revision, 'revision');
}

/** Refuses a range with invalid keys. Throws STORE_REFUSED. */
export function checkRange(range: KeyRange): void {
  checkKey(range.from);
  if (range.to === '') throw refused('a range ends at an empty key');
}

/** Refuses a value that isn't a positive safe integer. Throws STORE_REFUSED. */
export function checkCount(value: number, name: string): void {
  if (!Number.isSafeInteger(value) || value < 1) throw refused(`${name} must be a positive integer`);
}

/** Returns the error of a refused request. */
export function refused(reason: string): Error {
  return kamadoError('STORE_REFUSED', { reason });
}

function checkCompare(condition: Compare): number {
  checkKey(condition.key);
  switch (condition.target) {
    case 'value':
      return condition.key.length + checkValue(condition.value);
    case 'lease':
      if (condition.value !== NO_LEASE) checkLease(condition.value);
      return condition.key.length;
    case 'createRevision':
    case 'modRevision':
    case 'version':
      if (!Number.isSafeInteger(condition.value)) throw refused(`${condition.target} must be an integer`);
      return condition.key.length;
  }
}

/** Checks the operations of a branch and returns the bytes of its keys and values. */
function checkBranch(operations: readonly Operation[]): number {
  const puts = new Set<string>();
  const deletes: Bounds[] = [];
  let bytes = 0;
  for (const operation of operations) {
    if (operation.type === 'put') {
      checkKey(operation.key);
      if (operation.lease !== undefined) checkLease(operation.lease);
      if (puts.has(operation.key)) throw duplicate(operation.key);
      puts.add(operation.key);
      bytes += operation.key.length + checkValue(operation.value);
    } else {
      checkRange(operation.range);
      if (operation.type === 'delete') deletes.push(bounds(operation.range));
      bytes += operation.range.from.length + (operation.range.to?.length ?? 0);
    }
  }
  for (const key of deletes.length === 0 ? [] : puts) {
    if (deletes.some((range) => within(key, range))) throw duplicate(key);
  }
  return bytes;
}

function duplicate(key: string): Error {
  return refused(`key ${key} is written twice in one transaction`);
}

/** Checks a key. It is ASCII only: then the order of strings here equals the order of bytes in etcd. */
function checkKey(key: string): void {
  if (key === '') throw refused('a key is empty');
  for (let i = 0; i < key.length; i++) {
    if (key.charCodeAt(i) > 0x7f) throw refused(`key ${JSON.stringify(key)} is not ASCII`);
  }
}

/** Returns the bytes of a value. A lone surrogate has no UTF-8 form: it would be changed. */
function checkValue(value: string): number {
  const bytes = Buffer.byteLength(value);
  if (bytes !== value.length && /\p{Surrogate}/u.test(value)) throw refused('a value is not well-formed Unicode');
  return bytes;
}

/** A lease's id is an int64 in decimal digits. */
function checkLease(id: string): void {
  if (!/^[1-9]\d{0,18}$/.test(id) || BigInt(id) > LARGEST_LEASE) throw refused('a lease id is not a number');
}

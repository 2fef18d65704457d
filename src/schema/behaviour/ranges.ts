import { isJsonObject, type Json, limits } from '../../kernel/index.ts';
import { ipv4Number } from '../networks.ts';

/** Numbers from `first` to `last`, both included. */
export interface Range {
  readonly first: number;
  readonly last: number;
}

/** A number, or an IPv4 address as its 32 bits; null for anything else. */
export function numberOf(value: Json): number | null {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : null;
  if (typeof value !== 'string') return null;
  if (/^\d{1,15}$/.test(value)) return Number(value);
  return ipv4Number(value);
}

/**
 * Returns the ranges that a value names: '0-1024,4094', or a list of numbers, addresses and `{start, end}`. They are
 * sorted, and none touches another. A null names none. Returns null if the value is anything else, or has more than
 * `limits.poolRanges`.
 */
export function rangesOf(value: Json): readonly Range[] | null {
  const parts = partsOf(value);
  if (parts.length > limits.poolRanges) return null;
  const ranges = parts.filter((part) => part !== null && part !== '').map(rangeOf);
  return ranges.every((range) => range !== null) ? merged(ranges) : null;
}

function partsOf(value: Json): readonly Json[] {
  if (typeof value === 'string') return value.split(',').map((part) => part.trim());
  return Array.isArray(value) ? value : [value];
}

function rangeOf(part: Json): Range | null {
  if (isJsonObject(part)) return bounded(numberOf(part.start ?? null), numberOf(part.end ?? null));
  if (typeof part !== 'string') return bounded(numberOf(part), numberOf(part));
  const [first = '', last = first, ...rest] = part.split('-').map((end) => end.trim());
  return rest.length > 0 ? null : bounded(numberOf(first), numberOf(last));
}

function bounded(first: number | null, last: number | null): Range | null {
  return first === null || last === null || first > last ? null : { first, last };
}

function merged(ranges: readonly Range[]): readonly Range[] {
  const result: Range[] = [];
  for (const range of ranges.toSorted((a, b) => a.first - b.first)) {
    const before = result.at(-1);
    if (before === undefined || range.first > before.last + 1) result.push(range);
    else result[result.length - 1] = { first: before.first, last: Math.max(before.last, range.last) };
  }
  return result;
}

/** The rest of a range without the given (sorted) ranges. */
export function without({ first, last }: Range, ranges: readonly Range[]): readonly Range[] {
  const left: Range[] = [];
  let next = first;
  for (const range of ranges) {
    if (range.first > last) break;
    if (range.first > next) left.push({ first: next, last: range.first - 1 });
    next = Math.max(next, range.last + 1);
  }
  if (next <= last) left.push({ first: next, last });
  return left;
}

/** The intersection of both lists. */
export function common(some: readonly Range[], others: readonly Range[]): readonly Range[] {
  return some.flatMap((range) =>
    others.flatMap((other) => {
      const first = Math.max(range.first, other.first);
      const last = Math.min(range.last, other.last);
      return first > last ? [] : [{ first, last }];
    }),
  );
}

/** The number of numbers in ranges that don't overlap. */
export function sizeOf(ranges: readonly Range[]): number {
  return ranges.reduce((sum, { first, last }) => sum + last - first + 1, 0);
}

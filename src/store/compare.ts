import { NO_LEASE } from './check.ts';
import type { Compare, KeyValue } from './store.ts';

/** Whether a condition holds for a key's entry, or for its absence (null). */
export function holds(entry: KeyValue | null, compare: Compare): boolean {
  switch (compare.target) {
    case 'value':
      // etcd has no value to compare if there is no key: neither = nor != holds.
      return entry !== null && (entry.value === compare.value) === (compare.is === '=');
    case 'lease':
      return ((entry?.lease ?? NO_LEASE) === compare.value) === (compare.is === '=');
    case 'createRevision':
    case 'modRevision':
    case 'version':
      return compareNumbers(entry?.[compare.target] ?? 0, compare.is, compare.value);
  }
}

function compareNumbers(actual: number, is: '=' | '!=' | '<' | '>', expected: number): boolean {
  switch (is) {
    case '=':
      return actual === expected;
    case '!=':
      return actual !== expected;
    case '<':
      return actual < expected;
    case '>':
      return actual > expected;
  }
}

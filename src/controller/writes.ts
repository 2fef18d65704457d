import type { Compare, Operation } from '../store/index.ts';

/** The comparisons and operations of a transaction. */
export interface Writes {
  readonly compare: readonly Compare[];
  readonly operations: readonly Operation[];
}

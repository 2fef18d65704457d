import type { Compare, Operation } from '../store/index.ts';

/** What a transaction must compare and do. */
export interface Writes {
  readonly compare: readonly Compare[];
  readonly operations: readonly Operation[];
}

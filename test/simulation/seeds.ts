import { isWhole, rotation } from '../support/extent.ts';

/** Seeds that are always tried, and those that once failed. */
const FIXED = 60;
const FAILED_ONCE = [109, 190, 623_869, 623_921, 623_923];
/** Seeds that are tried besides if all is, other ones each day. */
const ROTATING = 30;
/** Seeds that are tried if all is. */
const ALL = 200;

function range(first: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => first + i);
}

/** The seeds that the tests try; one that fails joins the fixed ones. */
export const seeds: readonly number[] = isWhole
  ? [...range(1, ALL), ...FAILED_ONCE, ...range(ALL + 1 + (rotation % 1_000_000) * ROTATING, ROTATING)]
  : [...range(1, FIXED), ...FAILED_ONCE];

import type { Difference } from './differences.ts';
import type { ReplayFamily } from './recording.ts';

/** A recorded write and a planned one that should be equal. */
export interface Comparison {
  readonly family: ReplayFamily;
  /** The number of the recorded event; of the /config event where there is only a plan. */
  readonly index: number;
  /** A job's id without its suffix, or a key. */
  readonly subject: string;
  /** None: they are equal. */
  readonly differences: readonly Difference[];
  /** Whether it was recorded; else it was only planned. */
  readonly recorded: boolean;
  /** Why a difference is the recording's fault; null: it isn't. */
  readonly excuse: string | null;
}

/** How a family of writes compares. */
export interface FamilyReport {
  readonly family: ReplayFamily;
  /** False: the run doesn't hold such keys, and nothing is said about them. */
  readonly isRecorded: boolean;
  readonly recorded: number;
  readonly matched: number;
  readonly excused: number;
  readonly mismatched: number;
}

/** What a replay found. */
export interface ReplayReport {
  readonly run: string;
  readonly generation: string;
  readonly lossless: boolean;
  readonly events: number;
  readonly families: readonly FamilyReport[];
  readonly mismatches: readonly Comparison[];
  readonly excused: readonly Comparison[];
}

/** Counts the comparisons of a family. */
export function familyReport(
  family: ReplayFamily,
  isRecorded: boolean,
  comparisons: readonly Comparison[],
): FamilyReport {
  const ours = isRecorded ? comparisons.filter((one) => one.family === family) : [];
  const different = ours.filter((one) => one.differences.length > 0);
  return {
    family,
    isRecorded,
    recorded: ours.filter((one) => one.recorded).length,
    matched: ours.length - different.length,
    excused: different.filter((one) => one.excuse !== null).length,
    mismatched: different.filter((one) => one.excuse === null).length,
  };
}

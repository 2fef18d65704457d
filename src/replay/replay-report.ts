import type { Difference } from './differences.ts';
import type { RecordedRun } from './run-folder.ts';

/** A recorded write and a planned one that should be equal. */
export interface Comparison {
  readonly family: string;
  /**
   * The number of the recorded event; of a write that was only planned, the number of the event that it follows from.
   */
  readonly index: number;
  /** The file of the run with that line, if it isn't the events file. */
  readonly file?: string;
  /** The position among the others; `index` if absent. */
  readonly order?: number;
  /** A job's id without its suffix, a key, or a call. */
  readonly subject: string;
  /** The differences; none if they are equal. */
  readonly differences: readonly Difference[];
  /** Whether it was recorded; else it was only planned. */
  readonly recorded: boolean;
  /** The reason why a difference comes from the recording; null: it doesn't. */
  readonly excuse: string | null;
}

/** The result for a family of writes. */
export interface FamilyReport {
  readonly family: string;
  /** False: the run has no such keys, so nothing is compared. */
  readonly isRecorded: boolean;
  readonly recorded: number;
  readonly matched: number;
  readonly excused: number;
  readonly mismatched: number;
}

/** The result of a replay. */
export interface ReplayReport {
  readonly run: string;
  readonly generation: string;
  readonly lossless: boolean;
  readonly events: number;
  readonly families: readonly FamilyReport[];
  readonly mismatches: readonly Comparison[];
  readonly excused: readonly Comparison[];
}

/** The report, family by family; comparisons of families that aren't recorded don't count. */
export function replayReport<Family extends string>(
  { path, generation, lossless, events }: RecordedRun,
  families: readonly Family[],
  isRecorded: (family: Family) => boolean,
  comparisons: readonly (Comparison & { readonly family: Family })[],
): ReplayReport {
  const compared = comparisons.filter(({ family }) => isRecorded(family)).sort((a, b) => orderOf(a) - orderOf(b));
  const different = compared.filter((one) => one.differences.length > 0);
  return {
    run: path,
    generation,
    lossless,
    events: events.length,
    families: families.map((family) => {
      return familyReport(
        family,
        isRecorded(family),
        compared.filter((one) => one.family === family),
      );
    }),
    mismatches: different.filter((one) => one.excuse === null),
    excused: different.filter((one) => one.excuse !== null),
  };
}

function orderOf({ order, index }: Comparison): number {
  return order ?? index;
}

function familyReport(family: string, isRecorded: boolean, comparisons: readonly Comparison[]): FamilyReport {
  const different = comparisons.filter((one) => one.differences.length > 0);
  return {
    family,
    isRecorded,
    recorded: comparisons.filter((one) => one.recorded).length,
    matched: comparisons.length - different.length,
    excused: different.filter((one) => one.excuse !== null).length,
    mismatched: different.filter((one) => one.excuse === null).length,
  };
}

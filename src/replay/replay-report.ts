import type { Difference } from './differences.ts';
import type { RecordedRun } from './run-folder.ts';

/** A recorded write and a planned one that should be equal. */
export interface Comparison {
  readonly family: string;
  /** The number of the recorded event; of the one that it follows from where there is only a plan. */
  readonly index: number;
  /** The file of the run whose line has that number, where it is no event. */
  readonly file?: string;
  /** Where it stands among the others; `index` where it isn't said. */
  readonly order?: number;
  /** A job's id without its suffix, a key, or a call. */
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
  readonly family: string;
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

/** What was found, family by family; what is of families that aren't recorded doesn't count. */
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

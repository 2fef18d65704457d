import type { Json } from '../../kernel/index.ts';
import type { Family, Job } from '../../records/index.ts';
import type { JobMoves } from './job-moves.ts';

/** A write of one of these families. */
export interface Write {
  readonly family: WrittenFamily;
  readonly key: string;
  /** Undefined: a deletion. */
  readonly value: Json | undefined;
}

/** A recorded write: `place` is its position in the list of events. */
export interface RecordedWrite extends Write {
  readonly place: number;
  readonly index: number;
}

export type WrittenFamily = (typeof writtenFamilies)[number];

/** The families that a job writes, apart from the queue. */
export const writtenFamilies = ['heat_stacks', 'job_state', 'state'] as const;

/** The names of key families in reports. */
export const familyNames: { readonly [F in Family]?: WrittenFamily } = {
  heatStack: 'heat_stacks',
  jobState: 'job_state',
  state: 'state',
};

/** A recorded job that a worker had claimed. */
export interface RecordedTurn {
  readonly job: Job;
  /** The number of the event in which the job was written. */
  readonly index: number;
  /** The place at which it was claimed; earlier writes existed by then. */
  readonly place: number;
  readonly timeMs: number;
  readonly finish: JobMoves['finish'];
  readonly writes: readonly RecordedWrite[];
}

/** A job that was written. */
export interface PlacedJob extends JobMoves {
  readonly job: Job;
  readonly index: number;
  readonly place: number;
}

import type { PlanContext } from '../../controller/index.ts';
import type { Job } from '../../records/index.ts';
import type { Difference } from '../differences.ts';
import { isSameJob, jobDifferences, withoutSuffix } from '../job-differences.ts';
import type { RecordedRun } from '../run-folder.ts';
import { mappingsOf } from '../template-mappings.ts';
import { excuseFor, excuseForDependencies, excuseForUnrecordedJob, type Mismatch } from './evidence.ts';
import type { ControllerComparison, RecordedJob, RecordedWorkflow, Recording } from './recording.ts';

/** Compares recorded jobs with planned ones. */
export class JobComparer {
  readonly #run: RecordedRun;
  readonly #recording: Recording;
  readonly #context: Pick<PlanContext, 'model' | 'lookup'>;

  constructor(run: RecordedRun, recording: Recording, context: Pick<PlanContext, 'model' | 'lookup'>) {
    this.#run = run;
    this.#recording = recording;
    this.#context = context;
  }

  /** Pairs jobs of the same action and handler; a job without a partner is compared with none. */
  ofWorkflow(workflow: RecordedWorkflow, planned: readonly Job[], mismatch: Mismatch): readonly ControllerComparison[] {
    const partnerOf = (id: string): Job | null => planned.find((job) => isSameJob(job.id, id)) ?? null;
    const alone = planned.filter((job) => !workflow.jobs.some((recorded) => isSameJob(recorded.job.id, job.id)));
    const index = workflow.jobs[0]?.index ?? 0;
    return [
      ...workflow.jobs.map((recorded) => this.one(recorded, partnerOf(recorded.job.id), mismatch, index)),
      ...alone.map((job) => this.one(null, job, mismatch, index)),
    ];
  }

  /** Compares one job; null on the side that has none. */
  one(recorded: RecordedJob | null, planned: Job | null, mismatch: Mismatch, index: number): ControllerComparison {
    const found = this.#jobDifferences(recorded, planned);
    return {
      family: 'jobs',
      index: recorded?.index ?? index,
      subject: withoutSuffix(recorded?.job.id ?? planned?.id ?? ''),
      differences: found,
      recorded: recorded !== null,
      excuse: found.length === 0 || this.#run.lossless ? null : this.#excuse(recorded, planned, mismatch),
    };
  }

  #excuse(recorded: RecordedJob | null, planned: Job | null, mismatch: Mismatch): string | null {
    const known = excuseFor(this.#recording, mismatch);
    if (known !== null || planned === null) return known;
    if (recorded === null) return excuseForUnrecordedJob(this.#recording, planned);
    return excuseForDependencies(this.#recording, recorded.job.dependency, planned.dependency);
  }

  #jobDifferences(recorded: RecordedJob | null, planned: Job | null): readonly Difference[] {
    if (recorded === null) return [{ pointer: '', recorded: undefined, planned: planned?.id ?? null }];
    if (planned === null) return [{ pointer: '', recorded: recorded.job.id, planned: undefined }];
    return jobDifferences(recorded.fields, planned, {
      model: this.#run.model,
      mappings: mappingsOf(this.#context, planned),
    });
  }
}

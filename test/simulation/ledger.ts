import type { Job } from '../../src/records/job.ts';
import { pathOfJob } from './job-paths.ts';

/** One call of a handler. */
export interface Execution {
  readonly job: Job;
  readonly attempt: number;
  readonly worker: string;
  readonly beganMs: number;
  /** In which of the store's histories. */
  readonly history: number;
  /** What it threw; '' where it did what it should; null while it is under way, or was never heard of again. */
  error: string | null;
}

/** Every call of a handler, by job. */
export class Ledger {
  readonly #executions = new Map<string, Execution[]>();

  /** Whether one of them hangs for good. */
  hasDead = false;

  /** Jobs that kill their workers. */
  readonly poisonous = new Set<string>();

  #history = 0;

  /** The present history of the store. */
  get history(): number {
    return this.#history;
  }

  /** The store has gone back: what was begun then may be begun once more, as if it had not been. */
  goBack(): void {
    this.#history++;
  }

  begin(execution: Execution): void {
    const { id } = execution.job;
    const before = this.#executions.get(id);
    if (before === undefined) this.#executions.set(id, [execution]);
    else before.push(execution);
  }

  /** The calls for a resource ('/v2.0/parts/p1'), in the order in which they began. */
  ofResource(path: string): readonly Execution[] {
    const found = [...this.#executions.values()].flat().filter(({ job }) => pathOfJob(job.id) === path);
    return found.sort((a, b) => a.beganMs - b.beganMs);
  }

  of(jobId: string): readonly Execution[] {
    return this.#executions.get(jobId) ?? [];
  }
}

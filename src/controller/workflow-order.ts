import type { Job } from '../records/index.ts';

/**
 * Whether a job comes after another one of its workflow: all but the first wait for those before them, and for no others.
 * A name doesn't tell: a resource that was made anew has its versions again.
 */
export function isLaterInWorkflow(job: Job, earlier: Job): boolean {
  return !job.is_first && job.dependency.includes(earlier.id);
}

/** What is left of a job's workflow among the jobs of its resource, in their order. */
export function workflowOf(jobs: readonly Job[], job: Job): readonly Job[] {
  return jobs.filter((other) => other.id === job.id || isLaterInWorkflow(other, job) || isLaterInWorkflow(job, other));
}

import type { Job } from '../records/index.ts';

/**
 * Whether a job comes after another one of its workflow: each job except the first waits for those before it, and for
 * no others. The workflow's name doesn't tell it: a resource that was created again uses the same versions again.
 */
export function isLaterInWorkflow(job: Job, earlier: Job): boolean {
  return !job.is_first && job.dependency.includes(earlier.id);
}

/** The remaining jobs of a job's workflow among the jobs of its resource, in their order. */
export function workflowOf(jobs: readonly Job[], job: Job): readonly Job[] {
  return jobs.filter((other) => other.id === job.id || isLaterInWorkflow(other, job) || isLaterInWorkflow(job, other));
}

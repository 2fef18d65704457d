import type { Job } from '../records/index.ts';
import type { Compare } from '../store/index.ts';
import type { JobViews } from './job-view.ts';
import { workflowOf } from './workflow-order.ts';

/**
 * The jobs of a resource ('type:id') whose workflows can still be changed: no worker has begun with any of their jobs.
 */
export function untouchedJobs(views: JobViews, path: string): readonly Job[] {
  const jobs = views.ofResource(path);
  return jobs.filter((job) => {
    const workflow = workflowOf(jobs, job);
    return workflow.some((other) => other.is_first) && workflow.every((other) => isUnclaimed(views, other));
  });
}

/** Whether a job is in the queue, and no worker has claimed it. */
export function isUnclaimed(views: JobViews, job: Job): boolean {
  const [place, ...more] = views.places(job.id);
  return more.length === 0 && (place === 'waiting' || place === 'ready');
}

/** Whether a job has failed, and hasn't left the queue yet. */
export function hasFailed(views: JobViews, jobId: string): boolean {
  const fails = views.get(jobId)?.queued.job.on_failure === 'fail';
  return fails && views.errorsOf(jobId).length > 0;
}

/** Whether a job waits, is ready or runs, and neither it nor any job that it waits for has failed. */
export function isUnderWay(views: JobViews, job: Job): boolean {
  if (views.entry('finished', job.id) !== undefined) return false;
  const awaited = new Set(job.dependency);
  for (const id of awaited) {
    if (hasFailed(views, id)) return false;
    for (const before of views.get(id)?.queued.job.dependency ?? []) awaited.add(before);
  }
  return true;
}

/** Returns the comparisons that make a transaction fail if a worker has claimed the job meanwhile. */
export function unclaimed(views: JobViews, job: Job): readonly Compare[] {
  return (['ready', 'waiting'] as const).flatMap((queue) => {
    const entry = views.entry(queue, job.id);
    return entry === undefined
      ? []
      : [{ key: entry.key, target: 'modRevision', is: '=', value: entry.modRevision } as const];
  });
}

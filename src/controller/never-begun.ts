import type { Job } from '../records/index.ts';
import type { JobViews } from './job-view.ts';
import type { ResourceView } from './resource-view.ts';
import { isUnclaimed } from './workflow.ts';
import { workflowOf } from './workflow-order.ts';

/** Whether no worker has ever claimed the job: it waits or is ready, and was never tried. */
export function isUnbegun(views: JobViews, job: Job): boolean {
  return isUnclaimed(views, job) && views.get(job.id)?.queued.attempt === 0 && views.loss(job.id) === undefined;
}

/**
 * Whether all jobs that were planned for a resource since its creation, or since it worked last, are in the queue: then
 * the queue tells which handlers have begun with it. `jobs` are those of the resource. If the store lost data, the
 * resource is marked as begun (`sync/unknown-past.ts`); any other plan has left its trace here.
 */
export function isWholeInQueue(view: ResourceView, jobs: readonly Job[]): boolean {
  const { processed, applied, state, failure } = view;
  if (failure !== null) return !failure.value.begun;
  // Nothing was queued: each version was refused, or none was reconciled.
  if (processed === null) return applied === null && (state === null || state.value.error !== '');
  // An error of unknown origin may come from a worker.
  if (state !== null) return state.value.error === '';
  // Without a state, the queue tells it, unless the job in progress undoes something.
  return jobs.length > 0 && jobs.every((job) => job.action !== 'logical_delete');
}

/**
 * Whether no worker has begun with a handler's jobs for a resource since its creation, or since it worked last. Then
 * that handler has nothing to undo except what was applied at that time.
 */
export function isHandlerUnbegun(views: JobViews, view: ResourceView, jobs: readonly Job[], handler: string): boolean {
  if (!isWholeInQueue(view, jobs)) return false;
  return jobs.every((job) => {
    const workflow = workflowOf(jobs, job);
    const own = workflow.filter((other) => other.handler === handler);
    // A missing job has ended if the first job of its workflow has.
    const isKnown = own.length > 0 || workflow.some((other) => other.is_first);
    return isKnown && own.every((other) => isUnbegun(views, other));
  });
}

/** Whether no worker has begun with any job of a resource since its creation, or since it worked last. */
export function isNeverBegun(views: JobViews, view: ResourceView, jobs: readonly Job[]): boolean {
  if (!isWholeInQueue(view, jobs)) return false;
  return jobs.every((job) => isUnbegun(views, job) && workflowOf(jobs, job).some((other) => other.is_first));
}

import { errorText, kamadoError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import type { Model } from '../model/model.ts';
import { encodeProcessed, sameBody } from '../records/config-record.ts';
import { decodeFinished, encodeFinished, type Job } from '../records/job.ts';
import { jobKey, resourceKey } from '../records/keys.ts';
import { encodeState, failedState } from '../records/state-record.ts';
import type { Operation } from '../store/store.ts';
import { putJob, removal, type Writes } from './enqueue.ts';
import type { JobViews } from './job-view.ts';
import { pathKey, type ResourceViews } from './resource-view.ts';

/** What settling knows. */
export interface SettleContext {
  readonly model: Model;
  readonly views: JobViews;
  readonly resources: ResourceViews;
}

/** How many dependents one transaction cancels: each is up to four operations. */
const CANCELLED_AT_ONCE = 20;
/** How many one transaction makes ready: each is two operations. */
const PROMOTED_AT_ONCE = 40;

/**
 * What follows from a finished job: it leaves the queue, and those that waited for it alone become ready; after a
 * failure all that depend on it are cancelled first, in chunks that can be repeated (`decisions.md` 20). A newer
 * version of its resource isn't: that starts again (`decisions.md` 13).
 */
export function settleFinished(context: SettleContext, jobId: string): Writes {
  const { model, views } = context;
  const finished = views.entry('finished', jobId);
  const pending = views.get(jobId);
  if (finished === undefined) return nothing;
  if (pending === undefined) return { compare: [], operations: [{ type: 'delete', range: { from: finished.key } }] };
  const { job } = pending.queued;
  const failed = decodeFinished(finished.value).length > 0 && job.on_failure === 'fail';
  if (failed) {
    const cancelled = views.transitiveDependentsOf([jobId], (other) => isOtherVersion(other, job));
    if (cancelled.length > 0) return cancel(model, views, job, cancelled.slice(0, CANCELLED_AT_ONCE));
  }
  const promoted = promotable(views, jobId).slice(0, PROMOTED_AT_ONCE);
  return {
    compare: [{ key: finished.key, target: 'modRevision', is: '=', value: finished.modRevision }],
    operations: [
      ...removal(views, job),
      ...promoted.flatMap((dependent) => promotion(dependent)),
      ...(job.is_last && !failed ? noteApplied(context, job) : []),
    ],
  };
}

const nothing: Writes = { compare: [], operations: [] };

/** Jobs that wait for nothing but this one. */
function promotable(views: JobViews, jobId: string): readonly Job[] {
  return views.dependentsOf(jobId).filter((job) => {
    const others = job.dependency.filter((id) => id !== jobId && views.get(id) !== undefined);
    return others.length === 0 && views.entry('waiting', job.id) !== undefined;
  });
}

/** Makes a waiting job ready that has nothing left to wait for. */
export function promoteIfFree({ views }: SettleContext, jobId: string): Writes {
  const pending = views.get(jobId);
  const waiting = views.entry('waiting', jobId);
  if (pending === undefined || waiting === undefined) return nothing;
  const { job } = pending.queued;
  if (job.dependency.some((id) => views.get(id) !== undefined)) return nothing;
  if (views.entry('ready', jobId) !== undefined || views.entry('working', jobId) !== undefined) {
    return { compare: [], operations: [{ type: 'delete', range: { from: waiting.key } }] };
  }
  return {
    compare: [{ key: waiting.key, target: 'modRevision', is: '=', value: waiting.modRevision }],
    operations: promotion(job),
  };
}

function promotion(job: Job): readonly Operation[] {
  return [
    { type: 'put', key: jobKey('ready', job.id), value: job.handler },
    { type: 'delete', range: { from: jobKey('waiting', job.id) } },
  ];
}

/**
 * Cancels jobs that depend on a failed one: each leaves the queue, and the state of its resource names the culprit.
 * Jobs of the failed one's own workflow leave silently: their state is written already.
 */
function cancel(model: Model, views: JobViews, failed: Job, cancelled: readonly Job[]): Writes {
  const error = errorText(kamadoError('JOB_CANCELLED', { job: failed.id }));
  return {
    compare: [],
    operations: cancelled.flatMap((job) => [
      ...removal(views, job),
      ...(job.is_last && job.job_name !== failed.job_name ? [stateOf(model, job, error)].flat() : []),
    ]),
  };
}

function stateOf(model: Model, job: Job, error: string): readonly Operation[] {
  const type = model.types.get(job.resource_type);
  if (type === undefined) return [];
  const key = resourceKey('state', type.url, job.resource_id);
  return [{ type: 'put', key, value: encodeState(failedState(job.action, job.version, error)) }];
}

function isOtherVersion(other: Job, job: Job): boolean {
  return (
    other.resource_type === job.resource_type &&
    other.resource_id === job.resource_id &&
    other.job_name !== job.job_name
  );
}

/**
 * What is applied now is what was planned last, and needs no copy; except where something newer was planned meanwhile,
 * which a next change must not take for applied (`decisions.md` 16).
 */
function noteApplied({ model, resources }: SettleContext, job: Job): readonly Operation[] {
  const type = model.types.get(job.resource_type);
  if (type === undefined) return [];
  const key = resourceKey('applied', type.url, job.resource_id);
  const planned = resources.get(pathKey(type.id, job.resource_id)).processed?.value;
  const isNewest =
    planned === undefined || (planned.version === job.version && sameBody(planned.body, job.resource_input));
  if (isNewest || job.action === 'logical_delete') return [{ type: 'delete', range: { from: key } }];
  const { version, resource_input: body } = job;
  return [{ type: 'put', key, value: encodeProcessed({ body, version, deleted: false }) }];
}

/**
 * Puts back a job whose worker was lost, one attempt up; one that lost too many fails. The transaction holds only while
 * nobody has claimed or finished it.
 */
export function putBack({ model, views }: SettleContext, jobId: string): Writes {
  const pending = views.get(jobId);
  if (pending === undefined || views.places(jobId).length > 0) return nothing;
  const { job, attempt } = pending.queued;
  const compare = (['ready', 'waiting', 'working', 'finished'] as const).map(
    (queue) => ({ key: jobKey(queue, jobId), target: 'createRevision', is: '=', value: 0 }) as const,
  );
  if (attempt + 1 < limits.claimAttempts) {
    return {
      compare,
      operations: [putJob(job, attempt + 1), { type: 'put', key: jobKey('ready', jobId), value: job.handler }],
    };
  }
  const error = errorText(kamadoError('JOB_ABANDONED', { attempts: attempt + 1 }));
  return {
    compare,
    operations: [
      ...(job.on_failure === 'fail' ? stateOf(model, job, error) : []),
      { type: 'put', key: jobKey('finished', jobId), value: encodeFinished([error]) },
    ],
  };
}

/** Removes what stands in a list without a record: the rest of a job that has left. */
export function sweep({ views }: SettleContext, jobId: string): Writes {
  if (views.get(jobId) !== undefined || views.entry('all', jobId) !== undefined) return nothing;
  return {
    compare: [{ key: jobKey('all', jobId), target: 'createRevision', is: '=', value: 0 }],
    operations: views
      .places(jobId)
      .filter((queue) => queue !== 'working')
      .map((queue) => ({ type: 'delete', range: { from: jobKey(queue, jobId) } })),
  };
}

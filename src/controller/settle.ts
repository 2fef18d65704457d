import { errorText, kamadoError, limits } from '../kernel/index.ts';
import {
  encodeFailure,
  encodeFinished,
  encodeLoss,
  encodeProcessed,
  encodeState,
  failedState,
  failureKey,
  type Job,
  jobKey,
  lossKey,
  resourceKey,
  sameBody,
} from '../records/index.ts';
import type { Model } from '../schema/index.ts';
import type { Operation } from '../store/index.ts';
import { putJob, removal } from './enqueue.ts';
import type { JobViews } from './job-view.ts';
import { isNeverBegun } from './never-begun.ts';
import { promotion } from './promotion.ts';
import { pathKey, type ResourceViews } from './resource-view.ts';
import { hasFailed, isUnclaimed, isUnderWay, unclaimed } from './workflow.ts';
import { isLaterInWorkflow } from './workflow-order.ts';
import type { Writes } from './writes.ts';

/** The knowledge for settling. */
export interface SettleContext {
  readonly model: Model;
  readonly views: JobViews;
  readonly resources: ResourceViews;
  /** The wall clock, in milliseconds since the epoch. */
  readonly nowMs: () => number;
}

/** The largest number of dependents that one transaction cancels: each needs up to eight operations. */
const CANCELLED_AT_ONCE = 15;
/** The largest number of jobs that one transaction makes ready: each needs two operations. */
const PROMOTED_AT_ONCE = 40;

/**
 * Returns the writes after a finished job: it leaves the queue, and jobs that waited only for it become ready. After a
 * failure, all its dependents are cancelled first, in chunks that can be repeated (compatibility J3). A newer version
 * of its resource isn't cancelled: that starts again (compatibility J14).
 */
export function settleFinished(context: SettleContext, jobId: string): Writes {
  const { views } = context;
  const finished = views.entry('finished', jobId);
  const pending = views.get(jobId);
  if (finished === undefined) return nothing;
  if (pending === undefined) return { compare: [], operations: [{ type: 'delete', range: { from: finished.key } }] };
  const { job } = pending.queued;
  const failed = hasFailed(views, jobId);
  if (failed) {
    const dependents = views.transitiveDependentsOf([jobId], (other) => isOtherWorkflow(other, job));
    const cancelled = withoutOlder(views, dependents).slice(0, CANCELLED_AT_ONCE);
    if (cancelled.length > 0) return cancel(context, job, cancelled);
    // Reconciled again when a job leaves.
    if (dependents.length > 0) return nothing;
  }
  const promoted = promotable(views, jobId).slice(0, PROMOTED_AT_ONCE);
  return {
    compare: [{ key: finished.key, target: 'modRevision', is: '=', value: finished.modRevision }],
    operations: [
      ...removal(views, job),
      ...promoted.flatMap((dependent) => promotion(dependent)),
      ...(job.is_last && !failed ? noteApplied(context, job) : []),
      ...(failed ? noteEnd(context, job) : []),
    ],
  };
}

const nothing: Writes = { compare: [], operations: [] };

/** Jobs that wait only for this one. */
function promotable(views: JobViews, jobId: string): readonly Job[] {
  return views.dependentsOf(jobId).filter((job) => {
    const others = job.dependency.filter((id) => id !== jobId && views.get(id) !== undefined);
    // A job that lost a worker doesn't become ready with the others.
    const isWaiting = views.entry('waiting', job.id) !== undefined && views.loss(job.id) === undefined;
    return others.length === 0 && isWaiting;
  });
}

/** Makes a waiting job ready if it has nothing left to wait for. */
export function promoteIfFree({ views }: SettleContext, jobId: string): Writes {
  const pending = views.get(jobId);
  const waiting = views.entry('waiting', jobId);
  if (pending === undefined || waiting === undefined) return nothing;
  const { job } = pending.queued;
  if (job.dependency.some((id) => views.get(id) !== undefined)) return nothing;
  if (views.entry('ready', jobId) !== undefined || views.entry('working', jobId) !== undefined) {
    return { compare: [], operations: [{ type: 'delete', range: { from: waiting.key } }] };
  }
  if (views.loss(jobId) !== undefined) return nothing;
  return {
    compare: [{ key: waiting.key, target: 'modRevision', is: '=', value: waiting.modRevision }],
    operations: promotion(job),
  };
}

/**
 * The dependents of a failed job that can be cancelled now. A version whose resource is still in progress for an older
 * one ends after that; otherwise the state of the older one would be written last. The jobs that such a job waits for
 * stay as well, since it is found again through them.
 */
function withoutOlder(views: JobViews, dependents: readonly Job[]): readonly Job[] {
  const doomed = new Set(dependents.map((job) => job.id));
  const postponed = new Set<string>();
  // Each job comes after all jobs that wait for it.
  for (const job of dependents) {
    const others = views.ofResource(pathKey(job.resource_type, job.resource_id));
    const hasOlder = others.some((other) => !doomed.has(other.id) && isUnderWay(views, other));
    if (hasOlder || views.dependentsOf(job.id).some(({ id }) => postponed.has(id))) postponed.add(job.id);
  }
  return dependents.filter((job) => !postponed.has(job.id));
}

/**
 * Cancels jobs that depend on a failed one: each leaves the queue, and the state of its resource names the failed job.
 * Jobs of the failed one's own workflow leave without a state, which is written already. So do those of a version after
 * which a newer one was planned, because the end of that one counts.
 */
function cancel(context: SettleContext, failed: Job, cancelled: readonly Job[]): Writes {
  const { views, model, resources } = context;
  const error = errorText(kamadoError('JOB_CANCELLED', { job: failed.id }));
  const ended = cancelled.filter((job) => {
    return job.is_last && !isLaterInWorkflow(job, failed) && isNewest(resources, job);
  });
  // A transaction may write a key only once.
  const byPath = new Map(ended.map((job) => [pathKey(job.resource_type, job.resource_id), job]));
  return {
    compare: [],
    operations: [
      ...cancelled.flatMap((job) => removal(views, job)),
      ...[...byPath.values()].flatMap((job) => [
        ...stateOf(model, job, error),
        ...jobStateRemoval(model, job),
        noteFailure(context, job, !isUntouchedResource(context, job)),
      ]),
    ],
  };
}

/** Records how a failed workflow ended, unless it is recorded already. */
function noteEnd(context: SettleContext, job: Job): readonly Operation[] {
  const { failure } = context.resources.get(pathKey(job.resource_type, job.resource_id));
  return failure?.value.jobId === job.id ? [] : [noteFailure(context, job, true)];
}

/** Records which job ended a workflow without success, and whether a worker had begun with any job of its resource. */
function noteFailure({ nowMs }: Pick<SettleContext, 'nowMs'>, job: Job, begun: boolean): Operation {
  const failure = { jobId: job.id, version: job.version, atMs: nowMs(), begun };
  const key = failureKey(pathKey(job.resource_type, job.resource_id));
  return { type: 'put', key, value: encodeFailure(failure) };
}

/** Whether no worker has begun with any job of a job's resource since that worked last. */
function isUntouchedResource({ views, resources }: Pick<SettleContext, 'views' | 'resources'>, job: Job): boolean {
  const path = pathKey(job.resource_type, job.resource_id);
  return isNeverBegun(views, resources.get(path), views.ofResource(path));
}

/** Whether a job belongs to the version that was planned last for its resource. */
function isNewest(resources: ResourceViews, job: Job): boolean {
  const planned = resources.get(pathKey(job.resource_type, job.resource_id)).processed?.value;
  return planned === undefined || (planned.version === job.version && sameBody(planned.body, job.resource_input));
}

function stateOf(model: Model, job: Job, error: string): readonly Operation[] {
  const type = model.types.get(job.resource_type);
  if (type === undefined) return [];
  const key = resourceKey('state', type.url, job.resource_id);
  return [{ type: 'put', key, value: encodeState(failedState(job.action, job.version, error)) }];
}

/** The removal of the job state, which a worker does at the end of a workflow: a lost worker may have left it. */
function jobStateRemoval(model: Model, job: Job): readonly Operation[] {
  const type = model.types.get(job.resource_type);
  if (type === undefined) return [];
  return [{ type: 'delete', range: { from: resourceKey('jobState', type.url, job.resource_id) } }];
}

/**
 * Whether a job belongs to another workflow of the same resource: for a newer version, or for the same version of a
 * resource that was created again.
 */
function isOtherWorkflow(other: Job, job: Job): boolean {
  const isSameResource = other.resource_type === job.resource_type && other.resource_id === job.resource_id;
  return isSameResource && !isLaterInWorkflow(other, job);
}

/**
 * Records what is applied. Mostly that is the config planned last, which needs no copy. If a newer one was planned
 * meanwhile, a copy is kept, so that the next change doesn't take the newer one for applied (compatibility P9).
 */
function noteApplied({ model, resources }: SettleContext, job: Job): readonly Operation[] {
  const type = model.types.get(job.resource_type);
  if (type === undefined) return [];
  const key = resourceKey('applied', type.url, job.resource_id);
  const path = pathKey(job.resource_type, job.resource_id);
  const failureRemoval = resources.get(path).failure === null ? [] : [removalOf(failureKey(path))];
  if (isNewest(resources, job) || job.action === 'logical_delete') return [removalOf(key), ...failureRemoval];
  const { version, resource_input: body } = job;
  return [{ type: 'put', key, value: encodeProcessed({ body, version, deleted: false }) }, ...failureRemoval];
}

function removalOf(key: string): Operation {
  return { type: 'delete', range: { from: key } };
}

/**
 * Holds back a job whose worker was lost, with one attempt more, until it is tried again (`suspects.ts`); a job that
 * lost too many workers fails. Tries whose handler failed are counted separately: they have a limit of their own. The
 * transaction succeeds only if no worker has claimed or finished the job.
 */
export function putBack(context: SettleContext, jobId: string): Writes {
  const { model, views } = context;
  const pending = views.get(jobId);
  if (pending === undefined || views.places(jobId).length > 0) return nothing;
  const { job, attempt, failures = 0 } = pending.queued;
  const lost = (views.loss(jobId)?.lost ?? 0) + 1;
  const compare = (['ready', 'waiting', 'working', 'finished'] as const).map(
    (queue) => ({ key: jobKey(queue, jobId), target: 'createRevision', is: '=', value: 0 }) as const,
  );
  if (!model.types.has(job.resource_type)) return { compare, operations: removal(views, job) };
  if (lost < limits.claimAttempts) {
    const loss = encodeLoss({ lost, atMs: context.nowMs(), triedMs: null });
    return {
      compare,
      operations: [
        putJob({ job, attempt: attempt + 1, failures }),
        { type: 'put', key: jobKey('waiting', jobId), value: job.handler },
        { type: 'put', key: lossKey(jobId), value: loss },
      ],
    };
  }
  const error = errorText(kamadoError('JOB_ABANDONED', { attempts: lost }));
  return {
    compare,
    operations: [
      ...(job.on_failure === 'fail' ? [...stateOf(model, job, error), ...jobStateRemoval(model, job)] : []),
      { type: 'put', key: jobKey('finished', jobId), value: encodeFinished([error]) },
    ],
  };
}

/** The job of a workflow whose failure ends it: the first one whose failures count. */
export function failingOf(workflow: readonly Job[]): Job | undefined {
  return workflow.find((job) => job.on_failure === 'fail') ?? workflow.at(-1);
}

/**
 * Ends the unclaimed jobs of one workflow like a failure: the first one whose failures count fails, those before it
 * leave, and those after it are cancelled with all their dependents (`settleFinished`).
 */
export function endWorkflow(context: SettleContext, workflow: readonly Job[], error: string): Writes {
  const { views, model } = context;
  const failing = failingOf(workflow);
  if (failing === undefined) return nothing;
  const before = workflow.slice(0, workflow.indexOf(failing));
  return {
    compare: [...before, failing].flatMap((job) => unclaimed(views, job)),
    operations: [
      ...before.flatMap((job) => removal(views, job)),
      ...stateOf(model, failing, error),
      ...jobStateRemoval(model, failing),
      ...views.places(failing.id).map((queue) => removalOf(jobKey(queue, failing.id))),
      { type: 'put', key: jobKey('finished', failing.id), value: encodeFinished([error]) },
      noteFailure(context, failing, !isUntouchedResource(context, failing)),
    ],
  };
}

/**
 * Removes a list entry without a record, which a job left behind; and a job of a type that the catalogue no longer has,
 * which no worker claims.
 */
export function sweep({ model, views }: SettleContext, jobId: string): Writes {
  const pending = views.get(jobId);
  if (pending !== undefined) {
    const { job } = pending.queued;
    const isOver = !model.types.has(job.resource_type) && isUnclaimed(views, job);
    return isOver ? { compare: unclaimed(views, job), operations: removal(views, job) } : nothing;
  }
  if (views.entry('all', jobId) !== undefined) return nothing;
  return {
    compare: [{ key: jobKey('all', jobId), target: 'createRevision', is: '=', value: 0 }],
    operations: [
      ...views
        .places(jobId)
        .filter((queue) => queue !== 'working')
        .map((queue) => removalOf(jobKey(queue, jobId))),
      ...(views.loss(jobId) === undefined ? [] : [removalOf(lossKey(jobId))]),
    ],
  };
}

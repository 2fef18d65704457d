import { errorText, type JsonObject, kamadoError, limits } from '../kernel/index.ts';
import {
  decodeAnswer,
  decodeRequest,
  encodeAnswer,
  type Job,
  type JobAnswer,
  type JobRequest,
  lossKey,
  parseJobId,
} from '../records/index.ts';
import { promotion } from './promotion.ts';
import { type ReconcileContext, reconcile } from './reconcile.ts';
import { pathKey } from './resource-view.ts';
import { endWorkflow, failingOf, type SettleContext } from './settle.ts';
import { isUnclaimed, unclaimed } from './workflow.ts';
import { workflowOf } from './workflow-order.ts';
import type { Writes } from './writes.ts';

/** The knowledge for answering requests. */
export type RequestContext = ReconcileContext & SettleContext;

/** A request about a job, or its answer, as the store holds it. */
export interface StoredRequest {
  readonly key: string;
  readonly text: string;
  readonly modRevision: number;
}

const nothing: Writes = { compare: [], operations: [] };

/**
 * Executes an operator's request about a job, and answers in the same transaction, which compares that the request
 * still exists. An answer that wasn't read is deleted after a while.
 */
export function answerRequest(context: RequestContext, entry: StoredRequest | undefined): Writes {
  if (entry === undefined) return nothing;
  const request = decodeRequest(entry.text);
  const writes = request === null ? forgetOld(context, entry) : answerTo(context, request, entry);
  if (writes.operations.length === 0) return nothing;
  const isUnchanged = { key: entry.key, target: 'modRevision', is: '=', value: entry.modRevision } as const;
  return { ...writes, compare: [isUnchanged, ...writes.compare] };
}

function answerTo(context: RequestContext, request: JobRequest, entry: StoredRequest): Writes {
  // The operator's client has given up long ago.
  if (isOld(context, request.atMs))
    return { compare: [], operations: [{ type: 'delete', range: { from: entry.key } }] };
  const { answer, compare, operations } = request.kind === 'retry' ? retry(context, request) : cancel(context, request);
  return { compare, operations: [...operations, { type: 'put', key: entry.key, value: encodeAnswer(answer) }] };
}

function forgetOld(context: RequestContext, entry: StoredRequest): Writes {
  const answer = decodeAnswer(entry.text);
  if (answer !== null && !isOld(context, answer.atMs)) return nothing;
  return { compare: [], operations: [{ type: 'delete', range: { from: entry.key } }] };
}

function isOld({ nowMs }: RequestContext, atMs: number): boolean {
  return Math.abs(nowMs() - atMs) > limits.jobAnswerMs;
}

type Answered = Writes & { readonly answer: JobAnswer };

function done(context: RequestContext, jobs: readonly string[], writes: Writes): Answered {
  const shown = jobs.slice(0, limits.jobDependentsShown);
  return { ...writes, answer: { kind: 'done', atMs: context.nowMs(), jobs: shown, count: jobs.length } };
}

function refused({ nowMs }: RequestContext, code: string, params: JsonObject): Answered {
  return { ...nothing, answer: { kind: 'refused', atMs: nowMs(), code, params } };
}

/**
 * Retries a job: one that lost workers becomes ready at once, as if it had lost none; one that failed is planned anew.
 */
function retry(context: RequestContext, { jobId }: JobRequest): Answered {
  const { views } = context;
  const pending = views.get(jobId);
  if (pending === undefined) return retryFailed(context, jobId);
  const { job } = pending.queued;
  const isFree = job.dependency.every((id) => views.get(id) === undefined);
  if (!isFree) return refused(context, 'JOB_NOT_RETRYABLE', { job: jobId, reason: 'it waits for other jobs' });
  if (!isUnclaimed(views, job)) return refused(context, 'JOB_RUNNING', { job: jobId });
  const isHeld = views.entry('waiting', jobId) !== undefined;
  const operations = [
    ...(isHeld ? promotion(job) : []),
    ...(views.loss(jobId) === undefined ? [] : [{ type: 'delete', range: { from: lossKey(jobId) } } as const]),
  ];
  return done(context, [jobId], { compare: unclaimed(views, job), operations });
}

function retryFailed(context: RequestContext, jobId: string): Answered {
  const parsed = parseJobId(jobId);
  const path = parsed === null ? '' : pathKey(parsed.type, parsed.resourceId);
  const { config, state, failure } = context.resources.get(path);
  if (failure?.value.jobId !== jobId) return refused(context, 'JOB_NOT_FOUND', { job: jobId });
  const isLatest = config !== null && config.value.version === failure.value.version;
  if (!isLatest || state === null || state.value.error === '' || context.jobs.ofResource(path).length > 0) {
    const reason = 'a newer version of its resource was planned since, or the resource was deleted';
    return refused(context, 'JOB_NOT_RETRYABLE', { job: jobId, reason });
  }
  const writes = reconcile(context, path, true);
  const queued = writes.operations.flatMap((operation) => {
    return operation.type === 'put' && operation.key.startsWith('/jobs/all/') ? [operation.key.slice(10)] : [];
  });
  if (queued.length > 0) return done(context, queued, writes);
  return refused(context, 'JOB_NOT_RETRYABLE', {
    job: jobId,
    reason: 'there is nothing to do for it, see the resource',
  });
}

/**
 * Ends the workflow of an unclaimed job like a failure: the state of its resource names the operator, and its
 * dependents are cancelled (`settleFinished`). The request contains the number of dependents, so that no job is
 * cancelled that the operator hasn't seen.
 */
function cancel(context: RequestContext, request: Extract<JobRequest, { readonly kind: 'cancel' }>): Answered {
  const { views } = context;
  const { jobId } = request;
  const job = views.get(jobId)?.queued.job;
  if (job === undefined) return refused(context, 'JOB_NOT_FOUND', { job: jobId });
  const workflow = workflowOf(views.ofResource(pathKey(job.resource_type, job.resource_id)), job);
  const isBusy = workflow.some((one) => !isUnclaimed(views, one));
  if (isBusy) return refused(context, 'JOB_RUNNING', { job: jobId });
  const own = new Set(workflow.map((one) => one.id));
  const dependents = views
    .transitiveDependentsOf([...own], (other) => isNewerVersion(other, job))
    .map((one) => one.id)
    .filter((id) => !own.has(id));
  if (request.dryRun) return done(context, dependents, nothing);
  if (dependents.length !== (request.dependents ?? 0)) {
    const shown = dependents.slice(0, limits.jobDependentsShown);
    return refused(context, 'JOB_HAS_DEPENDENTS', { job: jobId, count: dependents.length, dependents: shown });
  }
  return done(context, dependents, endWorkflow(context, workflow, cancelledBy(workflow)));
}

/** Whether a job belongs to a newer version of the cancelled resource: that starts by itself, as after a failure. */
function isNewerVersion(other: Job, job: Job): boolean {
  const isSameResource = other.resource_type === job.resource_type && other.resource_id === job.resource_id;
  return isSameResource && other.job_name !== job.job_name;
}

function cancelledBy(workflow: readonly Job[]): string {
  return errorText(kamadoError('JOB_CANCELLED_BY_OPERATOR', { job: failingOf(workflow)?.id ?? '' }));
}

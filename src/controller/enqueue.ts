import { kamadoError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { encodeJob, type Job, newJobId } from '../records/job.ts';
import { jobKey } from '../records/keys.ts';
import type { Compare, Operation } from '../store/store.ts';
import { sizeOf } from './batch.ts';
import type { JobViews } from './job-view.ts';
import type { PlannedJob } from './plan.ts';
import { pathKey } from './resource-view.ts';

/** What a transaction must compare and do. */
export interface Writes {
  readonly compare: readonly Compare[];
  readonly operations: readonly Operation[];
}

/**
 * Puts a workflow into the queue: ids, dependencies, and the keys of each job. Jobs of the same resource that no worker
 * has claimed give way to it (`decisions.md` 16); the transaction fails where one is claimed meanwhile.
 * @throws JOB_TOO_LARGE
 */
export function enqueue(
  views: JobViews,
  planned: readonly PlannedJob[],
  randomInteger: (below: number) => number,
): Writes {
  const [first] = planned;
  if (first === undefined) return { compare: [], operations: [] };
  const own = pathKey(first.resource_type, first.resource_id);
  const superseding = enqueueInPlaceOf(views, planned, supersedable(views, own), randomInteger);
  // Where more waits for the older workflow than one transaction can point to the newer one, both run.
  return isSmall(superseding) ? superseding : enqueueInPlaceOf(views, planned, [], randomInteger);
}

function isSmall({ operations, compare }: Writes): boolean {
  return (
    Math.max(operations.length, compare.length) <= limits.enqueueOperations && sizeOf(operations) <= limits.enqueueBytes
  );
}

function enqueueInPlaceOf(
  views: JobViews,
  planned: readonly PlannedJob[],
  superseded: readonly Job[],
  randomInteger: (below: number) => number,
): Writes {
  const jobs = withDependencies(views, planned, superseded, randomInteger);
  const last = jobs.at(-1);
  const repointed = last === undefined ? [] : repoint(views, superseded, last.id);
  return {
    compare: superseded.flatMap((job) => unclaimed(views, job)),
    operations: [
      ...superseded.flatMap((job) => removal(views, job)),
      ...repointed.map((job) => putJob(job, views.get(job.id)?.queued.attempt ?? 0)),
      ...jobs.flatMap((job) => {
        const queue = job.dependency.length === 0 ? 'ready' : 'waiting';
        return [putJob(job, 0), { type: 'put', key: jobKey(queue, job.id), value: job.handler } as const];
      }),
    ],
  };
}

/** The jobs of workflows that can give way: no worker has begun with any of them. */
function supersedable(views: JobViews, own: string): readonly Job[] {
  const jobs = views.ofResource(own);
  return jobs.filter((job) => {
    const workflow = jobs.filter((other) => other.job_name === job.job_name);
    return workflow.some((other) => other.is_first) && workflow.every((other) => isUntouched(views, other));
  });
}

function isUntouched(views: JobViews, job: Job): boolean {
  const places = views.places(job.id);
  return places.length === 1 && (places[0] === 'waiting' || places[0] === 'ready');
}

/**
 * The readers/writer rule (jobmanager.md §4.4): the first job waits for pending jobs of every resource that the workflow
 * reads, for pending jobs that read this resource, and for those of this resource; the others for their predecessors.
 */
function withDependencies(
  views: JobViews,
  planned: readonly PlannedJob[],
  superseded: readonly Job[],
  randomInteger: (below: number) => number,
): readonly Job[] {
  const ignored = new Set(
    [...superseded, ...views.transitiveDependentsOf(superseded.map((job) => job.id))].map((j) => j.id),
  );
  const jobs: Job[] = [];
  for (const job of planned) {
    const before = job.is_first
      ? blockers(views, planned, job).filter((id) => !ignored.has(id))
      : jobs.map((j) => j.id);
    jobs.push({ ...job, id: newJobId(job, randomInteger), dependency: before });
  }
  checkSize(jobs);
  return jobs;
}

function blockers(views: JobViews, planned: readonly PlannedJob[], first: PlannedJob): readonly string[] {
  const own = pathKey(first.resource_type, first.resource_id);
  const references = planned
    .flatMap((job) => job.params.flatMap((param) => param.resources))
    .map((reference) => pathKey(reference.resource_type, reference.resource_id));
  const forward = [...new Set(references)].flatMap((path) => views.ofResource(path).filter(isAwaited));
  const found = [...forward, ...views.referringTo(own), ...views.ofResource(own)];
  return [...new Set(found.map((job) => job.id))];
}

/** Those who read a resource wait for what builds it, not for those who only watch it afterwards. */
function isAwaited(job: Job): boolean {
  return job.is_first || job.handler !== 'monitoring_worker';
}

/** Jobs that waited for a superseded one wait for what took its place. */
function repoint(views: JobViews, superseded: readonly Job[], successor: string): readonly Job[] {
  const gone = new Set(superseded.map((job) => job.id));
  const waiting = superseded.flatMap((job) => views.dependentsOf(job.id)).filter((job) => !gone.has(job.id));
  return [...new Set(waiting)].map((job) => ({
    ...job,
    dependency: [...new Set(job.dependency.map((id) => (gone.has(id) ? successor : id)))],
  }));
}

function unclaimed(views: JobViews, job: Job): readonly Compare[] {
  return (['ready', 'waiting'] as const).flatMap((queue) => {
    const entry = views.entry(queue, job.id);
    return entry === undefined
      ? []
      : [{ key: entry.key, target: 'modRevision', is: '=', value: entry.modRevision } as const];
  });
}

/** The deletions that remove every trace of a job. */
export function removal(views: JobViews, job: Pick<Job, 'id'>): readonly Operation[] {
  return (['all', ...views.places(job.id)] as const).map((queue) => ({
    type: 'delete',
    range: { from: jobKey(queue, job.id) },
  }));
}

/** The put of a job's record. */
export function putJob(job: Job, attempt: number): Operation {
  return { type: 'put', key: jobKey('all', job.id), value: encodeJob({ job, attempt }) };
}

/** Whether the jobs fit one transaction, together with the configs that are kept beside them. */
function checkSize(jobs: readonly Job[]): void {
  const [first] = jobs;
  if (first === undefined) return;
  const bytes = sizeOf(jobs.map((job) => putJob(job, 0))) + Buffer.byteLength(JSON.stringify(first.resource_input));
  if (bytes <= limits.workflowBytes) return;
  const { resource_type: type, resource_id: id } = first;
  throw kamadoError('JOB_TOO_LARGE', { type, id, bytes, limit: limits.workflowBytes });
}

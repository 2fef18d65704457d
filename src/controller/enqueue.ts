import { kamadoError, limits } from '../kernel/index.ts';
import {
  encodeJob,
  encodeLoss,
  encodeSecretNames,
  type Job,
  type JobLoss,
  type JobQueue,
  jobKey,
  jobMarkKey,
  lossKey,
  newJobId,
  type QueuedJob,
} from '../records/index.ts';
import type { Operation } from '../store/index.ts';
import { sizeOf } from './batch.ts';
import { areBothDeletions, deletionsToHold, referencesOf } from './deletion-order.ts';
import type { JobViews } from './job-view.ts';
import type { PlannedJob } from './plan.ts';
import { pathKey } from './resource-view.ts';
import { hasFailed, unclaimed, untouchedJobs } from './workflow.ts';
import type { Writes } from './writes.ts';

/**
 * Returns the writes that put a workflow into the queue: ids, dependencies, and the keys of each job. Unclaimed jobs of
 * the same resource are superseded by it (compatibility J4), and so are the jobs `obsolete`, which no worker has. If
 * the workflow deletes, deletions of the resources that it reads wait for it (`docs/decisions/0012-deletion-order.md`).
 * The transaction fails if one of these jobs is claimed meanwhile.
 * @throws JOB_TOO_LARGE, and JOB_OBSOLETE if `obsolete` jobs can't be superseded in one transaction
 */
export function enqueue(
  views: JobViews,
  planned: readonly PlannedJob[],
  randomInteger: (below: number) => number,
  obsolete: readonly Job[] = [],
): Writes {
  const [first] = planned;
  if (first === undefined) return { compare: [], operations: [] };
  const own = pathKey(first.resource_type, first.resource_id);
  const superseded = new Map([...untouchedJobs(views, own), ...obsolete].map((job) => [job.id, job]));
  const superseding = enqueueInPlaceOf(views, planned, [...superseded.values()], randomInteger);
  // If more jobs wait for the older workflow than one transaction can repoint to the newer one, both workflows run.
  if (isSmall(superseding)) return superseding;
  const [stuck] = obsolete;
  if (stuck !== undefined) throw kamadoError('JOB_OBSOLETE', { job: stuck.id });
  return enqueueInPlaceOf(views, planned, [], randomInteger);
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
  const ignored = new Set(
    [...superseded, ...views.transitiveDependentsOf(superseded.map((job) => job.id))].map((job) => job.id),
  );
  const jobs = withDependencies(views, planned, ignored, randomInteger);
  const last = jobs.at(-1);
  const overtaken = overtakenBy(views, planned, superseded, ignored);
  const repointed = last === undefined ? [] : repoint(views, superseded, overtaken, last.id);
  const writes: Writes = {
    compare: superseded.flatMap((job) => unclaimed(views, job)),
    operations: [
      ...superseded.flatMap((job) => removal(views, job)),
      ...repointed.map((job) => putAgain(views, job)),
      ...jobs.flatMap((job, place) => [
        ...arrival(job, pastOf(views, superseded, job.handler)),
        ...markOf(job, planned[place]?.secretParams),
      ]),
    ],
  };
  const pointed = new Set(repointed.map((job) => job.id));
  const held = deletionsToHold(views, jobs).filter((job) => !pointed.has(job.id));
  const ordered = last === undefined ? writes : holdBack(views, writes, held, last.id);
  // If one transaction can't make all of them wait, none does.
  return isSmall(ordered) ? ordered : writes;
}

/** The history that a job takes over from superseded jobs for the same handler. */
interface Past {
  readonly attempt: number;
  readonly loss: JobLoss | null;
}

/**
 * The effects of superseded jobs may exist. And a newer version must keep the record that an older one ended its
 * worker's process.
 */
function pastOf(views: JobViews, superseded: readonly Job[], handler: string): Past {
  const before = superseded.filter((job) => job.handler === handler);
  const losses = before.flatMap((job) => views.loss(job.id) ?? []).sort((a, b) => b.lost - a.lost);
  return {
    attempt: Math.max(0, ...before.map((job) => views.get(job.id)?.queued.attempt ?? 0)),
    loss: losses[0] ?? null,
  };
}

function arrival(job: Job, { attempt, loss }: Past): readonly Operation[] {
  const isReady = job.dependency.length === 0 && loss === null;
  return [
    putJob({ job, attempt }),
    putInto(isReady ? 'ready' : 'waiting', job),
    ...(loss === null ? [] : [{ type: 'put', key: lossKey(job.id), value: encodeLoss(loss) } as const]),
  ];
}

/**
 * The readers/writers rule (compatibility J1): the first job waits for pending jobs of every resource that the workflow
 * reads, for pending jobs that read this resource, and for those of this resource; the others for their predecessors.
 */
function withDependencies(
  views: JobViews,
  planned: readonly PlannedJob[],
  ignored: ReadonlySet<string>,
  randomInteger: (below: number) => number,
): readonly Job[] {
  const jobs: Job[] = [];
  // `secretParams` isn't part of the job's record.
  for (const { secretParams: _, ...job } of planned) {
    const before = job.is_first
      ? blockers(views, planned, job).filter((id) => !ignored.has(id))
      : jobs.map((j) => j.id);
    jobs.push({ ...job, id: newJobId(job, randomInteger), dependency: before });
  }
  checkSize(jobs);
  return jobs;
}

/**
 * The ids of the awaited jobs, in the order of ids: the store doesn't tell which of two came first if one transaction
 * wrote both.
 */
function blockers(views: JobViews, planned: readonly PlannedJob[], first: PlannedJob): readonly string[] {
  const own = pathKey(first.resource_type, first.resource_id);
  const forward = referencesOf(planned)
    .flatMap((path) => views.ofResource(path).filter(isAwaited))
    .filter((job) => !areBothDeletions(first, job));
  const found = [...forward, ...views.referringTo(own), ...views.ofResource(own)];
  // A failed job may have to stay for a while. A new workflow must not be cancelled with the jobs that waited for it.
  const awaited = found.filter((job) => !hasFailed(views, job.id));
  return [...new Set(awaited.map((job) => job.id))].sort();
}

/**
 * Whether readers of a resource wait for the job: they wait for jobs that build it, not for jobs that only monitor it
 * afterwards.
 */
function isAwaited(job: Job): boolean {
  return job.is_first || job.handler !== 'monitoring_worker';
}

/**
 * The first jobs of the workflows that a new workflow would wait for, if they didn't wait for jobs that it supersedes.
 * Each of them waits for the new workflow directly from now on, because the jobs between may be superseded by a
 * workflow that waits for less.
 */
function overtakenBy(
  views: JobViews,
  planned: readonly PlannedJob[],
  superseded: readonly Job[],
  ignored: ReadonlySet<string>,
): readonly Job[] {
  const [first] = planned;
  if (first === undefined || superseded.length === 0) return [];
  const gone = new Set(superseded.map((job) => job.id));
  return blockers(views, planned, first)
    .filter((id) => ignored.has(id) && !gone.has(id))
    .flatMap((id) => firstOfWorkflow(views, id) ?? []);
}

function firstOfWorkflow(views: JobViews, jobId: string): Job | undefined {
  const job = views.get(jobId)?.queued.job;
  if (job === undefined || job.is_first) return job;
  return job.dependency.flatMap((id) => views.get(id)?.queued.job ?? []).find((before) => before.is_first);
}

/** Makes the jobs that waited for a superseded job, and the overtaken ones, wait for its replacement. */
function repoint(
  views: JobViews,
  superseded: readonly Job[],
  overtaken: readonly Job[],
  successor: string,
): readonly Job[] {
  const gone = new Set(superseded.map((job) => job.id));
  const waiting = superseded.flatMap((job) => views.dependentsOf(job.id)).filter((job) => !gone.has(job.id));
  const more = new Set(overtaken.map((job) => job.id));
  const byId = new Map([...waiting, ...overtaken].map((job) => [job.id, job]));
  return [...byId.values()].map((job) => {
    const dependency = job.dependency.map((id) => (gone.has(id) ? successor : id));
    return { ...job, dependency: [...new Set(more.has(job.id) ? [...dependency, successor] : dependency)] };
  });
}

/** Adds to `writes` that some unclaimed jobs wait for one more job. */
function holdBack(views: JobViews, writes: Writes, held: readonly Job[], awaited: string): Writes {
  const moved = held.filter((job) => views.entry('ready', job.id) !== undefined);
  return {
    compare: [...writes.compare, ...held.flatMap((job) => unclaimed(views, job))],
    operations: [
      ...writes.operations,
      ...held.map((job) => putAgain(views, { ...job, dependency: [...job.dependency, awaited] })),
      ...moved.flatMap((job) => [putInto('waiting', job), removalFrom('ready', job)]),
    ],
  };
}

/** The deletions that remove every trace of a job. */
export function removal(views: JobViews, job: Pick<Job, 'id'>): readonly Operation[] {
  const lists = (['all', ...views.places(job.id)] as const).map((queue) => removalFrom(queue, job));
  const beside = [jobMarkKey(job.id), ...(views.loss(job.id) === undefined ? [] : [lossKey(job.id)])];
  return [...lists, ...beside.map((from): Operation => ({ type: 'delete', range: { from } }))];
}

/** The mark of a job's secrets, recorded when it is planned: its template may change later. */
function markOf(job: Job, secretParams: ReadonlySet<string> | undefined): readonly Operation[] {
  if (secretParams === undefined || job.params.length === 0) return [];
  return [{ type: 'put', key: jobMarkKey(job.id), value: encodeSecretNames(secretParams) }];
}

function removalFrom(queue: JobQueue, job: Pick<Job, 'id'>): Operation {
  return { type: 'delete', range: { from: jobKey(queue, job.id) } };
}

/** The put of a job's record. */
export function putJob(queued: QueuedJob): Operation {
  return { type: 'put', key: jobKey('all', queued.job.id), value: encodeJob(queued) };
}

/** The put of a record that is in the queue already; keeps its attempts. */
function putAgain(views: JobViews, job: Job): Operation {
  return putJob({ attempt: 0, ...views.get(job.id)?.queued, job });
}

function putInto(queue: JobQueue, job: Job): Operation {
  return { type: 'put', key: jobKey(queue, job.id), value: job.handler };
}

/** Checks that the jobs fit into one transaction, together with the configs that are stored with them. */
function checkSize(jobs: readonly Job[]): void {
  const [first] = jobs;
  if (first === undefined) return;
  const bytes =
    sizeOf(jobs.map((job) => putJob({ job, attempt: 0 }))) + Buffer.byteLength(JSON.stringify(first.resource_input));
  if (bytes <= limits.workflowBytes) return;
  const { resource_type: type, resource_id: id } = first;
  throw kamadoError('JOB_TOO_LARGE', { type, id, bytes, limit: limits.workflowBytes });
}

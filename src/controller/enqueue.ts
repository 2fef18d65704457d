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
 * Puts a workflow into the queue: ids, dependencies, and the keys of each job. Jobs of the same resource that no worker
 * has claimed give way to it (compatibility J4), and deletions of what a deletion reads wait for it
 * (`docs/decisions/0012-deletion-order.md`); the transaction fails where one of them is claimed meanwhile. So do the jobs
 * `obsolete`, which no worker has.
 * @throws JOB_TOO_LARGE, and JOB_OBSOLETE where `obsolete` jobs can't give way in one transaction
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
  // Where more waits for the older workflow than one transaction can point to the newer one, both run.
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
  // Where one transaction can't make them all wait, none does.
  return isSmall(ordered) ? ordered : writes;
}

/** What a job takes over from those that gave way to it, for the same handler. */
interface Past {
  readonly attempt: number;
  readonly loss: JobLoss | null;
}

/** What they began may be there; and a newer version must not make it forgotten that the older one ended its process. */
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
  // What is known beside a job isn't a part of it.
  for (const { secretParams: _, ...job } of planned) {
    const before = job.is_first
      ? blockers(views, planned, job).filter((id) => !ignored.has(id))
      : jobs.map((j) => j.id);
    jobs.push({ ...job, id: newJobId(job, randomInteger), dependency: before });
  }
  checkSize(jobs);
  return jobs;
}

/** In the order of their ids: which of two came first is not in the store where one transaction wrote both. */
function blockers(views: JobViews, planned: readonly PlannedJob[], first: PlannedJob): readonly string[] {
  const own = pathKey(first.resource_type, first.resource_id);
  const forward = referencesOf(planned)
    .flatMap((path) => views.ofResource(path).filter(isAwaited))
    .filter((job) => !areBothDeletions(first, job));
  const found = [...forward, ...views.referringTo(own), ...views.ofResource(own)];
  // What has failed may have to stay for a while; who comes now isn't to be cancelled with what waited for it.
  const awaited = found.filter((job) => !hasFailed(views, job.id));
  return [...new Set(awaited.map((job) => job.id))].sort();
}

/** Those who read a resource wait for what builds it, not for those who only watch it afterwards. */
function isAwaited(job: Job): boolean {
  return job.is_first || job.handler !== 'monitoring_worker';
}

/**
 * The workflows that a new one would wait for, if they didn't wait for what gives way to it: their first jobs. Each waits
 * for it by itself from now on: what lies between may give way to something that waits for less.
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

/** Jobs that waited for a superseded one, and those that were overtaken, wait for what took its place. */
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

/** Adds to `writes` that jobs which no worker has claimed wait for one more. */
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

/** What of a job is secret, as it was planned; nobody would know later: its template may have changed by then. */
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

/** The put of a record that stands in the queue already, with its attempts. */
function putAgain(views: JobViews, job: Job): Operation {
  return putJob({ attempt: 0, ...views.get(job.id)?.queued, job });
}

function putInto(queue: JobQueue, job: Job): Operation {
  return { type: 'put', key: jobKey(queue, job.id), value: job.handler };
}

/** Whether the jobs fit one transaction, together with the configs that are kept beside them. */
function checkSize(jobs: readonly Job[]): void {
  const [first] = jobs;
  if (first === undefined) return;
  const bytes =
    sizeOf(jobs.map((job) => putJob({ job, attempt: 0 }))) + Buffer.byteLength(JSON.stringify(first.resource_input));
  if (bytes <= limits.workflowBytes) return;
  const { resource_type: type, resource_id: id } = first;
  throw kamadoError('JOB_TOO_LARGE', { type, id, bytes, limit: limits.workflowBytes });
}

import { limits } from '../kernel/index.ts';
import { encodeLoss, freeFromMs, type Job, type JobLoss, lossKey } from '../records/index.ts';
import type { JobViews } from './job-view.ts';
import { promotion } from './promotion.ts';
import type { Writes } from './writes.ts';

/** The knowledge for trying suspects. */
export interface SuspectContext {
  readonly views: JobViews;
  /** Whether a running worker has the handler. */
  readonly hasWorker: (handler: string) => boolean;
  /** The wall clock, in milliseconds since the epoch. */
  readonly nowMs: () => number;
}

/** A job that lost a worker: it may have caused the end of the worker's process. */
interface Suspect {
  readonly job: Job;
  readonly loss: JobLoss;
}

/** The largest number of jobs that one transaction makes ready: each needs three operations. */
const TRIED_AT_ONCE = 30;

/**
 * Makes jobs ready that lost a worker, so that one that ends its worker's process doesn't hold up other jobs
 * (`docs/decisions/0028-who-ended-the-process.md`). They are tried after a pause, and after all other ready jobs. The
 * more often they were lost, the fewer are tried at a time; in the end each alone.
 */
export function trySuspects(context: SuspectContext): Writes {
  const tried = context.views.hasHeld ? nextSuspects(context, context.nowMs()) : [];
  return {
    compare: tried.flatMap(({ job }) => {
      const entry = context.views.entry('waiting', job.id);
      return entry === undefined ? [] : [{ key: entry.key, target: 'modRevision', is: '=', value: entry.modRevision }];
    }),
    operations: tried.flatMap(({ job, loss }) => [
      ...promotion(job),
      { type: 'put', key: lossKey(job.id), value: encodeLoss({ ...loss, triedMs: context.nowMs() }) },
    ]),
  };
}

function nextSuspects(context: SuspectContext, nowMs: number): readonly Suspect[] {
  const chosen: Suspect[] = [];
  const running = onTrial(context, nowMs);
  const waiting = suspectsInOrder(context.views);
  const groupOf = (suspect: Suspect): number => groupSize(suspect.loss.lost, running.length + waiting.length);
  let most = running.reduce((least, one) => Math.min(least, groupOf(one)), Number.POSITIVE_INFINITY);
  let count = running.length;
  for (const suspect of waiting) {
    const group = groupOf(suspect);
    most = Math.min(most, group);
    const isGrouped = isInGroup(suspect);
    if (chosen.length >= TRIED_AT_ONCE || (isGrouped && count >= most)) break;
    if (isPausing(suspect.loss, nowMs)) continue;
    if (isPatient(suspect.loss, nowMs) && hasOthers(context, group === 1)) continue;
    chosen.push(suspect);
    if (isGrouped) count++;
  }
  return chosen;
}

/**
 * The milliseconds until suspects must be reconciled again though nothing has changed; null: no time limit is pending.
 */
export function nextTrialMs(context: SuspectContext): number | null {
  const { views } = context;
  if (!views.hasHeld) return null;
  const nowMs = context.nowMs();
  const held = suspectsInOrder(views).flatMap(({ loss }) => [freeFromMs(loss), latestMs(loss)]);
  const trials = onTrial(context, nowMs).map(({ loss }) => endOfTrialMs(loss));
  const coming = [...held, ...trials].filter((timeMs) => timeMs > nowMs);
  return coming.length === 0 ? null : coming.reduce((first, timeMs) => Math.min(first, timeMs)) - nowMs;
}

/** Whether its pause isn't over. A clock that was set back ends the pause. */
export function isPausing(loss: JobLoss, nowMs: number): boolean {
  return loss.atMs <= nowMs && nowMs < freeFromMs(loss);
}

/** Whether it waits until other jobs have gone first. */
function isPatient(loss: JobLoss, nowMs: number): boolean {
  return loss.atMs <= nowMs && nowMs < latestMs(loss);
}

/** The time from which it no longer waits for other jobs, which may never end. */
function latestMs(loss: JobLoss): number {
  return freeFromMs(loss) + Math.min((freeFromMs(loss) - loss.atMs) * limits.lossPatiencePauses, limits.lossPatienceMs);
}

/**
 * The suspects that are held back and wait for nothing else: those with the fewest losses first, then those that wait
 * longest.
 */
function suspectsInOrder(views: JobViews): readonly Suspect[] {
  return views
    .held()
    .flatMap((job) => {
      const loss = views.loss(job.id);
      const isFree = job.dependency.every((id) => views.get(id) === undefined);
      return loss === undefined || !isFree ? [] : [{ job, loss }];
    })
    .sort((a, b) => a.loss.lost - b.loss.lost || a.loss.atMs - b.loss.atMs);
}

/**
 * The suspects that were made ready a short while ago. A job that ends its process mostly does so soon, and a long job
 * must not hold up the others.
 */
function onTrial({ views }: SuspectContext, nowMs: number): readonly Suspect[] {
  return views.lossIds().flatMap((jobId) => {
    const job = views.get(jobId)?.queued.job;
    const loss = views.loss(jobId);
    if (job === undefined || loss === undefined || views.entry('waiting', jobId) !== undefined) return [];
    return isInGroup({ job, loss }) && endOfTrialMs(loss) > nowMs ? [{ job, loss }] : [];
  });
}

function endOfTrialMs({ triedMs }: JobLoss): number {
  return (triedMs ?? Number.NEGATIVE_INFINITY) + limits.lossTrialMs;
}

/**
 * Whether a job is tried within a group. After a single loss, which anything may have caused, it is tried like other
 * jobs.
 */
function isInGroup({ loss }: Suspect): boolean {
  return loss.lost > 1;
}

/**
 * The number of suspects that may be tried at a time if one of them was lost this often: one of them may end the
 * process.
 */
function groupSize(lost: number, suspects: number): number {
  if (lost <= 1) return Number.POSITIVE_INFINITY;
  if (lost >= limits.claimAttempts - 1) return 1;
  const least = lost === 2 ? limits.lossGroupJobs : 1;
  return Math.max(least, Math.floor(suspects / limits.lossGroupParts ** (lost - 1)));
}

/**
 * Whether other jobs go first: those that are ready for a running worker, and before a job that is tried alone also
 * those in progress.
 */
function hasOthers({ views, hasWorker }: SuspectContext, isAlone: boolean): boolean {
  const isOther = (job: Job): boolean => views.loss(job.id) === undefined && hasWorker(job.handler);
  return views.some('ready', isOther) || (isAlone && views.some('working', isOther));
}

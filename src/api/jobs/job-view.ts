import { type JsonObject, limits } from '../../kernel/index.ts';
import { freeFromMs } from '../../records/index.ts';
import type { StoredJob } from './job-reads.ts';

/**
 * The states of a job as the API renders them: 'held' lost a worker and is tried later, 'failed' has left the queue.
 */
export const jobStates = ['waiting', 'held', 'ready', 'working', 'finished', 'failed'] as const;
export type JobState = (typeof jobStates)[number];

/** The knowledge for rendering the jobs of the queue. */
export interface ShownWith {
  /** The ids of awaited jobs that are still in the queue. */
  readonly pending: ReadonlySet<string>;
  /** The handlers of the workers that are alive. */
  readonly served: ReadonlySet<string>;
  /** Revision → its time, in milliseconds since the epoch. */
  readonly times: ReadonlyMap<number, number>;
  readonly nowMs: number;
}

/** A job as the API renders it, without its parameters and its resource's body. */
export function shownJob(stored: StoredJob, known: ShownWith): JsonObject {
  const { job, attempt, failures = 0 } = stored.queued;
  const createdMs = known.times.get(stored.entry.createRevision);
  const waitsFor = job.dependency.filter((id) => known.pending.has(id));
  return {
    id: job.id,
    state: stateOf(stored, waitsFor.length > 0),
    action: job.action,
    handler: job.handler,
    type: job.resource_type,
    resource_id: job.resource_id,
    version: job.version,
    attempt,
    failures,
    lost_workers: stored.loss?.lost ?? 0,
    created: createdMs === undefined ? null : new Date(createdMs).toISOString(),
    age_ms: createdMs === undefined ? null : Math.max(0, Math.round(known.nowMs - createdMs)),
    waits_for: waitsFor.slice(0, limits.jobDependentsShown),
    ...(retryTime(stored, known, waitsFor) ?? {}),
    why: whyItWaits(stored, known, waitsFor),
  };
}

function stateOf({ place, loss }: StoredJob, waits: boolean): JobState {
  if (place === null) return 'held';
  return place === 'waiting' && loss !== null && !waits ? 'held' : place;
}

/** The time from which a job that lost a worker is tried again. */
function retryTime({ place, loss }: StoredJob, known: ShownWith, waitsFor: readonly string[]): JsonObject | null {
  if (place !== 'waiting' || loss === null || waitsFor.length > 0) return null;
  const fromMs = freeFromMs(loss);
  return { not_before: new Date(fromMs).toISOString(), not_before_ms: Math.max(0, Math.round(fromMs - known.nowMs)) };
}

/** The reason why a job doesn't progress now, in a sentence; '' if it does. */
function whyItWaits({ place, loss, queued }: StoredJob, known: ShownWith, waitsFor: readonly string[]): string {
  const { job, failures = 0 } = queued;
  if (waitsFor.length > 0) return `it waits for ${waitsFor.length} job(s), first ${waitsFor[0]}`;
  switch (place) {
    case null:
      return 'its worker was lost; the controller decides how to continue';
    case 'waiting':
      if (loss === null) return 'the jobs that it waited for are done; the controller makes it ready';
      return `${loss.lost} worker(s) were lost with it: it is tried after all others, and at most ${limits.claimAttempts - loss.lost} time(s) more`;
    case 'ready':
      if (!known.served.has(job.handler)) return `no running worker has the handler ${job.handler}`;
      return 'it waits for a worker with a free slot';
    case 'working':
      return failures === 0 ? '' : `its handler failed ${failures} time(s); the worker tries again by itself`;
    case 'finished':
      return 'it has ended; the controller settles what follows';
  }
}

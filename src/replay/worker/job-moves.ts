import { decodeFinished } from '../../records/job.ts';
import { parseJobKey } from '../../records/keys.ts';
import type { RecordedEvent } from '../recorded-event.ts';

/** What events tell of a job's way through the queue; places are positions in the list of events. */
export interface JobMoves {
  /** Where it was claimed, and again after a worker was lost. */
  readonly claims: readonly number[];
  /** Where it was finished, and with what errors; null: in no event. */
  readonly finish: { readonly place: number; readonly errors: readonly string[] } | null;
  /** Where it left the queue; null: in no event. */
  readonly left: number | null;
}

/** Of a job of which the events tell nothing. */
export const noMoves: JobMoves = { claims: [], finish: null, left: null };

/** The moves of each job, by its id. */
export function jobMoves(events: readonly RecordedEvent[]): ReadonlyMap<string, JobMoves> {
  const moves = new Map<string, JobMoves>();
  const held = new Set<string>();
  let begin = 0;
  events.forEach((event, place) => {
    // What is written in one transaction is written at once.
    if (events[begin]?.transaction !== event.transaction) begin = place;
    const job = parseJobKey(event.key);
    if (job === null || event.kind === 'held') return;
    const before = moves.get(job.jobId) ?? noMoves;
    const isPut = event.kind === 'put';
    switch (job.queue) {
      case 'working':
        if (isPut && !held.has(job.jobId)) moves.set(job.jobId, { ...before, claims: [...before.claims, begin] });
        if (isPut) held.add(job.jobId);
        else held.delete(job.jobId);
        break;
      case 'finished':
        if (isPut) moves.set(job.jobId, { ...before, finish: { place, errors: decodeFinished(event.value) } });
        break;
      case 'all':
        if (!isPut) moves.set(job.jobId, { ...before, left: place });
        break;
      case 'waiting':
      case 'ready':
        break;
    }
  });
  return moves;
}

import { decodeFinished, type JobQueue, parseJobKey } from '../../records/index.ts';
import type { RecordedEvent } from '../recorded-event.ts';

/** What events tell of a job's way through the queue; places are positions in the list of events. */
export interface JobMoves {
  /** It was at work when the recording began: what it did before that isn't known. */
  readonly isBegun: boolean;
  /** Where it was claimed, and again after a worker was lost. */
  readonly claims: readonly number[];
  /** Where it was finished, and with what errors; null: in no event. */
  readonly finish: { readonly place: number; readonly errors: readonly string[] } | null;
  /** Where it left the queue; null: in no event. */
  readonly left: number | null;
}

/** Of a job of which the events tell nothing. */
export const noMoves: JobMoves = { isBegun: false, claims: [], finish: null, left: null };

/** The moves of each job, by its id. */
export function jobMoves(events: readonly RecordedEvent[]): ReadonlyMap<string, JobMoves> {
  const moves = new Map<string, JobMoves>();
  const claimed = new Set<string>();
  let begin = 0;
  events.forEach((event, place) => {
    // What is written in one transaction is written at once.
    if (events[begin]?.transaction !== event.transaction) begin = place;
    const job = parseJobKey(event.key);
    if (job === null) return;
    const { queue, jobId } = job;
    const before = moves.get(jobId) ?? noMoves;
    // Renewed, it is the same claim.
    const isRenewal = queue === 'working' && event.kind === 'put' && claimed.has(jobId);
    if (!isRenewal) moves.set(jobId, { ...before, ...moveOf(before, queue, event, { begin, place }) });
    if (queue !== 'working') return;
    if (event.kind === 'delete') claimed.delete(jobId);
    else claimed.add(jobId);
  });
  return moves;
}

function moveOf(
  { claims }: JobMoves,
  queue: JobQueue,
  { kind, value }: RecordedEvent,
  { begin, place }: { readonly begin: number; readonly place: number },
): Partial<JobMoves> {
  switch (queue) {
    case 'working':
      if (kind === 'held') return { isBegun: true };
      return kind === 'put' ? { claims: [...claims, begin] } : {};
    case 'finished':
      return kind === 'put' ? { finish: { place, errors: decodeFinished(value) } } : {};
    case 'all':
      return kind === 'delete' ? { left: place } : {};
    case 'waiting':
    case 'ready':
      return {};
  }
}

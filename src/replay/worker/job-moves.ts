import { decodeFinished, type JobQueue, parseJobKey } from '../../records/index.ts';
import type { RecordedEvent } from '../recorded-event.ts';

/** The moves of a job through the queue, from events; places are positions in the list of events. */
export interface JobMoves {
  /** Whether it was running when the recording began: its earlier writes aren't known. */
  readonly isBegun: boolean;
  /** The places at which it was claimed, first and after each lost worker. */
  readonly claims: readonly number[];
  /** The place at which it was finished, and its errors; null: in no event. */
  readonly finish: { readonly place: number; readonly errors: readonly string[] } | null;
  /** The place at which it left the queue; null: in no event. */
  readonly left: number | null;
}

/** The moves of a job that no event mentions. */
export const noMoves: JobMoves = { isBegun: false, claims: [], finish: null, left: null };

/** The moves of each job, by its id. */
export function jobMoves(events: readonly RecordedEvent[]): ReadonlyMap<string, JobMoves> {
  const moves = new Map<string, JobMoves>();
  const claimed = new Set<string>();
  let begin = 0;
  events.forEach((event, place) => {
    // The writes of one transaction have the same place.
    if (events[begin]?.transaction !== event.transaction) begin = place;
    const job = parseJobKey(event.key);
    if (job === null) return;
    const { queue, jobId } = job;
    const before = moves.get(jobId) ?? noMoves;
    // A renewed claim is the same claim.
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

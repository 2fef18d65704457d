import { parseJson } from '../../kernel/index.ts';
import { decodeJob, type Job, parseJobKey, parseResourceKey } from '../../records/index.ts';
import type { Model } from '../../schema/index.ts';
import type { RecordedEvent } from '../recorded-event.ts';
import type { RecordedRun } from '../run-folder.ts';
import { claimPlace, versionOf } from './claim-place.ts';
import { jobMoves, noMoves } from './job-moves.ts';
import {
  familyNames,
  type PlacedJob,
  type RecordedTurn,
  type RecordedWrite,
  type WrittenFamily,
} from './recorded-writes.ts';
import { attributeWrites } from './write-attribution.ts';

/** The events of a run about the jobs of one handler. */
export interface RecordedTurns {
  /** In the order in which they were claimed. */
  readonly turns: readonly RecordedTurn[];
  /** Jobs that can't be read. */
  readonly unreadable: readonly { readonly id: string; readonly index: number }[];
  /** Writes of no known job of this handler or another one. */
  readonly strays: readonly RecordedWrite[];
  /** The families that the run contains. */
  readonly held: ReadonlySet<WrittenFamily>;
}

/** Finds the claimed jobs of a handler, and the writes of each. */
export function recordedTurns(
  { events, lossless, model }: RecordedRun,
  handler: string,
  isCalled: (job: Job) => boolean,
): RecordedTurns {
  const { jobs, unreadable } = jobsIn(events, model, handler);
  const writes = writesIn(events);
  const turns: RecordedTurn[] = [];
  const strays: RecordedWrite[] = [];
  for (const resource of new Set([...jobs.keys(), ...writes.keys()])) {
    const placed = jobs.get(resource) ?? [];
    const own = writes.get(resource) ?? [];
    const claimed = placed.flatMap((job) => {
      const place = claimPlace(job, placed, own, job.job.handler === handler ? isCalled(job.job) : null);
      return place === null ? [] : [{ ...job, place, timeMs: events[place]?.timeMs ?? 0 }];
    });
    const attributed = attributeWrites({ claimed, writes: own, handler, lossless });
    const unknown = new Set(
      claimed.filter(({ isBegun, claims }) => isBegun && claims.length === 0).map(({ job }) => job),
    );
    turns.push(...attributed.turns.filter(({ job }) => !unknown.has(job)));
    strays.push(...attributed.strays);
  }
  const held = [...writes.values()].flat().filter((write) => write.family !== 'state' || versionOf(write) !== null);
  return {
    turns: turns.sort((a, b) => a.place - b.place),
    unreadable,
    strays,
    held: new Set(held.map(({ family }) => family)),
  };
}

/** The jobs of each resource ('<url>/<id>'), as they were first written. */
function jobsIn(events: readonly RecordedEvent[], model: Model, handler: string) {
  const jobs = new Map<string, PlacedJob[]>();
  const unreadable: { id: string; index: number }[] = [];
  const moves = jobMoves(events);
  const known = new Set<string>();
  events.forEach(({ kind, key, value, index }, place) => {
    const { queue, jobId = '' } = parseJobKey(key) ?? {};
    if (queue !== 'all' || kind === 'delete' || known.has(jobId)) return;
    known.add(jobId);
    const job = decodeJob(value)?.job;
    const type = job === undefined ? undefined : model.types.get(job.resource_type);
    if (job === undefined || type === undefined || job.id !== jobId) {
      if (jobId.split(':')[1] === handler) unreadable.push({ id: jobId, index });
      return;
    }
    const resource = `${type.url}/${job.resource_id}`;
    const placed = { job, index, place, ...(moves.get(jobId) ?? noMoves) };
    jobs.set(resource, [...(jobs.get(resource) ?? []), placed]);
  });
  return { jobs, unreadable };
}

/** The writes of each resource ('<url>/<id>') in the compared families. */
function writesIn(events: readonly RecordedEvent[]): ReadonlyMap<string, readonly RecordedWrite[]> {
  const writes = new Map<string, RecordedWrite[]>();
  events.forEach(({ kind, key, value, index }, place) => {
    const resource = parseResourceKey(key);
    const family = resource === null ? undefined : familyNames[resource.family];
    if (resource === null || family === undefined || kind === 'held') return;
    const path = `${resource.url}/${resource.id}`;
    const written = kind === 'delete' ? undefined : (parseJson(value) ?? value);
    const others = writes.get(path);
    const write = { family, key, value: written, place, index };
    if (others === undefined) writes.set(path, [write]);
    else others.push(write);
  });
  return writes;
}

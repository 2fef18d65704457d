import { pathKey } from '../../controller/index.ts';
import { stackName } from '../../records/index.ts';
import { grouped } from '../grouped.ts';
import { assign } from './assignment.ts';
import type { HeatExchange, RecordedCall, RecordedRead } from './heat-recording.ts';
import type { RecordedTurn } from './recorded-writes.ts';
import type { Evidence } from './stack-script.ts';
import { usualCall } from './usual-calls.ts';
import type { JobResult } from './worker-log.ts';

/** All recordings about the jobs, job by job. */
export interface EvidenceList {
  /** The evidence in the order of the jobs. */
  readonly all: readonly Evidence[];
  /** Calls and results of no known job. */
  readonly strayCalls: readonly RecordedCall[];
  readonly strayResults: readonly JobResult[];
}

/** A call, with the reads of its stack before it and after it. */
interface Episode {
  readonly call: RecordedCall;
  readonly before: readonly RecordedRead[];
  readonly after: RecordedRead[];
}

/** Combines the records about each job from the store's events, Heat's log and the worker's log. */
export function evidenceListOf(
  turns: readonly RecordedTurn[],
  exchanges: readonly HeatExchange[],
  results: readonly JobResult[],
): EvidenceList {
  const talks = new Map([...grouped(exchanges, ({ stack }) => stack)].map(([stack, own]) => [stack, episodesOf(own)]));
  const episodes = new Map([...talks].map(([stack, talk]) => [stack, talk.episodes]));
  const calls = assignEach(turns, stackOf, episodes, ({ call }) => call.job, fitsCall);
  const outcomes = assignEach(
    turns,
    pathOf,
    grouped(results, ({ path }) => path),
    () => null,
    fitsResult,
  );
  return {
    all: turns.map((turn) => {
      const { call = null, before = talks.get(stackOf(turn))?.first ?? [], after = [] } = calls.of.get(turn) ?? {};
      return { turn, call, before, after, result: outcomes.of.get(turn) ?? null };
    }),
    strayCalls: calls.strays.map(({ call }) => call),
    strayResults: outcomes.strays,
  };
}

function stackOf({ job }: RecordedTurn): string {
  return stackName(job.resource_type, job.resource_id);
}

function pathOf({ job }: RecordedTurn): string {
  return pathKey(job.resource_type, job.resource_id);
}

/** The exchanges about one stack: the reads before the first call, and the calls. */
function episodesOf(exchanges: readonly HeatExchange[]) {
  const first: RecordedRead[] = [];
  const episodes: Episode[] = [];
  for (const one of exchanges) {
    const last = episodes.at(-1);
    if (one.of === 'call') episodes.push({ call: one, before: last?.after ?? first, after: [] });
    else (last?.after ?? first).push(one);
  }
  return { first, episodes };
}

function fitsCall({ call }: Episode, { job }: RecordedTurn): boolean {
  return call.kind === usualCall(job.action);
}

function fitsResult({ action }: JobResult, { job }: RecordedTurn): boolean {
  return usualCall(job.action) === (action === 'create' ? 'POST' : action === 'modify' ? 'PUT' : 'DELETE');
}

/** Assigns the items of each group to the turns of that group. */
function assignEach<Item>(
  turns: readonly RecordedTurn[],
  groupOf: (turn: RecordedTurn) => string,
  items: ReadonlyMap<string, readonly Item[]>,
  jobOf: (item: Item) => string | null,
  fits: (item: Item, turn: RecordedTurn) => boolean,
): { readonly of: ReadonlyMap<RecordedTurn, Item>; readonly strays: readonly Item[] } {
  const groups = grouped(turns, groupOf);
  const assigned = [...items].map(([group, own]) => assign(groups.get(group) ?? [], own, jobOf, fits));
  return {
    of: new Map(assigned.flatMap(({ of }) => [...of])),
    strays: assigned.flatMap(({ strays }) => strays),
  };
}

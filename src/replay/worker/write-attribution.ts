import { isJsonObject, type Json, type JsonObject, jsonEqual } from '../../kernel/index.ts';
import { isEmpty, versionOf } from './claim-place.ts';
import type { PlacedJob, RecordedTurn, RecordedWrite } from './recorded-writes.ts';
import { doneAs, usualCall } from './usual-calls.ts';

type ClaimedJob = PlacedJob & { readonly place: number; readonly timeMs: number };

/** What a job writes once each. */
type Part = 'begun' | 'resulted' | 'ended' | 'stacked' | 'stated';

/** What a job has written so far. */
interface OpenTurn extends Omit<ClaimedJob, 'claims'> {
  /** Where it is claimed again. */
  readonly claims: number[];
  readonly writes: RecordedWrite[];
  readonly parts: Set<Part>;
}

/** Whose a write is: a job's; 'other': none of this handler's; 'stray': of no job that is known. */
type Owner = OpenTurn | 'other' | 'stray';

/** What is told of one resource. */
export interface ResourceStory {
  readonly claimed: readonly ClaimedJob[];
  readonly writes: readonly RecordedWrite[];
  readonly handler: string;
  /** Whether nothing is missing: then it counts when a job was at work, else also what a job can have written. */
  readonly lossless: boolean;
}

/**
 * Tells which job of a resource made which of its writes: the one that had been claimed last; a state is of the job of
 * its version. What comes where no job can have written it is a stray.
 */
export function attributeWrites({ claimed, writes, handler, lossless }: ResourceStory): {
  readonly turns: readonly RecordedTurn[];
  readonly strays: readonly RecordedWrite[];
} {
  const all = claimed
    .map((job): OpenTurn => ({ ...job, claims: job.claims.slice(1), writes: [], parts: new Set() }))
    .sort((a, b) => a.place - b.place);
  const own = all.filter(({ job }) => job.handler === handler);
  const isShared = own.length < all.length;
  const strays: RecordedWrite[] = [];
  const last = new Map<string, RecordedWrite>();
  for (const write of writes) {
    const started = (lossless && write.family === 'job_state' ? all : own).filter(({ place }) => place <= write.place);
    const turn = write.family === 'state' ? stateTurn(write, all) : started.at(-1);
    if (turn !== undefined) beginAgain(turn, write.place);
    const before = last.get(write.key);
    last.set(write.key, write);
    const owner = lossless || fits(write, turn, all, before?.value) ? ownerOf(write, turn, lossless) : 'stray';
    if (owner === 'other') continue;
    if (owner !== 'stray') owner.writes.push(write);
    // Pollers may tell of one write twice, or of one of a job of others.
    else if (lossless || !(isShared || isRepetition(write, before))) strays.push(write);
  }
  return { turns: own.map(turnAlone), strays };
}

/** A job whose worker was lost is done again, wholly. */
function beginAgain({ claims, parts, writes }: OpenTurn, place: number): void {
  while (claims[0] !== undefined && claims[0] <= place) {
    claims.shift();
    parts.clear();
    writes.length = 0;
  }
}

/** The job of a state's version: the last one of its workflow, or the one that failed. */
function stateTurn(write: RecordedWrite, turns: readonly OpenTurn[]): OpenTurn | undefined {
  const ofVersion = turns.filter(({ job }) => job.version === versionOf(write));
  const started = ofVersion.filter(({ place }) => place <= write.place);
  return started.findLast(({ job }) => job.is_last) ?? started.at(-1) ?? ofVersion.at(-1);
}

function ownerOf(write: RecordedWrite, turn: OpenTurn | undefined, lossless: boolean): Owner {
  switch (write.family) {
    case 'state':
      // Others write states too: of what was read, and of what was cancelled.
      if (turn === undefined || (turn.finish !== null && write.place > turn.finish.place)) return 'other';
      return once(turn, 'stated') ?? 'other';
    case 'heat_stacks':
      // Who forgets the resource removes it.
      return write.value === undefined ? 'other' : (once(turn, 'stacked') ?? 'stray');
    case 'job_state':
      return once(turn, partOf(write, turn, lossless)) ?? 'stray';
  }
}

/** The part of a write in the course of a workflow's state; null: it comes where it can't. */
function partOf({ value }: RecordedWrite, turn: OpenTurn | undefined, lossless: boolean): Part | null {
  if (value === undefined) return 'ended';
  if (turn === undefined || turn.parts.has('ended')) return null;
  const begins = isEmpty(value) && turn.job.is_first && !turn.parts.has('begun');
  if (begins) return turn.parts.has('resulted') ? null : 'begun';
  return lossless || !isEmpty(value) ? 'resulted' : null;
}

function isRepetition({ value }: RecordedWrite, before: RecordedWrite | undefined): boolean {
  return before !== undefined && jsonEqual(value, before.value);
}

function once(turn: OpenTurn | undefined, part: Part | null): OpenTurn | undefined {
  if (turn === undefined || part === null || turn.parts.has(part)) return undefined;
  turn.parts.add(part);
  return turn;
}

/** Whether a job can have written that, where the events of the job that did may be missing. */
function fits(
  { family, value, place }: RecordedWrite,
  turn: OpenTurn | undefined,
  all: readonly OpenTurn[],
  jobState: Json | undefined,
): boolean {
  if (turn === undefined) return true;
  const { is_first: isFirst, is_last: isLast, action } = turn.job;
  switch (family) {
    case 'state':
      return isLast || (isJsonObject(value) && value.error !== '');
    case 'heat_stacks': {
      const status = isJsonObject(value) ? value.stack_status : undefined;
      const [done] = doneAs[usualCall(action)];
      return typeof status !== 'string' || status.split('_')[0] === done.split('_')[0];
    }
    case 'job_state':
      if (value === undefined) return isLast;
      if (!isEmpty(value)) return isOnlyHeats(value, jobState);
      return isFirst && !all.some((one) => one.job.is_first && one.place > turn.place && one.place <= place);
  }
}

/** Whether a job of Heat can have made one workflow's state of the other: it changes nothing that others handed on. */
function isOnlyHeats(after: Json, before: Json | undefined): boolean {
  if (!isJsonObject(after) || after.heat_outputs === undefined) return false;
  return jsonEqual(withoutHeats(after), withoutHeats(isJsonObject(before) ? before : {}));
}

function withoutHeats({ heat_outputs: _, orchestration_state: __, ...others }: JsonObject): JsonObject {
  return others;
}

function turnAlone({ job, index, place, timeMs, finish, writes }: OpenTurn): RecordedTurn {
  return { job, index, place, timeMs, finish, writes };
}

import { isJsonObject, type Json, type JsonObject, jsonEqual } from '../../kernel/index.ts';
import { isEmpty, versionOf } from './claim-place.ts';
import type { PlacedJob, RecordedTurn, RecordedWrite } from './recorded-writes.ts';
import { doneAs, usualCall } from './usual-calls.ts';

type ClaimedJob = PlacedJob & { readonly place: number; readonly timeMs: number };

/** The writes that a job makes once each. */
type Part = 'begun' | 'resulted' | 'ended' | 'stacked' | 'stated';

/** The writes of a job so far. */
interface OpenTurn extends Omit<ClaimedJob, 'claims'> {
  /** The places at which it is claimed again. */
  readonly claims: number[];
  readonly writes: RecordedWrite[];
  readonly parts: Set<Part>;
}

/** The owner of a write: a job; 'other': none of this handler; 'stray': no known job. */
type Owner = OpenTurn | 'other' | 'stray';

/** The events about one resource. */
export interface ResourceStory {
  readonly claimed: readonly ClaimedJob[];
  readonly writes: readonly RecordedWrite[];
  readonly handler: string;
  /** Whether no event is missing: then the time of a write decides; else also whether a job can have made it. */
  readonly lossless: boolean;
}

/**
 * Attributes the writes of a resource to its jobs: a write to the job that was claimed last, a state to the job of its
 * version. A write that no job can have made at its place is a stray.
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
    // Pollers may report one write twice, or a write of another handler's job.
    else if (lossless || !(isShared || isRepetition(write, before))) strays.push(write);
  }
  return { turns: own.map(turnAlone), strays };
}

/** Restarts a job whose worker was lost: it runs again from the beginning. */
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
      // The controller writes states too: of versions that were read, and of cancelled ones.
      if (turn === undefined || (turn.finish !== null && write.place > turn.finish.place)) return 'other';
      return once(turn, 'stated') ?? 'other';
    case 'heat_stacks':
      // The controller removes it together with the resource's traces.
      return write.value === undefined ? 'other' : (once(turn, 'stacked') ?? 'stray');
    case 'job_state':
      return once(turn, partOf(write, turn, lossless)) ?? 'stray';
  }
}

/** The part of a write in a workflow's state; null: it can't occur there. */
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

/** Whether a job can have made the write, given that the events of the real job may be missing. */
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

/**
 * Whether a job of Heat can have changed a workflow's state in this way: it changes nothing that other handlers wrote.
 */
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

import { isJsonObject, type Json, parseJson } from '../../kernel/index.ts';
import {
  type CallKind,
  type HeatFault,
  isFault,
  type RecordedCall,
  type RecordedRead,
  type Shown,
  type StackFace,
} from './heat-recording.ts';
import type { RecordedTurn } from './recorded-writes.ts';
import { doneAs, failedAs, usualCall } from './usual-calls.ts';
import type { JobResult } from './worker-log.ts';

/** What is known of a job's stack. */
export interface Evidence {
  readonly turn: RecordedTurn;
  /** The call that the job made; null: none is recorded. */
  readonly call: RecordedCall | null;
  /** What was seen of the stack before the call, and after it. */
  readonly before: readonly RecordedRead[];
  readonly after: readonly RecordedRead[];
  readonly result: JobResult | null;
}

/** How Heat answers while a job is at work. */
export interface StackScript {
  /** The stack before; null: there is none. */
  readonly before: StackFace | null;
  /** An error that the call is answered with; null: it is accepted. */
  readonly refusal: HeatFault | null;
  /** What looks show after the call, one after the other; the last one from then on. */
  readonly after: readonly Shown[];
}

const FIRST_ERROR = 400;
const SERVER_ERROR = 500;
const CONFLICT = 409;
const IN_PROGRESS = /_IN_PROGRESS$/;

/** Puts together from all that was recorded how Heat answered a job. */
export function scriptOf(evidence: Evidence): StackScript {
  const { turn, call, after } = evidence;
  const kind = call?.kind ?? usualCall(turn.job.action);
  const refusal = refusalOf(evidence);
  const progress = withoutRepetition(after.map(({ shown }) => shown)).filter(isOf(kind));
  return {
    before: refusal?.status === CONFLICT ? present : seenBefore(evidence),
    refusal,
    after: [...progress.filter((shown) => isFault(shown) || isUnderWay(shown)), endOf(evidence, kind, progress)],
  };
}

/** What was there before: as it was seen last, else what the job takes for granted. */
function seenBefore({ turn, before }: Evidence): StackFace | null {
  const seen = before.flatMap(({ shown }) => (isFault(shown) ? [] : [shown])).at(-1);
  const isNew = turn.job.action === 'create';
  if (seen === undefined) return isNew ? null : present;
  if (seen === null) return null;
  // What became of the rest isn't told: it was removed, or it is as the job takes for granted.
  if (isUnderWay(seen)) return isNew && seen.status.startsWith('DELETE_') ? null : present;
  return seen;
}

const present: StackFace = { status: 'CREATE_COMPLETE', reason: null, outputs: null, timeoutMinutes: null };

function refusalOf({ call, after, result }: Evidence): HeatFault | null {
  if (call !== null && call.status !== null && call.status >= FIRST_ERROR) {
    return { status: call.status, body: call.answer };
  }
  const fault = faultIn(result);
  // Then it was looked at in vain, before anything was asked of it.
  if (call === null && fault !== null) return fault;
  // What the stack's engine refuses is told at once; the rest while it was waited for.
  return fault !== null && fault.status < SERVER_ERROR && after.length === 0 ? fault : null;
}

/** What is there in the end. */
function endOf(evidence: Evidence, kind: CallKind, progress: readonly Shown[]): Shown {
  const { turn, result } = evidence;
  const last = progress.at(-1);
  if (last !== undefined && isFault(last)) return last;
  const fault = faultIn(result);
  if (fault !== null) return fault;
  const [error] = turn.finish?.errors ?? [];
  const isTold = isFace(last) && !isUnderWay(last);
  // Where nothing else tells how Heat answered a job that failed, its stack did.
  if (error !== undefined && !isTold) return { ...nothing, status: failedAs[kind], reason: error };
  if (kind === 'DELETE' && !(isFace(last) && !isUnderWay(last))) return null;
  const record = turn.writes.find(({ family }) => family === 'heat_stacks')?.value;
  const kept = isJsonObject(record) ? record : {};
  const [usual, usualReason] = doneAs[kind];
  const seen = isFace(last) && !isUnderWay(last) ? last : null;
  const reported = [result?.status ?? null, textOf(kept.stack_status)].find((status) => isEnd(status, kind));
  return {
    status: seen?.status ?? reported ?? usual,
    reason: seen?.reason ?? textOf(kept.status_reason) ?? usualReason,
    outputs: seen?.outputs ?? result?.outputs ?? (Array.isArray(kept.output) ? kept.output : []),
    timeoutMinutes: null,
  };
}

/** 'HTTPInternalServerError: {"code": 500, …}' is what the client of Heat threw. */
function faultIn(result: JobResult | null): HeatFault | null {
  if (result === null || result.error === null) return null;
  const [, name = '', text = ''] = /^(\w*?): *(.*)$/s.exec(result.error) ?? [];
  const body = parseJson(text);
  const code = isJsonObject(body) && typeof body.code === 'number' ? body.code : clientErrors.get(name);
  return { status: code ?? SERVER_ERROR, body: isJsonObject(body) ? body : {} };
}

const clientErrors: ReadonlyMap<string, number> = new Map([
  ['HTTPBadRequest', 400],
  ['HTTPForbidden', 403],
  ['HTTPNotFound', 404],
  ['HTTPConflict', 409],
  ['HTTPServiceUnavailable', 503],
]);

/** What is seen of something that was asked for earlier doesn't count. */
function isOf(kind: CallKind): (shown: Shown) => boolean {
  const action = doneAs[kind][0].replace(/COMPLETE$/, '');
  return (shown) => (isFace(shown) ? shown.status.startsWith(action) : shown !== null);
}

function isEnd(status: string | null, kind: CallKind): status is string {
  return status !== null && !IN_PROGRESS.test(status) && isOf(kind)({ ...nothing, status });
}

const nothing = { reason: null, outputs: null, timeoutMinutes: null };

function isFace(shown: Shown | undefined): shown is StackFace {
  return shown !== undefined && shown !== null && !isFault(shown);
}

function isUnderWay(shown: Shown): boolean {
  return isFace(shown) && IN_PROGRESS.test(shown.status);
}

/** One of each status, as it was seen last. */
function withoutRepetition(shown: readonly Shown[]): readonly Shown[] {
  return shown.filter((one, i) => {
    const next = shown[i + 1];
    return !(isFace(one) && isFace(next) && one.status === next.status);
  });
}

function textOf(value: Json | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

/** What the time that a stack was given was seen to be, where the call doesn't tell it. */
export function shownTimeout({ after }: Evidence): number | null {
  const times = after.map(({ shown }) => (isFace(shown) ? shown.timeoutMinutes : null));
  return times.findLast((minutes) => minutes !== null) ?? null;
}

import { isJsonObject, parseJson, textOrNull } from '../../kernel/index.ts';
import {
  type CallKind,
  type HeatFault,
  isFault,
  type RecordedCall,
  type RecordedRead,
  type StackReading,
  type StackView,
} from './heat-recording.ts';
import type { RecordedTurn } from './recorded-writes.ts';
import { doneAs, failedAs, usualCall } from './usual-calls.ts';
import type { JobResult } from './worker-log.ts';

/** The recorded evidence about a job's stack. */
export interface Evidence {
  readonly turn: RecordedTurn;
  /** The call of the job; null: none is recorded. */
  readonly call: RecordedCall | null;
  /** The recorded reads of the stack before the call, and after it. */
  readonly before: readonly RecordedRead[];
  readonly after: readonly RecordedRead[];
  readonly result: JobResult | null;
}

/** The answers of Heat while a job runs. */
export interface StackScript {
  /** The stack before the call; null: it didn't exist. */
  readonly before: StackView | null;
  /** The error with which the call is answered; null: it is accepted. */
  readonly refusal: HeatFault | null;
  /** The results of reads after the call, in order; the last one from then on. */
  readonly after: readonly StackReading[];
}

const FIRST_ERROR = 400;
const SERVER_ERROR = 500;
const CONFLICT = 409;
const IN_PROGRESS = /_IN_PROGRESS$/;

/** Reconstructs Heat's answers to a job from all recordings. */
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

/** The stack before the call: as it was read last, else as the job assumes it. */
function seenBefore({ turn, before }: Evidence): StackView | null {
  const seen = before.flatMap(({ shown }) => (isFault(shown) ? [] : [shown])).at(-1);
  const isNew = turn.job.action === 'create';
  if (seen === undefined) return isNew ? null : present;
  if (seen === null) return null;
  // The end of the operation in progress isn't recorded: the stack was removed, or is as the job assumes.
  if (isUnderWay(seen)) return isNew && seen.status.startsWith('DELETE_') ? null : present;
  return seen;
}

const present: StackView = { status: 'CREATE_COMPLETE', reason: null, outputs: null, timeoutMinutes: null };

function refusalOf({ call, after, result }: Evidence): HeatFault | null {
  if (call !== null && call.status !== null && call.status >= FIRST_ERROR) {
    return { status: call.status, body: call.answer };
  }
  const fault = faultIn(result);
  // Then a read failed before any call was made.
  if (call === null && fault !== null) return fault;
  // The engine answers a refusal at once; other errors appear while the job waits for the stack.
  return fault !== null && fault.status < SERVER_ERROR && after.length === 0 ? fault : null;
}

/** The final read. */
function endOf(evidence: Evidence, kind: CallKind, progress: readonly StackReading[]): StackReading {
  const { turn, result } = evidence;
  const last = progress.at(-1);
  if (last !== undefined && isFault(last)) return last;
  const fault = faultIn(result);
  if (fault !== null) return fault;
  const [error] = turn.finish?.errors ?? [];
  const isExplained = isFace(last) && !isUnderWay(last);
  // If nothing else tells how Heat answered a failed job, its stack failed.
  if (error !== undefined && !isExplained) return { ...nothing, status: failedAs[kind], reason: error };
  if (kind === 'DELETE' && !(isFace(last) && !isUnderWay(last))) return null;
  const record = turn.writes.find(({ family }) => family === 'heat_stacks')?.value;
  const kept = isJsonObject(record) ? record : {};
  const [usual, usualReason] = doneAs[kind];
  const seen = isFace(last) && !isUnderWay(last) ? last : null;
  const finalStatus = [result?.status ?? null, textOrNull(kept.stack_status)].find((status) => isEnd(status, kind));
  return {
    status: seen?.status ?? finalStatus ?? usual,
    reason: seen?.reason ?? textOrNull(kept.status_reason) ?? usualReason,
    outputs: seen?.outputs ?? result?.outputs ?? (Array.isArray(kept.output) ? kept.output : []),
    timeoutMinutes: null,
  };
}

/** 'HTTPInternalServerError: {"code": 500, …}' is an exception of Heat's client. */
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

/** Whether a read belongs to this call: reads of an earlier operation don't count. */
function isOf(kind: CallKind): (shown: StackReading) => boolean {
  const action = doneAs[kind][0].replace(/COMPLETE$/, '');
  return (shown) => (isFace(shown) ? shown.status.startsWith(action) : shown !== null);
}

function isEnd(status: string | null, kind: CallKind): status is string {
  return status !== null && !IN_PROGRESS.test(status) && isOf(kind)({ ...nothing, status });
}

const nothing = { reason: null, outputs: null, timeoutMinutes: null };

function isFace(shown: StackReading | undefined): shown is StackView {
  return shown !== undefined && shown !== null && !isFault(shown);
}

function isUnderWay(shown: StackReading): boolean {
  return isFace(shown) && IN_PROGRESS.test(shown.status);
}

/** The last read of each status. */
function withoutRepetition(shown: readonly StackReading[]): readonly StackReading[] {
  return shown.filter((one, i) => {
    const next = shown[i + 1];
    return !(isFace(one) && isFace(next) && one.status === next.status);
  });
}

/** The observed time-out of a stack, if the call doesn't contain it. */
export function shownTimeout({ after }: Evidence): number | null {
  const times = after.map(({ shown }) => (isFace(shown) ? shown.timeoutMinutes : null));
  return times.findLast((minutes) => minutes !== null) ?? null;
}

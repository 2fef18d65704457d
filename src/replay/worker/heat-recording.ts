import { join } from 'node:path';
import { isJsonObject, type Json, type JsonObject, textOrNull } from '../../kernel/index.ts';
import { readJsonLinesIfThere } from '../json-lines.ts';
import { runFiles } from '../run-folder.ts';

/** The calls that change a stack. */
const kinds = ['POST', 'PUT', 'PATCH', 'DELETE'] as const;
export type CallKind = (typeof kinds)[number];

/** The sent body, according to a line; null: not recorded. */
export interface SentBody {
  readonly line: number;
  readonly template: string | null;
  readonly parameters: JsonObject | null;
  readonly timeoutMinutes: Json;
}

/** A recorded call that changes a stack. A redirected call, which was sent twice, counts as one. */
export interface RecordedCall {
  readonly of: 'call';
  readonly line: number;
  readonly kind: CallKind;
  readonly stack: string;
  /** Null: not recorded. */
  readonly project: string | null;
  /** The job that made it; null or a job of another handler: not recorded. */
  readonly job: string | null;
  readonly status: number | null;
  readonly answer: JsonObject;
  readonly sent: readonly SentBody[];
}

/** A stack as it was read; null: not recorded. */
export interface StackView {
  readonly status: string;
  readonly reason: string | null;
  readonly outputs: readonly Json[] | null;
  readonly timeoutMinutes: number | null;
}

/** An error answer. */
export interface HeatFault {
  readonly status: number;
  readonly body: JsonObject;
}

/** The result of a read of a stack: null is its absence. */
export type StackReading = StackView | HeatFault | null;

export interface RecordedRead {
  readonly of: 'look';
  readonly line: number;
  readonly stack: string;
  readonly shown: StackReading;
}

/** A call or read of a stack, in the order of the lines. */
export type HeatExchange = RecordedCall | RecordedRead;

/** The first status of redirects, by which Heat refers to a stack by its name and its id. */
const FIRST_REDIRECT = 300;
const FIRST_ERROR = 400;
const NOT_FOUND = 404;

/** Reads the calls to Heat of a run; null if they weren't recorded. @throws RUN_UNREADABLE */
export async function readHeatCalls(folder: string): Promise<readonly HeatExchange[] | null> {
  const lines = await readJsonLinesIfThere(join(folder, runFiles.heatCalls), parseHeatCall);
  return lines === null ? null : withoutRedirects(lines);
}

/** Whether an answer is an error. */
export function isFault(shown: StackReading): shown is HeatFault {
  return shown !== null && 'body' in shown;
}

/** Reads a line of heat_calls.jsonl; null if it isn't about one stack. */
export function parseHeatCall(value: Json | undefined, line: number): HeatExchange | null | string {
  if (!isJsonObject(value)) return 'an object is expected';
  const { method, path, status = null } = value;
  if (typeof method !== 'string') return 'a method is expected';
  if (typeof path !== 'string') return 'a path is expected';
  if (status !== null && typeof status !== 'number') return 'a status is a number, or null';
  const kind = kinds.find((one) => one === method);
  const place = placeOf(path);
  if (kind !== undefined) return place === null ? null : callOf(value, kind, place, status, line);
  if (method !== 'GET' && method !== 'HEAD') return `unknown method ${JSON.stringify(method)}`;
  return place?.stack == null || place.hasMore ? null : lookOf(value, place.stack, status, line);
}

interface StackPlace {
  readonly project: string;
  readonly stack: string | null;
  /** Whether the path names a part of the stack, not the stack itself. */
  readonly hasMore: boolean;
}

/** The stack in a path '/v1/<project>/stacks[/<name>[/<id>[/…]]]'. */
function placeOf(path: string): StackPlace | null {
  const [, project, rest = ''] = /^[^?#]*?\/([^/?#]+)\/stacks(?:\/([^?#]*))?(?:[?#].*)?$/.exec(path) ?? [];
  if (project === undefined) return null;
  const [stack = '', , ...more] = rest.split('/');
  return { project, stack: stack === '' ? null : stack, hasMore: more.length > 0 };
}

function callOf(
  value: JsonObject,
  kind: CallKind,
  place: StackPlace,
  status: number | null,
  line: number,
): RecordedCall | null | string {
  const body = isJsonObject(value.body) ? value.body : {};
  const { template = null, parameters = null, timeout_mins: timeoutMinutes = null } = body;
  const stack = place.stack ?? textOrNull(body.stack_name) ?? textOrNull(value.stack_name);
  if (place.hasMore) return null;
  if (stack === null) return 'a call that changes a stack has no stack_name';
  if (template !== null && typeof template !== 'string') return 'body.template is a text';
  if (parameters !== null && !isJsonObject(parameters)) return 'body.parameters is an object';
  return {
    of: 'call',
    line,
    kind,
    stack,
    project: /^<.*>$/.test(place.project) ? null : place.project,
    job: textOrNull(value.job),
    status,
    answer: isJsonObject(value.response) ? value.response : {},
    sent: [{ line, template, parameters, timeoutMinutes }],
  };
}

function lookOf(value: JsonObject, stack: string, status: number | null, line: number): RecordedRead | null {
  const answer = isJsonObject(value.response) ? value.response : {};
  const shown = shownBy(value, answer, status);
  return shown === undefined ? null : { of: 'look', line, stack, shown };
}

function shownBy(value: JsonObject, answer: JsonObject, status: number | null): StackReading | undefined {
  if (status === NOT_FOUND) return null;
  if (status !== null && status >= FIRST_ERROR) return { status, body: answer };
  const stack = isJsonObject(answer.stack) ? answer.stack : null;
  const stackStatus = textOrNull(stack?.stack_status) ?? textOrNull(value.response_stack_status);
  if (stackStatus === null) return undefined;
  return {
    status: stackStatus,
    reason: textOrNull(stack?.stack_status_reason),
    outputs: Array.isArray(stack?.outputs) ? stack.outputs : null,
    timeoutMinutes: typeof stack?.timeout_mins === 'number' ? stack.timeout_mins : null,
  };
}

/** Merges a redirected call with the one that followed it. */
function withoutRedirects(lines: readonly HeatExchange[]): readonly HeatExchange[] {
  const open = new Map<string, number>();
  const exchanges: HeatExchange[] = [];
  for (const one of lines) {
    if (one.of === 'call') {
      const place = open.get(one.stack);
      const first = place === undefined ? undefined : exchanges[place];
      open.delete(one.stack);
      if (place !== undefined && first?.of === 'call' && first.kind === one.kind && !isRedirected(one)) {
        exchanges[place] = { ...one, line: first.line, job: first.job ?? one.job, sent: [...first.sent, ...one.sent] };
        continue;
      }
      if (isRedirected(one)) open.set(one.stack, exchanges.length);
    }
    exchanges.push(one);
  }
  return exchanges;
}

function isRedirected({ status }: RecordedCall): boolean {
  return status !== null && status >= FIRST_REDIRECT && status < FIRST_ERROR;
}

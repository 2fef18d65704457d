import { isJsonObject, type Json, type JsonObject, MASK, redactorOf } from '../../kernel/index.ts';
import { type Difference, differences, type IsSecret } from '../differences.ts';
import type { RecordedCall, SentBody } from './heat-recording.ts';
import type { MadeCall } from './recorded-heat.ts';

/** The context for comparing a call. */
export interface CallContext {
  /** Tells whether a parameter is secret. */
  readonly isSecretParameter: (name: string) => boolean;
  /** Texts that are secret, wherever they occur. */
  readonly secrets: readonly string[];
  /** The observed time-out of the stack, for recordings of calls without it. */
  readonly shownTimeout: number | null;
}

/** A difference of a call, and the line of the recording. */
export interface CallDifference {
  readonly line: number;
  readonly differences: readonly Difference[];
}

/** The differences between a made call and the recorded one; parts that aren't recorded aren't compared. */
export function callDifferences(recorded: RecordedCall, made: MadeCall, context: CallContext): CallDifference {
  const place = differences(
    { kind: recorded.kind, stack: recorded.stack, project: recorded.project },
    { kind: made.kind, stack: made.stack, project: recorded.project === null ? null : made.project },
  );
  if (place.length > 0) return { line: recorded.line, differences: place };
  for (const sent of recorded.sent) {
    const found = bodyDifferences(sent, made.body ?? {}, context);
    if (found.length > 0) return { line: sent.line, differences: found };
  }
  return { line: recorded.line, differences: [] };
}

function bodyDifferences(sent: SentBody, body: JsonObject, context: CallContext): readonly Difference[] {
  const { template, parameters, timeoutMinutes } = sent;
  const isSecret: IsSecret = (pointer) => {
    const [, part, name, ...more] = pointer.split('/');
    const isParameter = part === 'parameters' && name !== undefined && more.length === 0;
    return isParameter && context.isSecretParameter(unescaped(name));
  };
  const expectedTimeout = timeoutMinutes ?? (body.timeout_mins === undefined ? null : context.shownTimeout);
  const isTimed = expectedTimeout !== null;
  const fields = (source: JsonObject, timeout: Json | undefined): JsonObject => ({
    ...(parameters === null ? {} : { parameters: source.parameters ?? null }),
    ...(isTimed ? { timeout_mins: timeout ?? null } : {}),
  });
  return [
    ...(template === null ? [] : templateDifferences(template, body.template, context.secrets)),
    ...differences(fields({ parameters }, expectedTimeout), fields(body, body.timeout_mins), isSecret),
  ];
}

/**
 * The first line of a template's text that differs, counted from 1. The recording keeps templates with the newlines at
 * both ends stripped and one added.
 */
function templateDifferences(
  recorded: string,
  made: Json | undefined,
  secrets: readonly string[],
): readonly Difference[] {
  if (typeof made !== 'string') return [{ pointer: '/template', recorded: 'a text', planned: made }];
  const redact = redactorOf(secrets);
  const [before, after] = [linesOf(recorded), linesOf(made)];
  const length = Math.max(before.length, after.length);
  for (let i = 0; i < length; i++) {
    const [was, is] = [before[i], after[i]];
    if (was === is || (was !== undefined && is !== undefined && matchesMasked(was, is))) continue;
    const [shownBefore, shownAfter] = [was, is].map((line) => (line === undefined ? undefined : redact(line)));
    return [{ pointer: `/template/${i + 1}`, recorded: shownBefore, planned: shownAfter }];
  }
  return [];
}

function linesOf(template: string): readonly string[] {
  let [from, to] = [0, template.length];
  while (template[from] === '\n') from++;
  while (to > from && template[to - 1] === '\n') to--;
  return template.slice(from, to).split('\n');
}

/** Whether a text is a recorded one in which any text may stand for the mask. */
function matchesMasked(recorded: string, text: string): boolean {
  const [first = '', ...parts] = recorded.split(MASK);
  const last = parts.pop();
  if (last === undefined || !text.startsWith(first)) return false;
  let from = first.length;
  for (const part of parts) {
    const found = text.indexOf(part, from);
    if (found < 0) return false;
    from = found + part.length;
  }
  return text.length - last.length >= from && text.endsWith(last);
}

function unescaped(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~');
}

/** All texts in a value. */
export function textsIn(value: Json | undefined): readonly string[] {
  if (typeof value === 'string') return value === '' ? [] : [value];
  if (Array.isArray(value)) return value.flatMap((part: Json) => textsIn(part));
  return isJsonObject(value) ? Object.values(value).flatMap(textsIn) : [];
}

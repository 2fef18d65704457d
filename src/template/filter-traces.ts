import type { Arguments } from './arguments.ts';
import { applyFilter } from './evaluator.ts';
import { formatValues, indentionOf, replacementOf } from './filters.ts';
import { replaceText } from './methods.ts';
import { argumentsReadNames, parametersWithNames } from './names.ts';
import { ENTANGLED, TEMPLATE, TEXT } from './origin.ts';
import { isOfTemplate, type Part, textOf } from './output.ts';
import { percentParts } from './percent-format.ts';
import { printAny } from './printing.ts';
import type { Run } from './run.ts';
import { positionsOf } from './search.ts';
import type { FilterStep } from './syntax.ts';

/** A filter that was applied to a text of these parts, and what it gave. */
export interface Application {
  readonly parts: readonly Part[];
  readonly step: FilterStep;
  readonly args: Arguments;
  readonly result: string;
}

/**
 * Tells which parts of a text are whose, after a filter made it of parts; undefined where it can't. That is decided by
 * what the template says, not by the values: else a value could choose to be the whole text in place of a part of it.
 */
export type Trace = (run: Run, application: Application) => readonly Part[] | undefined;

/** The filters that have a trace. What any other filter makes of a value is a value. */
export const traces: ReadonlyMap<string, Trace> = new Map<string, Trace>([
  ['default', traceDefault],
  ['d', traceDefault],
  ['format', traceFormat],
  ['indent', traceIndent],
  ['lower', tracePartByPart],
  ['replace', traceReplace],
  ['string', tracePartByPart],
  ['upper', tracePartByPart],
  ['urlencode', tracePartByPart],
]);

/** A default takes the place of an empty text only. */
function traceDefault(_run: Run, { parts }: Application): readonly Part[] | undefined {
  return parts.every(({ text }) => text === '') ? undefined : parts;
}

/** Each part on its own, where that gives the same as all at once. */
function tracePartByPart(run: Run, { parts, step, args, result }: Application): readonly Part[] | undefined {
  if (argumentsReadNames(step.args)) return undefined;
  const applied = parts.map((part) => changed(part, printAny(run, applyFilter(run, part.text, step, args))));
  return textOf(applied) === result ? applied : undefined;
}

/** The indention of a line belongs to the part that holds the end of the line before it. */
function traceIndent(run: Run, { parts, step, args, result }: Application): readonly Part[] | undefined {
  if (argumentsReadNames(step.args)) return undefined;
  const { indention, first, blank } = indentionOf(run, args);
  const whole = run.text(textOf(parts));
  const isBlankAt = (at: number) => !blank && (at === whole.length || whole[at] === '\n');
  let offset = 0;
  const indented: Part[] = [{ text: first ? indention : '', line: step.line, origin: TEMPLATE }];
  for (const part of parts) {
    // With an empty value the line isn't indented, with another one it would be.
    if (part.text === '' && whole[offset - 1] === '\n' && isBlankAt(offset)) return undefined;
    const start = offset;
    const text = part.text.replaceAll('\n', (end, at) => (isBlankAt(start + at + 1) ? end : end + indention));
    indented.push(changed(part, text));
    offset += part.text.length;
  }
  return textOf(indented) === result ? indented : undefined;
}

/** The part with another text. What was quoted, or a collection, is no longer known to be one. */
function changed(part: Part, text: string): Part {
  return { ...part, text, origin: isOfTemplate(part) || text === part.text ? part.origin : TEXT };
}

/** Values may stand in what is inserted, and around it. */
function traceReplace(run: Run, { parts, step, args, result }: Application): readonly Part[] | undefined {
  const { old, replacement, count } = replacementOf(run, args);
  const ofValues = parametersWithNames(step.args, ['old', 'new', 'count']);
  // A value that chooses what is replaced could take any of the template's text away.
  if (ofValues.has('old') || ofValues.has('count') || old === '') return undefined;
  // As could one that holds what is replaced, and uses the count up.
  if (count >= 0 && parts.length > 1) return undefined;
  const inserted = { text: replacement, line: step.line, origin: ofValues.has('new') ? TEXT : TEMPLATE };
  const replaced = parts.flatMap((part) =>
    isOfTemplate(part)
      ? replaceIn(run, part, old, inserted, count)
      : [changed(part, replaceText(run, part.text, old, replacement, count))],
  );
  // As does one that makes up what is replaced together with the template's text beside it.
  return textOf(replaced) === result ? replaced : [{ text: result, line: step.line, origin: ENTANGLED }];
}

function replaceIn(run: Run, part: Part, old: string, inserted: Part, count: number): readonly Part[] {
  const places = positionsOf(run, part.text, old, count < 0 ? Number.POSITIVE_INFINITY : count);
  const parts: Part[] = [];
  let from = 0;
  let { line } = part;
  for (const at of places) {
    const before = part.text.slice(from, at);
    parts.push({ ...part, text: before, line }, inserted);
    from = at + old.length;
    line += before.split('\n').length + old.split('\n').length - 2;
  }
  return [...parts, { ...part, text: part.text.slice(from), line }];
}

/** The places of a format that the template wrote hold values. */
function traceFormat(run: Run, { parts, args }: Application): readonly Part[] | undefined {
  const [format, ...more] = parts;
  if (format === undefined || more.length > 0 || !isOfTemplate(format)) return undefined;
  return percentParts(run, format.text, formatValues(run, args)).map(({ text, isPlace }) => ({
    ...format,
    text,
    origin: isPlace ? TEXT : TEMPLATE,
  }));
}

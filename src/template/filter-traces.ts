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

/** The application of a filter to a text of these parts, and its result. */
export interface Application {
  readonly parts: readonly Part[];
  readonly step: FilterStep;
  readonly args: Arguments;
  readonly result: string;
}

/**
 * Determines the origins of a text after a filter made it from parts. undefined if that is impossible. The decision
 * depends on the template, not on the values: otherwise a value could choose to count as the whole text instead of a
 * part of it.
 */
export type Trace = (run: Run, application: Application) => readonly Part[] | undefined;

/** The filters that have a trace. The result of any other filter on a value is a value. */
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

/** A default replaces only an empty text. */
function traceDefault(_run: Run, { parts }: Application): readonly Part[] | undefined {
  return parts.every(({ text }) => text === '') ? undefined : parts;
}

/** Each part on its own, if that gives the same as all at once. */
function tracePartByPart(run: Run, { parts, step, args, result }: Application): readonly Part[] | undefined {
  if (argumentsReadNames(step.args)) return undefined;
  const applied = parts.map((part) => changed(part, printAny(run, applyFilter(run, part.text, step, args))));
  return textOf(applied) === result ? applied : undefined;
}

/** The indentation of a line belongs to the part that holds the end of the line before it. */
function traceIndent(run: Run, { parts, step, args, result }: Application): readonly Part[] | undefined {
  if (argumentsReadNames(step.args)) return undefined;
  const { indention, first, blank } = indentionOf(run, args);
  const whole = run.text(textOf(parts));
  const isBlankAt = (at: number) => !blank && (at === whole.length || whole[at] === '\n');
  let offset = 0;
  const indented: Part[] = [{ text: first ? indention : '', line: step.line, origin: TEMPLATE }];
  for (const part of parts) {
    // With an empty value the line isn't indented; with another one it would be.
    if (part.text === '' && whole[offset - 1] === '\n' && isBlankAt(offset)) return undefined;
    const start = offset;
    const text = part.text.replaceAll('\n', (end, at) => (isBlankAt(start + at + 1) ? end : end + indention));
    indented.push(changed(part, text));
    offset += part.text.length;
  }
  return textOf(indented) === result ? indented : undefined;
}

/** Returns the part with another text. A quoted text or a collection isn't known to be one any more. */
function changed(part: Part, text: string): Part {
  return { ...part, text, origin: isOfTemplate(part) || text === part.text ? part.origin : TEXT };
}

/** Values may occur in the inserted text, and around it. */
function traceReplace(run: Run, { parts, step, args, result }: Application): readonly Part[] | undefined {
  const { old, replacement, count } = replacementOf(run, args);
  const ofValues = parametersWithNames(step.args, ['old', 'new', 'count']);
  // A value that chooses the replaced text could remove any of the template's text.
  if (ofValues.has('old') || ofValues.has('count') || old === '') return undefined;
  // So could a value that contains the replaced text, and uses up the count.
  if (count >= 0 && parts.length > 1) return undefined;
  const inserted = { text: replacement, line: step.line, origin: ofValues.has('new') ? TEXT : TEMPLATE };
  const replaced = parts.flatMap((part) =>
    isOfTemplate(part)
      ? replaceIn(run, part, old, inserted, count)
      : [changed(part, replaceText(run, part.text, old, replacement, count))],
  );
  // So does a value that forms the replaced text together with the template's text beside it.
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

/** The placeholders of a format that the template wrote hold values. */
function traceFormat(run: Run, { parts, args }: Application): readonly Part[] | undefined {
  const [format, ...more] = parts;
  if (format === undefined || more.length > 0 || !isOfTemplate(format)) return undefined;
  return percentParts(run, format.text, formatValues(run, args)).map(({ text, isPlace }) => ({
    ...format,
    text,
    origin: isPlace ? TEXT : TEMPLATE,
  }));
}

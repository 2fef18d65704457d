import type { Arguments } from './arguments.ts';
import type { Scope } from './context.ts';
import { applyFilter, callArguments, plain } from './evaluator.ts';
import { traces } from './filter-traces.ts';
import { argumentsReadNames } from './names.ts';
import { ENTANGLED, type Origin, originOf, TEMPLATE } from './origin.ts';
import { isOfTemplate, type Part, textOf } from './output.ts';
import { printAny } from './printing.ts';
import type { Run } from './run.ts';
import type { FilterStep } from './syntax.ts';
import type { JsonText, Value } from './value.ts';

/** Returns the output of a filter block, in parts with their origins. */
export function filterBlock(
  run: Run,
  scope: Scope,
  body: readonly Part[],
  steps: readonly FilterStep[],
): readonly Part[] {
  let filtered: Filtered = { value: run.text(textOf(body)), parts: body };
  for (const step of steps) filtered = filter(run, filtered, step, callArguments(run, scope, step.args));
  return filtered.parts;
}

/** A value, and the parts of what it prints. */
interface Filtered {
  readonly value: Value | JsonText;
  readonly parts: readonly Part[];
}

/**
 * Applies a filter, which makes a text from another one and its arguments. If the template wrote all of these, it wrote
 * the result. Some filters can be traced part by part. The result of any other filter is a value.
 */
function filter(run: Run, before: Filtered, step: FilterStep, args: Arguments): Filtered {
  run.charge(before.parts.length);
  const parts = joinTemplateParts(before.parts);
  const given = plain(before.value);
  const value = applyFilter(run, given, step, args);
  const whole = (origin: Origin) => ({ value, parts: [{ text: printAny(run, value), line: step.line, origin }] });
  if (parts.some(({ origin }) => origin.kind === 'entangled')) return whole(ENTANGLED);
  if (parts.every(isOfTemplate) && !argumentsReadNames(step.args)) return whole(TEMPLATE);
  const trace = traces.get(step.name);
  if (trace === undefined || typeof given !== 'string' || typeof value !== 'string') return whole(originOf(value));
  const traced = trace(run, { parts, step, args, result: value });
  return traced === undefined ? whole(originOf(value)) : { value, parts: traced };
}

/** Joins parts of the template's text, which comments and tags split without meaning. */
function joinTemplateParts(parts: readonly Part[]): readonly Part[] {
  const joined: Part[] = [];
  for (const part of parts) {
    const last = joined.at(-1);
    if (last !== undefined && isOfTemplate(last) && isOfTemplate(part)) {
      joined[joined.length - 1] = { ...last, text: last.text + part.text };
    } else joined.push(part);
  }
  return joined;
}

import {
  isJsonObject,
  isKamadoError,
  type Json,
  type JsonObject,
  jsonEqual,
  kamadoError,
  limits,
} from '../kernel/index.ts';
import type { Pattern } from '../kernel/pattern/index.ts';
import type { Condition, MappingContext } from './mapping.ts';

/** One run of a visitor over a mapping: its name, and the steps that it took so far. */
export interface MappingRun {
  /** Names the mapping in errors. */
  readonly param: string;
  steps: number;
}

/** Counts a node or a hop: nested forEach multiply, and without a bound a small body could take hours. */
export function countStep(run: MappingRun): void {
  countSteps(run, 1);
}

function countSteps(run: MappingRun, steps: number): void {
  run.steps += steps;
  if (run.steps > limits.mappingSteps) throw misfit(run, `more than ${limits.mappingSteps} steps`);
}

/** Makes MAPPING_INVALID for a mapping that doesn't fit the resource. */
export function misfit(run: MappingRun, reason: string): Error {
  return kamadoError('MAPPING_INVALID', { place: run.param, reason });
}

/** What a part of an evaluation gives; null where it leads to a resource that isn't there. */
export function unlessMissing<Result>(evaluate: () => Result): Result | null {
  try {
    return evaluate();
  } catch (error) {
    if (isKamadoError(error, 'REFERENCE_UNRESOLVED')) return null;
    throw error;
  }
}

/** A field of a body, null where it isn't there. */
export function read(body: JsonObject, field: string): Json {
  return Object.hasOwn(body, field) ? (body[field] ?? null) : null;
}

/** What the keys lead to, one inside the other; null where they lead nowhere. */
export function readNested(body: JsonObject, keys: readonly string[]): Json {
  return keys.reduce<Json>((part, key) => (isJsonObject(part) ? read(part, key) : null), body);
}

/** A scalar as text, null as nothing. */
export function textOf(part: Json, run: MappingRun): string {
  if (part === null) return '';
  if (typeof part === 'object') throw misfit(run, 'a list or an object stands where text is needed');
  return String(part);
}

/** The values as one text. */
export function joined(values: readonly Json[], run: MappingRun): string {
  return values.map((value) => textOf(value, run)).join('');
}

/** Whether a condition holds for the values of its operands. */
export function holds(condition: Condition, values: readonly Json[], run: MappingRun): boolean {
  const [first = null] = values;
  if (condition.kind === 'equal') return values.every((value) => jsonEqual(value, first));
  return isFound(condition.pattern, first, run);
}

/** Whether a pattern is found in a scalar's text: searched, not anchored. Its work counts. @throws MAPPING_INVALID */
export function isFound(pattern: Pattern, value: Json, run: MappingRun): boolean {
  return pattern.matches(textOf(value, run), 'none', (steps) => {
    countSteps(run, steps / limits.patternStepsOfMappingStep);
  });
}

/** The elements of a list as contexts: each is the body, of no type, or where it is a scalar stands under ''. */
export function elementsOf(list: Json, context: MappingContext, run: MappingRun): readonly MappingContext[] {
  // '' is what a path gives whose missing resource is to be ignored.
  const elements = list === null || list === '' ? [] : list;
  if (!Array.isArray(elements)) throw misfit(run, 'for_field is not a list');
  return elements.map((element: Json) => {
    return { ...context, type: '', body: isJsonObject(element) ? element : { '': element } };
  });
}

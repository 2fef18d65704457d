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

/** One run of a visitor over a mapping: its name, and the number of steps so far. */
export interface MappingRun {
  /** The name of the mapping in errors. */
  readonly param: string;
  steps: number;
}

/** Counts a node or a hop. Nested forEach multiply: without a limit a small body could take hours. */
export function countStep(run: MappingRun): void {
  countSteps(run, 1);
}

function countSteps(run: MappingRun, steps: number): void {
  run.steps += steps;
  if (run.steps > limits.mappingSteps) throw misfit(run, `more than ${limits.mappingSteps} steps`);
}

/** Returns MAPPING_INVALID for a mapping that doesn't fit the resource. */
export function misfit(run: MappingRun, reason: string): Error {
  return kamadoError('MAPPING_INVALID', { place: run.param, reason });
}

/** Returns the result of a part of an evaluation. null if it leads to a missing resource. */
export function unlessMissing<Result>(evaluate: () => Result): Result | null {
  try {
    return evaluate();
  } catch (error) {
    if (isKamadoError(error, 'REFERENCE_UNRESOLVED')) return null;
    throw error;
  }
}

/** Returns a field of a body, or null if it is absent. */
export function read(body: JsonObject, field: string): Json {
  return Object.hasOwn(body, field) ? (body[field] ?? null) : null;
}

/** Returns the value that nested keys lead to, or null. */
export function readNested(body: JsonObject, keys: readonly string[]): Json {
  return keys.reduce<Json>((part, key) => (isJsonObject(part) ? read(part, key) : null), body);
}

/** Returns a scalar as text, null as ''. */
export function textOf(part: Json, run: MappingRun): string {
  if (part === null) return '';
  if (typeof part === 'object') throw misfit(run, 'text is needed, not a list or an object');
  return String(part);
}

/** Returns the values as one text. */
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

/**
 * Returns the elements of a list as contexts: each element is the body, without a type. A scalar is the value of the
 * key ''.
 */
export function elementsOf(list: Json, context: MappingContext, run: MappingRun): readonly MappingContext[] {
  // '' is the value of a path whose missing resource is to be ignored.
  const elements = list === null || list === '' ? [] : list;
  if (!Array.isArray(elements)) throw misfit(run, 'for_field is not a list');
  return elements.map((element: Json) => {
    return { ...context, type: '', body: isJsonObject(element) ? element : { '': element } };
  });
}

import { kamadoError } from '../kernel/errors.ts';
import { isJsonObject, type Json, type JsonObject, jsonEqual } from '../kernel/json.ts';
import { limits } from '../kernel/limits.ts';
import type {
  Condition,
  FieldMapping,
  ForEachMapping,
  Mapping,
  MappingContext,
  MappingResult,
  OutputMapping,
  ResourceReference,
  Step,
} from './mapping.ts';

/**
 * Evaluates a mapping; `param` names it in errors and in the params inside of a list.
 * @throws REFERENCE_UNRESOLVED where a path leads to a resource that isn't known (and isn't ignored)
 * @throws MAPPING_INVALID where the mapping doesn't fit the resource, or would take too many steps
 */
export function evaluateMapping(mapping: Mapping, context: MappingContext, param: string): MappingResult {
  return evaluate(mapping, context, { param, steps: 0 });
}

/** One evaluation: its name, and the steps that it took so far. */
interface Run {
  readonly param: string;
  steps: number;
}

function evaluate(mapping: Mapping, context: MappingContext, run: Run): MappingResult {
  countStep(run);
  switch (mapping.kind) {
    case 'constant':
      return value(mapping.value);
    case 'version':
      return value(context.version);
    case 'nested':
      return value(readNested(context.body, mapping.keys));
    case 'field':
      return evaluateField(mapping, context, run);
    case 'output':
      return evaluateOutput(mapping, context, run);
    case 'concatenate':
      return evaluateConcatenate(mapping.parts, context, run);
    case 'if':
      return evaluate(holds(mapping.condition, context, run) ? mapping.whenTrue : mapping.whenFalse, context, run);
    case 'forEach':
      return evaluateForEach(mapping, context, run);
  }
}

function value(of: Json, resources: readonly ResourceReference[] = []): MappingResult {
  return { type: 'value', value: of, resources };
}

function evaluateField(mapping: FieldMapping, context: MappingContext, run: Run): MappingResult {
  if (mapping.path.length === 0) {
    const own = read(context.body, mapping.field);
    const relation = mapping.recordsRelation ? context.relationOf(context.type, mapping.field) : null;
    const isReference = relation !== null && typeof own === 'string' && own !== '';
    return value(own, isReference ? [{ resource_type: relation, resource_id: own }] : []);
  }
  const end = walk(mapping.path, context, run, mapping.ignoreMissing);
  return end === null ? value('') : value(read(end.body, mapping.field), end.visited);
}

function evaluateOutput(mapping: OutputMapping, context: MappingContext, run: Run): MappingResult {
  const end = walk(mapping.path, context, run, mapping.ignoreMissing);
  if (end === null) return value('');
  const target: ResourceReference = end.visited.at(-1) ?? {
    resource_type: context.type,
    resource_id: textOf(read(context.body, 'id'), run),
  };
  return { type: 'output_key', value: { output_key: mapping.outputKey, ...target }, resources: end.visited };
}

function evaluateConcatenate(parts: readonly Mapping[], context: MappingContext, run: Run): MappingResult {
  const results = parts.map((part) => evaluate(part, context, run));
  return value(
    results.map((result) => textOf(result.value, run)).join(''),
    results.flatMap((result) => result.resources),
  );
}

function evaluateForEach(mapping: ForEachMapping, context: MappingContext, run: Run): MappingResult {
  const list = evaluate(mapping.list, context, run);
  const elements = list.value ?? [];
  if (!Array.isArray(elements)) throw misfit(run, 'for_field is not a list');
  const results = elements.map((element: Json) => evaluate(mapping.each, elementContext(context, element), run));
  const resources = [...list.resources, ...results.flatMap((result) => result.resources)];
  if (results.every((result) => result.type === 'value')) {
    return value(
      results.map((result) => result.value),
      resources,
    );
  }
  const params = results.map((result) => ({ param: run.param, type: result.type, value: result.value, resources: [] }));
  return { type: 'list', value: params, resources };
}

/** The element of a list as the body: of no type, and under '' the element itself. */
function elementContext(context: MappingContext, element: Json): MappingContext {
  const body: JsonObject = isJsonObject(element) ? element : { '': element };
  return { ...context, type: '', body };
}

function holds(condition: Condition, context: MappingContext, run: Run): boolean {
  switch (condition.kind) {
    case 'equal': {
      const values = condition.operands.map((operand) => evaluate(operand, context, run).value);
      return values.every((operand) => jsonEqual(operand, values[0]));
    }
    case 'regexp': {
      const subject = textOf(evaluate(condition.subject, context, run).value, run);
      if (subject.length > limits.regexpSubjectLength) {
        throw misfit(run, `the subject of a regexp is longer than ${limits.regexpSubjectLength} characters`);
      }
      return condition.pattern.test(subject);
    }
  }
}

interface WalkEnd {
  readonly body: JsonObject;
  readonly visited: readonly ResourceReference[];
}

/** Follows the hops; null where a resource is missing and that is to be ignored. */
function walk(path: readonly Step[], context: MappingContext, run: Run, ignoreMissing: boolean): WalkEnd | null {
  const visited: ResourceReference[] = [];
  let { type, body } = context;
  for (const step of path) {
    countStep(run);
    const target = stepTarget(step, { ...context, type, body }, run);
    const found = target.id === '' ? undefined : context.lookup(target.type, target.id);
    if (found === undefined) {
      if (ignoreMissing) return null;
      throw kamadoError('REFERENCE_UNRESOLVED', { type: target.type, id: target.id, param: run.param });
    }
    visited.push({ resource_type: target.type, resource_id: target.id });
    ({ type } = target);
    body = found;
  }
  return { body, visited };
}

function stepTarget(step: Step, context: MappingContext, run: Run): { readonly type: string; readonly id: string } {
  if (step.kind === 'typed') return { type: step.type, id: textOf(read(context.body, step.field), run) };
  const field =
    step.kind === 'relation' ? step.field : textOf(evaluateConcatenate(step.name.parts, context, run).value, run);
  const type = context.relationOf(context.type, field);
  if (type === null) {
    const owner = context.type === '' ? 'an element of a list' : context.type;
    throw misfit(run, step.kind === 'relation' ? `${owner} has no relation ${field}` : `${owner} has no such relation`);
  }
  return { type, id: textOf(read(context.body, field), run) };
}

function read(body: JsonObject, field: string): Json {
  return Object.hasOwn(body, field) ? (body[field] ?? null) : null;
}

function readNested(body: JsonObject, keys: readonly string[]): Json {
  return keys.reduce<Json>((part, key) => (isJsonObject(part) ? read(part, key) : null), body);
}

/** A scalar as text, null as nothing. */
function textOf(part: Json, run: Run): string {
  if (part === null) return '';
  if (typeof part === 'object') throw misfit(run, 'a list or an object stands where text is needed');
  return String(part);
}

/** Nested forEach multiply: without a bound a small body could take hours. */
function countStep(run: Run): void {
  run.steps++;
  if (run.steps > limits.mappingSteps) throw misfit(run, `more than ${limits.mappingSteps} steps`);
}

function misfit(run: Run, reason: string): Error {
  return kamadoError('MAPPING_INVALID', { place: run.param, reason });
}

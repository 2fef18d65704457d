import { type Json, kamadoError, Secret } from '../kernel/index.ts';
import {
  type ConcatenateMapping,
  type Condition,
  type FieldMapping,
  type ForEachMapping,
  type Mapping,
  type MappingContext,
  type MappingResult,
  type OutputMapping,
  operandsOf,
  type ResourceReference,
} from './mapping.ts';
import { countStep, elementsOf, holds, joined, type MappingRun, read, readNested } from './mapping-run.ts';
import { visited, walk } from './mapping-walk.ts';
import { isSecretName } from './secrets/secret-names.ts';

/**
 * Evaluates a mapping. `param` names it in errors and in the params inside of a list.
 * @throws REFERENCE_UNRESOLVED if a path leads to a resource that isn't known (and isn't ignored)
 * @throws MAPPING_INVALID if the mapping doesn't fit the resource, or would take too many steps
 */
export function evaluateMapping(mapping: Mapping, context: MappingContext, param: string): MappingResult {
  return evaluate(mapping, context, { param, steps: 0 });
}

/** The same as a part of another run, which counts its steps. */
export function evaluate(mapping: Mapping, context: MappingContext, run: MappingRun): MappingResult {
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
      return evaluate(isMet(mapping.condition, context, run) ? mapping.whenTrue : mapping.whenFalse, context, run);
    case 'forEach':
      return evaluateForEach(mapping, context, run);
  }
}

function value(of: Json, resources: readonly ResourceReference[] = []): MappingResult {
  return { type: 'value', value: of, resources };
}

function evaluateField(mapping: FieldMapping, context: MappingContext, run: MappingRun): MappingResult {
  if (mapping.path.length === 0) return value(read(context.body, mapping.field), ownReference(mapping, context));
  const end = follow(mapping, context, run);
  return end === null ? value('') : value(read(end.body, mapping.field), visited(end.hops));
}

/**
 * Returns the resource that `{field: f}` without a path records: the one that f refers to, without checking that it
 * exists.
 */
export function ownReference(mapping: FieldMapping, { type, body, relationOf }: MappingContext) {
  const relation = mapping.recordsRelation ? relationOf(type, mapping.field) : null;
  const id = read(body, mapping.field);
  const isReference = relation !== null && typeof id === 'string' && id !== '';
  return isReference ? [{ resource_type: relation, resource_id: id }] : [];
}

function evaluateOutput(mapping: OutputMapping, context: MappingContext, run: MappingRun): MappingResult {
  const end = follow(mapping, context, run);
  if (end === null) return value('');
  return {
    type: 'output_key',
    value: { output_key: mapping.outputKey, ...end.at },
    resources: visited(end.hops),
  };
}

function evaluateConcatenate(parts: readonly Mapping[], context: MappingContext, run: MappingRun): MappingResult {
  const results = parts.map((part) => evaluate(part, context, run));
  return value(
    joined(
      results.map((result) => result.value),
      run,
    ),
    results.flatMap((result) => result.resources),
  );
}

function evaluateForEach(mapping: ForEachMapping, context: MappingContext, run: MappingRun): MappingResult {
  const list = evaluate(mapping.list, context, run);
  const results = elementsOf(list.value, context, run).map((element) => evaluate(mapping.each, element, run));
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

/** Follows the path. Returns null if a resource is missing and that is to be ignored. */
function follow(mapping: FieldMapping | OutputMapping, context: MappingContext, run: MappingRun) {
  const end = walk(mapping.path, context, run, (name, at) => relationName(name, at, run));
  if (end.kind === 'arrived') return end;
  if (mapping.ignoreMissing) return null;
  const { field, from, to } = end.broken;
  const { isSecret = (_type: string, name: string) => isSecretName(name) } = context;
  const id = isSecret(from.resource_type, field) ? new Secret(to.resource_id) : to.resource_id;
  throw kamadoError('REFERENCE_UNRESOLVED', { type: to.resource_type, id, param: run.param });
}

/** Returns the name of a computed relation. @throws as evaluateMapping */
export function relationName(name: ConcatenateMapping, context: MappingContext, run: MappingRun): string {
  return joined([evaluate(name, context, run).value], run);
}

/** Whether a condition holds for a resource. @throws as evaluateMapping */
export function isMet(condition: Condition, context: MappingContext, run: MappingRun): boolean {
  const values = operandsOf(condition).map((operand) => evaluate(operand, context, run).value);
  return holds(condition, values, run);
}

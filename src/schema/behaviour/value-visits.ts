import { type Mapping, operandsOf, type Step } from '../mapping.ts';
import type { ResourceType } from '../model.ts';
import type { Watched } from './behaviour.ts';
import type { Condition, Value } from './value.ts';

/**
 * The fields of the resource itself that a value reads, including those that begin its paths; not those of other
 * resources and of the elements of lists.
 */
export function fieldsRead(value: Value): ReadonlySet<string> {
  return new Set(mappingsOf(value).flatMap(fieldsOf));
}

/** The fields of the resource itself that a condition reads, as fieldsRead. */
export function fieldsReadBy(condition: Condition): ReadonlySet<string> {
  return new Set(valuesIn(condition).flatMap(mappingsOf).flatMap(fieldsOf));
}

/**
 * The types of other resources that a condition reads along the first hop of its paths, and the fields of the type that
 * refer to them. Computed relations are left out, since only the data determines their targets.
 */
export function watchedBy(condition: Condition, type: Pick<ResourceType, 'property'>): readonly Watched[] {
  const hops = valuesIn(condition).flatMap(mappingsOf).flatMap(firstHopsOf);
  const watched = hops.flatMap((hop) => watchedAlong(hop, type));
  return [...new Map(watched.map((one) => [`${one.type} ${one.field}`, one])).values()];
}

/** Whether a value reads other resources. */
export function readsOthers(value: Value): boolean {
  return (
    value.kind === 'find' ||
    (value.kind === 'mapping' && leavesResource(value.mapping)) ||
    partsOf(value).some(readsOthers)
  );
}

/** Whether a condition reads other resources. */
export function conditionReadsOthers(condition: Condition): boolean {
  return valuesIn(condition).some(readsOthers);
}

function leavesResource(mapping: Mapping): boolean {
  switch (mapping.kind) {
    case 'field':
    case 'output':
      return mapping.path.length > 0;
    case 'forEach':
      return leavesResource(mapping.list) || leavesResource(mapping.each);
    case 'concatenate':
    case 'if':
      return innerOf(mapping).some(leavesResource);
    case 'constant':
    case 'version':
    case 'nested':
      return false;
  }
}

/** Whether a value contains a random part: another evaluation yields another value. */
export function isGenerated(value: Value): boolean {
  return value.kind === 'generate' || partsOf(value).some(isGenerated);
}

function watchedAlong(step: Step, type: Pick<ResourceType, 'property'>): readonly Watched[] {
  switch (step.kind) {
    case 'typed':
      return [{ type: step.type, field: step.field }];
    case 'relation': {
      const relation = type.property.get(step.field)?.relation ?? null;
      return relation === null ? [] : [{ type: relation, field: step.field }];
    }
    case 'computed':
      return [];
  }
}

/** The direct parts of a value, including those of conditions. */
function partsOf(value: Value): readonly Value[] {
  switch (value.kind) {
    case 'mapping':
    case 'generate':
      return [];
    case 'list':
    case 'sum':
    case 'concatenate':
      return value.parts;
    case 'object':
      return [...value.entries.values()];
    case 'find':
      return [...value.where.values()];
    case 'element':
    case 'integer':
      return [value.of];
    case 'address':
      return [value.network];
    case 'when':
      return [...valuesIn(value.condition), value.value, ...(value.otherwise === null ? [] : [value.otherwise])];
  }
}

/** The values that a condition reads. */
function valuesIn(condition: Condition): readonly Value[] {
  switch (condition.kind) {
    case 'equal':
      return condition.operands;
    case 'oneOf':
    case 'regexp':
      return [condition.subject];
    case 'present':
      return [condition.of];
    case 'not':
      return valuesIn(condition.condition);
    case 'all':
    case 'any':
      return condition.conditions.flatMap(valuesIn);
  }
}

function mappingsOf(value: Value): readonly Mapping[] {
  return value.kind === 'mapping' ? [value.mapping] : partsOf(value).flatMap(mappingsOf);
}

function fieldsOf(mapping: Mapping): readonly string[] {
  return [...ownFields(mapping), ...innerOf(mapping).flatMap(fieldsOf)];
}

function ownFields(mapping: Mapping): readonly string[] {
  switch (mapping.kind) {
    case 'nested':
      return mapping.keys.slice(0, 1);
    case 'field':
    case 'output': {
      const [first] = mapping.path;
      if (first === undefined) return mapping.kind === 'field' ? [mapping.field] : [];
      return first.kind === 'computed' ? [] : [first.field];
    }
    case 'constant':
    case 'version':
    case 'concatenate':
    case 'if':
    case 'forEach':
      return [];
  }
}

function firstHopsOf(mapping: Mapping): readonly Step[] {
  const own = mapping.kind === 'field' || mapping.kind === 'output' ? mapping.path.slice(0, 1) : [];
  return [...own, ...innerOf(mapping).flatMap(firstHopsOf)];
}

/** The parts of a mapping that are evaluated on the same resource. */
function innerOf(mapping: Mapping): readonly Mapping[] {
  switch (mapping.kind) {
    case 'field':
    case 'output':
      return mapping.path.slice(0, 1).flatMap((first) => (first.kind === 'computed' ? [first.name] : []));
    case 'concatenate':
      return mapping.parts;
    case 'if':
      return [...operandsOf(mapping.condition), mapping.whenTrue, mapping.whenFalse];
    case 'forEach':
      return [mapping.list];
    case 'constant':
    case 'version':
    case 'nested':
      return [];
  }
}

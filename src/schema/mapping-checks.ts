import { didYouMean, type Fault, isJsonObject, type Json, type JsonObject } from '../kernel/index.ts';
import { type Condition, type Mapping, operandsOf, type Step } from './mapping.ts';
import { type Model, propertySource, type ResourceType, relationNames } from './model.ts';

/** The part of a model that the checks look up. */
export type Types = Pick<Model, 'types'>;

/** The current type of a walk. null if only the data determines it (elements of lists, computed relations). */
export type Standpoint = ResourceType | null;

/**
 * Returns the faults of a mapping for a type: unknown types, fields, relations and keys, and values that aren't lists.
 * For an unknown type (null) it returns the faults that don't depend on it. Pointers follow the object syntax
 * (`/path/0`, `/then_mapping/field`), also for the string syntax.
 */
export function checkMapping(mapping: Mapping, model: Types, type: Standpoint): readonly Fault[] {
  const faults: Fault[] = [];
  check(mapping, model, type, '', faults);
  return faults;
}

function check(mapping: Mapping, model: Types, type: Standpoint, pointer: string, faults: Fault[]): void {
  switch (mapping.kind) {
    case 'constant':
    case 'version':
      return;
    case 'nested':
      checkKeys(type, mapping.keys, `${pointer}/nested`, faults);
      return;
    case 'output':
      checkPath(mapping.path, model, type, `${pointer}/path`, faults);
      return;
    case 'field': {
      const end = checkPath(mapping.path, model, type, `${pointer}/path`, faults);
      checkField(end, mapping.field, `${pointer}/field`, faults);
      return;
    }
    case 'concatenate':
      mapping.parts.forEach((part, i) => {
        check(part, model, type, `${pointer}/concatenate/${i}`, faults);
      });
      return;
    case 'if':
      checkCondition(mapping.condition, model, type, `${pointer}/if_mapping`, faults);
      check(mapping.whenTrue, model, type, `${pointer}/then_mapping`, faults);
      check(mapping.whenFalse, model, type, `${pointer}/else_mapping`, faults);
      return;
    case 'forEach':
      check(mapping.list, model, type, `${pointer}/for_field`, faults);
      checkList(mapping.list, model, type, `${pointer}/for_field`, faults);
      check(mapping.each, model, null, `${pointer}/for_mapping`, faults);
      return;
  }
}

function checkCondition(condition: Condition, model: Types, type: Standpoint, pointer: string, faults: Fault[]): void {
  operandsOf(condition).forEach((operand, i) => {
    check(operand, model, type, `${pointer}/${condition.kind}/${i}`, faults);
  });
}

/** Checks that a type has a property. An unknown type has no faults. */
export function checkField(type: Standpoint, field: string, pointer: string, faults: Fault[]): void {
  if (type !== null && !type.property.has(field))
    faults.push({
      pointer,
      reason: `${type.id} has no property ${field}${didYouMean(field, [...type.property.keys()])}`,
    });
}

/** Checks keys inside an object, if its schema declares its keys. */
function checkKeys(type: Standpoint, keys: readonly string[], pointer: string, faults: Fault[]): void {
  const [field = '', ...inner] = keys;
  checkField(type, field, `${pointer}/0`, faults);
  const kind = type?.property.get(field)?.kind;
  if (type === null || kind === undefined) return;
  if (kind !== 'object') {
    faults.push({ pointer: `${pointer}/0`, reason: `${field} of ${type.id} is not an object` });
    return;
  }
  let source: Json | undefined = propertySource(type, field);
  for (const [i, key] of inner.entries()) {
    const known = closedProperties(source);
    if (known === null) return;
    source = Object.hasOwn(known, key) ? known[key] : undefined;
    if (source !== undefined) continue;
    const owner = keys.slice(0, i + 1).join('.');
    const hint = didYouMean(key, Object.keys(known));
    faults.push({ pointer: `${pointer}/${i + 1}`, reason: `${owner} of ${type.id} has no ${key}${hint}` });
    return;
  }
}

/** The properties of an object whose schema lists all of them. null if it admits others. */
function closedProperties(source: Json | undefined): JsonObject | null {
  if (!isJsonObject(source) || !isJsonObject(source.properties)) return null;
  const opening = ['patternProperties', 'additionalProperties', 'anyOf', 'oneOf', 'allOf'];
  return opening.every((key) => source[key] === undefined || source[key] === false) ? source.properties : null;
}

function checkList(list: Mapping, model: Types, type: Standpoint, pointer: string, faults: Fault[]): void {
  if (list.kind !== 'field') return;
  const end = endOfPath(list.path, model, type);
  const kind = end?.property.get(list.field)?.kind;
  if (end !== null && kind !== undefined && kind !== 'array') {
    faults.push({ pointer, reason: `${list.field} of ${end.id} is not a list` });
  }
}

/** Returns the type at the end of a path, as far as the model determines it. */
export function endOfPath(path: readonly Step[], model: Types, from: Standpoint): Standpoint {
  return checkPath(path, model, from, '', []);
}

/** Checks every hop and returns the type at the end of the path. */
function checkPath(
  path: readonly Step[],
  model: Types,
  from: Standpoint,
  pointer: string,
  faults: Fault[],
): Standpoint {
  return path.reduce<Standpoint>((type, step, i) => checkStep(step, model, type, `${pointer}/${i}`, faults), from);
}

function checkStep(step: Step, model: Types, type: Standpoint, pointer: string, faults: Fault[]): Standpoint {
  switch (step.kind) {
    case 'computed':
      check(step.name, model, type, pointer, faults);
      return null;
    case 'typed':
      if (step.field !== '') checkField(type, step.field, pointer, faults);
      if (!model.types.has(step.type)) {
        const hint = didYouMean(step.type, [...model.types.keys()]);
        faults.push({ pointer, reason: `there is no type ${step.type}${hint}` });
      }
      return model.types.get(step.type) ?? null;
    case 'relation': {
      if (type === null) return null;
      const property = type.property.get(step.field);
      if (property === undefined || property.relation === null) {
        const hint = didYouMean(step.field, relationNames(type));
        faults.push({ pointer, reason: `${type.id} has no relation ${step.field}${hint}` });
        return null;
      }
      return model.types.get(property.relation) ?? null;
    }
  }
}

/** Whether a mapping reads only the resource: no path, no output of a stack, no version. */
export function isSelfContained(mapping: Mapping): boolean {
  switch (mapping.kind) {
    case 'constant':
    case 'nested':
      return true;
    case 'version':
    case 'output':
      return false;
    case 'field':
      return mapping.path.length === 0;
    case 'concatenate':
      return mapping.parts.every(isSelfContained);
    case 'if': {
      const { condition, whenTrue, whenFalse } = mapping;
      return [...operandsOf(condition), whenTrue, whenFalse].every(isSelfContained);
    }
    case 'forEach':
      return isSelfContained(mapping.list) && isSelfContained(mapping.each);
  }
}

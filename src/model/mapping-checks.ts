import type { Fault } from '../kernel/errors.ts';
import type { Condition, Mapping, Step } from './mapping.ts';
import type { Model, ResourceType } from './model.ts';

/** What is looked up in a model. */
export type Types = Pick<Model, 'types'>;

/** Where a walk stands: a type, or null where only the data will tell (elements of lists, computed relations). */
export type Standpoint = ResourceType | null;

/**
 * What in a mapping doesn't fit a type: unknown types, fields and relations.
 * Pointers follow the object syntax (`/path/0`, `/then_mapping/field`), also for the string syntax.
 */
export function checkMapping(mapping: Mapping, model: Types, type: ResourceType): readonly Fault[] {
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
      checkField(type, mapping.keys[0] ?? '', `${pointer}/nested/0`, faults);
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
      check(mapping.each, model, null, `${pointer}/for_mapping`, faults);
      return;
  }
}

function checkCondition(condition: Condition, model: Types, type: Standpoint, pointer: string, faults: Fault[]): void {
  const operands = condition.kind === 'equal' ? condition.operands : [condition.subject];
  operands.forEach((operand, i) => {
    check(operand, model, type, `${pointer}/${condition.kind}/${i}`, faults);
  });
}

function checkField(type: Standpoint, field: string, pointer: string, faults: Fault[]): void {
  if (type !== null && !type.property.has(field))
    faults.push({ pointer, reason: `${type.id} has no property ${field}` });
}

/** Where a path ends, as far as the model can tell. */
export function endOfPath(path: readonly Step[], model: Types, from: Standpoint): Standpoint {
  return checkPath(path, model, from, '', []);
}

/** Checks every hop and returns where the path ends. */
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
      if (!model.types.has(step.type)) faults.push({ pointer, reason: `there is no type ${step.type}` });
      return model.types.get(step.type) ?? null;
    case 'relation': {
      if (type === null) return null;
      const property = type.property.get(step.field);
      if (property === undefined || property.relation === null) {
        faults.push({ pointer, reason: `${type.id} has no relation ${step.field}` });
        return null;
      }
      return model.types.get(property.relation) ?? null;
    }
  }
}

/** Whether a mapping looks at nothing but the resource: no path, no output of a stack, no version. */
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
      const operands = condition.kind === 'equal' ? condition.operands : [condition.subject];
      return [...operands, whenTrue, whenFalse].every(isSelfContained);
    }
    case 'forEach':
      return isSelfContained(mapping.list) && isSelfContained(mapping.each);
  }
}

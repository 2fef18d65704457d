import { didYouMean, type Fault, pointerPart } from '../../kernel/index.ts';
import { checkField, checkMapping, type Standpoint, type Types } from '../mapping-checks.ts';
import type { ResourceType } from '../model.ts';
import type { Condition, FindValue, Value } from './value.ts';

/**
 * Returns the faults of a value for a type, like checkMapping: unknown types, fields and relations, and a `find`
 * without an index. For an unknown type (null) it returns the faults that don't depend on it.
 */
export function checkValue(value: Value, model: Types, type: Standpoint): readonly Fault[] {
  switch (value.kind) {
    case 'mapping':
      return checkMapping(value.mapping, model, type);
    case 'list':
    case 'sum':
    case 'concatenate':
      return checkAll(value.parts, model, type, `/${value.kind}`);
    case 'object':
      return checkEntries(value.entries, model, type, '/object');
    case 'element':
      return under('/element', checkValue(value.of, model, type));
    case 'find':
      return [...checkFind(value, model), ...checkEntries(value.where, model, type, '/where')];
    case 'address':
      return under('/address', checkValue(value.network, model, type));
    case 'integer':
      return under('/integer', checkValue(value.of, model, type));
    case 'generate':
      return [];
    case 'when': {
      const { condition, value: whenTrue, otherwise } = value;
      return [
        ...under('/when', checkCondition(condition, model, type)),
        ...under('/value', checkValue(whenTrue, model, type)),
        ...(otherwise === null ? [] : under('/otherwise', checkValue(otherwise, model, type))),
      ];
    }
  }
}

/** Returns the faults of a condition for a type, like checkValue. */
export function checkCondition(condition: Condition, model: Types, type: Standpoint): readonly Fault[] {
  switch (condition.kind) {
    case 'equal':
      return checkAll(condition.operands, model, type, '/equal');
    case 'oneOf':
      return under('/one_of/0', checkValue(condition.subject, model, type));
    case 'regexp':
      return under('/regexp/0', checkValue(condition.subject, model, type));
    case 'present':
      return under('/present', checkValue(condition.of, model, type));
    case 'not':
      return under('/not', checkCondition(condition.condition, model, type));
    case 'all':
    case 'any':
      return condition.conditions.flatMap((part, i) =>
        under(`/${condition.kind}/${i}`, checkCondition(part, model, type)),
      );
  }
}

function checkAll(values: readonly Value[], model: Types, type: Standpoint, pointer: string): readonly Fault[] {
  return values.flatMap((value, i) => under(`${pointer}/${i}`, checkValue(value, model, type)));
}

function checkEntries(
  values: ReadonlyMap<string, Value>,
  model: Types,
  type: Standpoint,
  pointer: string,
): readonly Fault[] {
  return [...values].flatMap(([name, value]) =>
    under(`${pointer}/${pointerPart(name)}`, checkValue(value, model, type)),
  );
}

/** Checks that the type exists, and that its resources can be found without scanning all of them. */
function checkFind({ type: name, where, field }: FindValue, { types }: Types): readonly Fault[] {
  const type = types.get(name);
  if (type === undefined) {
    return [{ pointer: '/find', reason: `there is no type ${name}${didYouMean(name, [...types.keys()])}` }];
  }
  const faults: Fault[] = [];
  checkField(type, field, '/field', faults);
  for (const key of where.keys()) checkField(type, key, `/where/${pointerPart(key)}`, faults);
  if (faults.length === 0 && ![...where.keys()].some((key) => isFast(type, key))) {
    faults.push({ pointer: '/where', reason: `none of these fields of ${name} is a relation, unique, indexed, or id` });
  }
  return faults;
}

function isFast(type: ResourceType, field: string): boolean {
  const property = type.property.get(field);
  return (
    property !== undefined && (field === 'id' || property.relation !== null || property.unique || property.indexed)
  );
}

function under(pointer: string, faults: readonly Fault[]): readonly Fault[] {
  return faults.map((fault) => ({ pointer: `${pointer}${fault.pointer}`, reason: fault.reason }));
}

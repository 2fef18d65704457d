import { didYouMean, type Fault, isJsonObject, type Json } from '../kernel/index.ts';
import type { ResourceType } from './model.ts';

/** Returns why a type's property can't hold a value, or null: the property doesn't exist, or is of another kind. */
export function kindFault(type: ResourceType, name: string, value: Json): Fault | null {
  const property = type.property.get(name);
  const pointer = `/${name}`;
  if (property === undefined) {
    return { pointer, reason: `${type.id} has no such property${didYouMean(name, [...type.property.keys()])}` };
  }
  if (value === null || isOfKind(value, property.kind)) return null;
  return { pointer, reason: `Invalid type. Expected: ${property.kind}` };
}

/** Whether a value is of a kind, as JSON Schema names it. null has no kind. */
export function isOfKind(value: Json, kind: Json): boolean {
  switch (kind) {
    case 'integer':
      return Number.isInteger(value);
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isJsonObject(value);
    default:
      return typeof value === kind;
  }
}

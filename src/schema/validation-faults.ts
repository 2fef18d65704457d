import type { ErrorObject } from 'ajv';
import { type Fault, isJsonObject, type Json, kamadoError, limits } from '../kernel/index.ts';
import type { ResourceType } from './model.ts';

/**
 * Returns a validation error in the original's wording (that of gojsonschema). It names fields and types, never a
 * value: values could be secrets. Errors that only summarise others return nothing. Without a type the error is not
 * about a resource.
 */
export function faultOf(error: ErrorObject, type: ResourceType | null, action: 'create' | 'update'): readonly Fault[] {
  const at = error.instancePath;
  switch (error.keyword) {
    case 'additionalProperties': {
      const name = String(error.params.additionalProperty);
      return [{ pointer: `${at}/${printable(name)}`, reason: unexpected(name, at === '' ? type : null, action) }];
    }
    case 'required': {
      const name = String(error.params.missingProperty);
      return [{ pointer: `${at}/${name}`, reason: `${name} is required` }];
    }
    case 'type':
      return [{ pointer: at, reason: `Invalid type. Expected: ${error.params.type}, given: ${typeName(error.data)}` }];
    case 'enum': {
      const allowed: readonly Json[] = error.params.allowedValues;
      const list = allowed.map((value) => JSON.stringify(value)).join(', ');
      return [{ pointer: at, reason: `Must be one of the following: ${list}` }];
    }
    case 'format':
      return [{ pointer: at, reason: `Does not match format '${error.params.format}'` }];
    case 'pattern':
      return [{ pointer: at, reason: `Does not match pattern '${error.params.pattern}'` }];
    case 'propertyNames':
      return [];
    default:
      return [{ pointer: at, reason: error.message ?? error.keyword }];
  }
}

/** Returns why a property is not accepted: it is unknown, or a client can't set it. */
function unexpected(name: string, type: ResourceType | null, action: 'create' | 'update'): string {
  const property = type?.property.get(name);
  if (property === undefined) return `Additional property ${printable(name)} is not allowed`;
  return action === 'update' && property.creatable
    ? `Property ${name} can be set on create only`
    : `Property ${name} is read-only`;
}

const longestPrintedName = 64;

/** Returns a client's own key, shortened and without control characters. */
function printable(name: string): string {
  return name.slice(0, longestPrintedName).replaceAll(/[^\x20-\x7e]/g, '?');
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (isJsonObject(value)) return 'object';
  return Number.isInteger(value) ? 'integer' : typeof value;
}

/** Returns the error in the original's wording: all faults in one text, one line for each. */
export function validationFailed(type: Pick<ResourceType, 'id'>, faults: readonly Fault[]): Error {
  const listedFaults = faults.slice(0, limits.validationErrors);
  const lines = listedFaults.map(({ pointer, reason }) => `\n\t${fieldOf(pointer)}: ${reason},`);
  const more = faults.length > listedFaults.length ? `\n\tand ${faults.length - listedFaults.length} more` : '';
  const details = `Json validation error:${lines.join('')}${more}`;
  return kamadoError('VALIDATION_FAILED', { type: type.id, details }, { faults: listedFaults });
}

/** Returns 'primary.ip_address' for '/primary/ip_address'. */
function fieldOf(pointer: string): string {
  return pointer === '' ? '(root)' : pointer.slice(1).replaceAll('/', '.');
}

import type { Caller } from '../database/index.ts';
import { type Json, type JsonObject, limits, type Runtime } from '../kernel/index.ts';
import {
  formats,
  idFormat,
  isValidId,
  newId,
  type ResourceType,
  type Validator,
  validationFailed,
} from '../schema/index.ts';

/** The values that path and query give a new resource, besides its body. */
export interface Place {
  /** The id in the path of a PUT. */
  readonly id?: string;
  /** The parent in the path or the query. */
  readonly parent?: { readonly field: string; readonly id: string };
}

/**
 * The id and the body of a new resource: the client's properties, and those that follow from the path, the caller and
 * the schema. Without an id it gets a UUID.
 * @throws VALIDATION_FAILED
 */
export function newResource(
  { runtime, validator }: { readonly runtime: Runtime; readonly validator: Validator },
  caller: Caller,
  type: ResourceType,
  given: JsonObject,
  place: Place,
): { readonly id: string; readonly body: JsonObject } {
  const { id: givenId, ...rest } = given;
  const anonymous = givenId === undefined || givenId === '';
  const id = place.id ?? (anonymous ? newId(runtime, type) : givenId);
  if (!anonymous && id !== givenId) throw contradiction(type, 'id');
  const body: { [name: string]: Json } = { ...rest };
  if (place.parent !== undefined) {
    const { field, id: parentId } = place.parent;
    if (body[field] !== undefined && body[field] !== parentId) throw contradiction(type, field);
    body[field] = parentId;
  }
  if (caller.tenant !== null && body.tenant_id === undefined && type.property.get('tenant_id')?.creatable === true) {
    body.tenant_id = caller.tenant;
  }
  // A type that makes ids itself must not get one from a body: the validator reports that.
  if (!anonymous || type.property.get('id')?.creatable === true) body.id = id;
  const validated = validator.create(type, body).body;
  if (typeof id !== 'string') throw invalidId(type, 'Invalid type. Expected: string');
  checkId(type, id);
  return { id, body: validated };
}

/** @throws VALIDATION_FAILED */
function checkId(type: ResourceType, id: string): void {
  if (!isValidId(id))
    throw invalidId(type, `Does not match: 1 to ${limits.idLength} of A-Z a-z 0-9 . _ ~ -, not . or ..`);
  // The server removes that suffix from paths.
  if (id.endsWith('.json')) throw invalidId(type, 'Must not end in .json');
  const format = idFormat(type) ?? '';
  if (formats.get(format)?.(id) === false) throw invalidId(type, `Does not match format '${format}'`);
}

function invalidId(type: ResourceType, reason: string): Error {
  return faulty(type, 'id', reason);
}

function contradiction(type: ResourceType, field: string): Error {
  return faulty(type, field, 'Must be the one that the path names');
}

function faulty(type: ResourceType, field: string, reason: string): Error {
  return validationFailed(type, [{ pointer: `/${field}`, reason }]);
}

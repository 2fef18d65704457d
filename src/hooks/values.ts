import { isJsonObject, type Json, type JsonObject, limits } from '../kernel/index.ts';
import { kindFault, type ResourceType } from '../schema/index.ts';
import { type HookName, hookFailed } from './hook-errors.ts';

/** A value as JSON; undefined if it is something else, or nests too deeply. Members that are undefined are left out. */
export function plainJson(value: unknown, depth = 0): Json | undefined {
  if (depth > limits.jsonDepth) return undefined;
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (Array.isArray(value)) {
    const parts = value.map((part: unknown) => plainJson(part, depth + 1));
    return parts.every((part) => part !== undefined) ? parts : undefined;
  }
  if (!isJsonObject(value)) return undefined;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return undefined;
  const members: { [name: string]: Json } = {};
  for (const [name, part] of Object.entries<unknown>(value)) {
    if (part === undefined) continue;
    const json = plainJson(part, depth + 1);
    if (json === undefined || name === '__proto__') return undefined;
    members[name] = json;
  }
  return members;
}

/**
 * Checks the properties that a hook sets: they must exist in the type and have its value types. Whether the value
 * itself is allowed is up to the hook, as with all properties that clients cannot set.
 * @throws HOOK_FAILED with the property
 */
export function checkedPatch(type: ResourceType, value: unknown, name: HookName, what: string): JsonObject {
  const patch = plainJson(value);
  if (!isJsonObject(patch)) throw hookFailed(name, `${what} is not a JSON object`);
  for (const [key, part] of Object.entries(patch)) {
    const fault = kindFault(type, key, part);
    if (fault !== null) throw hookFailed(name, `${what}: ${key}: ${fault.reason}`);
  }
  return patch;
}

/**
 * A resource as hooks receive it: a copy, so that a hook can't change the original, with every property of its type, as
 * in the answer of a GET.
 */
export function renderedResource(type: ResourceType, body: JsonObject): JsonObject {
  const missing = type.properties.filter(({ name, sparse }) => !sparse && body[name] === undefined);
  return { ...structuredClone(body), ...Object.fromEntries(missing.map(({ name }) => [name, null])) };
}

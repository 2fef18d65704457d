import { isJsonObject, type Json, type JsonObject } from '../kernel/index.ts';
import type { Property, ResourceType } from './model.ts';

/**
 * Returns the body of a new resource with the defaults of properties that it lacks, also inside of objects. Properties
 * without a default stay absent, as in the recordings. Initial values are computed in the transaction.
 */
export function withDefaults(type: ResourceType, body: JsonObject): JsonObject {
  const filled = new Map(Object.entries(body));
  for (const property of type.properties) {
    const source = sourceOf(type, property.name);
    const value = filled.get(property.name) ?? (filled.has(property.name) ? null : property.default);
    if (value !== undefined) filled.set(property.name, isJsonObject(value) ? fill(value, property, source) : value);
  }
  return Object.fromEntries(filled);
}

/** Returns an object with the keys of its default, and the defaults of the properties inside of it. */
function fill(value: JsonObject, property: Property, source: JsonObject): JsonObject {
  const base = isJsonObject(property.default) ? mergeMissing(value, property.default) : value;
  return fillNested(base, source);
}

function mergeMissing(value: JsonObject, defaults: JsonObject): JsonObject {
  const merged = new Map<string, Json>(Object.entries(value));
  for (const [key, part] of Object.entries(defaults)) {
    const own = merged.get(key);
    if (own === undefined) merged.set(key, part);
    else if (isJsonObject(own) && isJsonObject(part)) merged.set(key, mergeMissing(own, part));
  }
  return Object.fromEntries(merged);
}

function fillNested(value: JsonObject, source: JsonObject): JsonObject {
  const filled = new Map<string, Json>(Object.entries(value));
  for (const [key, part] of Object.entries(isJsonObject(source.properties) ? source.properties : {})) {
    if (!isJsonObject(part)) continue;
    const own = filled.get(key) ?? (filled.has(key) ? null : part.default);
    if (own !== undefined) filled.set(key, isJsonObject(own) ? fillNested(own, part) : own);
  }
  return Object.fromEntries(filled);
}

function sourceOf(type: ResourceType, name: string): JsonObject {
  const { schema } = type.document;
  const declared = isJsonObject(schema) && isJsonObject(schema.properties) ? schema.properties : {};
  const source = Object.hasOwn(declared, name) ? declared[name] : undefined;
  return isJsonObject(source) ? source : {};
}

/** Any JSON value (RFC 8259), read-only. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
/** A JSON object, read-only. */
export type JsonObject = { readonly [key: string]: Json };

/** Whether a value is a JSON object, not null or an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Returns a value that is a string, else null. */
export function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** Returns a value that is a string, else ''. */
export function textOrEmpty(value: unknown): string {
  return textOrNull(value) ?? '';
}

/** Returns a name as a part of a JSON pointer (RFC 6901). */
export function pointerPart(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** Returns JSON text with the keys of every object sorted, so that equal values have equal texts. */
export function canonicalJson(value: Json): string {
  // Most values are in canonical order already, and checking that is cheaper than sorting.
  if (isInOrder(value)) return JSON.stringify(value);
  return JSON.stringify(value, (_key, part: Json) =>
    isJsonObject(part) ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part,
  );
}

/** Whether the keys of every object are sorted. */
function isInOrder(value: Json): boolean {
  if (Array.isArray(value)) return value.every(isInOrder);
  if (!isJsonObject(value)) return true;
  let last = '';
  for (const key of Object.keys(value)) {
    const part = value[key];
    if (key < last || (typeof part === 'object' && !isInOrder(part))) return false;
    last = key;
  }
  return true;
}

/** Equality of JSON values: the order of an object's keys doesn't count, the order of an array does. */
export function jsonEqual(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => jsonEqual(item, b[i]));
  if (!isJsonObject(a) || !isJsonObject(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && jsonEqual(a[key], b[key]))
  );
}

/**
 * Returns a patch merged into a value, as PUT and PATCH do: objects recursively, arrays and scalars replaced, null sets
 * null (compatibility A2).
 */
export function mergedJson(old: Json | undefined, patch: Json): Json {
  if (!isJsonObject(old) || !isJsonObject(patch)) return patch;
  const parts = Object.entries(patch).map(([name, value]) => [
    name,
    mergedJson(Object.hasOwn(old, name) ? old[name] : undefined, value),
  ]);
  return { ...old, ...Object.fromEntries(parts) };
}

/** Returns the parsed text, or undefined if it isn't JSON. For values that other programs may have written. */
export function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

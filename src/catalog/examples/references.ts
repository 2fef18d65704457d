import { isJsonObject, type Json, type JsonObject } from '../../kernel/index.ts';

/** `$line` or `$line.pool.first`: the id of a resource that the example has named, or a part of the resource. */
export interface Reference {
  readonly name: string;
  /** Empty: its id. */
  readonly keys: readonly string[];
}

/** The reference in a text; null if it is only a text. */
export function referenceIn(text: string): Reference | null {
  if (!/^\$[a-z]/.test(text)) return null;
  const [name = '', ...keys] = text.slice(1).split('.');
  return { name, keys };
}

/** A value with its references replaced; `$$` at the begin of a text stands for `$`. */
export function resolved(value: Json, lookup: (reference: Reference) => Json): Json {
  if (typeof value === 'string') {
    const reference = referenceIn(value);
    if (reference !== null) return lookup(reference);
    return value.startsWith('$$') ? value.slice(1) : value;
  }
  if (Array.isArray(value)) return value.map((part: Json) => resolved(part, lookup));
  return isJsonObject(value) ? resolvedObject(value, lookup) : value;
}

/** The same for an object. */
export function resolvedObject(value: JsonObject, lookup: (reference: Reference) => Json): JsonObject {
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, resolved(part, lookup)]));
}

/** The part of a value at these keys; null if there is none. */
export function valueAt(value: Json, keys: readonly string[]): Json {
  return keys.reduce<Json>((at, key) => {
    if (Array.isArray(at)) return at[Number(key)] ?? null;
    return isJsonObject(at) && Object.hasOwn(at, key) ? (at[key] ?? null) : null;
  }, value);
}

import { isJsonObject, type Json, type JsonObject } from '../../kernel/index.ts';
import { isSecretName } from './secret-names.ts';

/**
 * Whether a property is secret, with all that it contains: its schema marks it or a part of it at any depth (`secret:
 * true`). If the schema doesn't decide, the names do.
 */
export function isSecretProperty(name: string, source: JsonObject): boolean {
  if (source.secret === true) return true;
  // A property with `secret: false` holds a secret only if a part is marked explicitly.
  const byName = source.secret !== false;
  return (byName && isSecretName(name)) || partsOf(source).some((part) => isSecretPart(part, byName));
}

interface Part {
  readonly name: string;
  readonly source: JsonObject;
}

function isSecretPart({ name, source }: Part, byName: boolean): boolean {
  if (byName) return isSecretProperty(name, source);
  return source.secret === true || partsOf(source).some((part) => isSecretPart(part, false));
}

/** The schemas inside of one; those of elements and alternatives have no name. */
function partsOf(source: JsonObject): readonly Part[] {
  const { properties, patternProperties, additionalProperties, items, prefixItems, allOf, anyOf, oneOf } = source;
  const named = [properties, patternProperties].flatMap((part) => (isJsonObject(part) ? Object.entries(part) : []));
  const lists: readonly (Json | undefined)[] = [items, prefixItems, allOf, anyOf, oneOf].flat();
  const nameless = [additionalProperties, ...lists].map((part) => ['', part ?? null] as const);
  return [...named, ...nameless].flatMap(([name, part]) => (isJsonObject(part) ? [{ name, source: part }] : []));
}

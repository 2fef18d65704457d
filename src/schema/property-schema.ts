import { isJsonObject, type Json, type JsonObject, limits } from '../kernel/index.ts';
import { formats } from './formats.ts';

/** Keys of the schema language that JSON Schema doesn't have. They restrict no values. */
const annotations = new Set([
  'title',
  'description',
  'default',
  'permission',
  'unique',
  'indexed',
  'relation',
  'relation_column',
  'relation_property',
  'on_delete_cascade',
  'sql',
  'view',
  'detail_view',
  'secret',
  'initial',
  'propertiesOrder',
]);

/**
 * Returns the restrictions of a property's schema as JSON Schema 2020-12. Annotations, unknown formats and `required:
 * null` are left out, and the boolean exclusive bounds of draft 4 are converted.
 */
export function validationSchema(source: JsonObject): JsonObject {
  const schema: { [key: string]: Json } = {};
  for (const [key, part] of Object.entries(source)) {
    if (annotations.has(key) || (key === 'required' && part === null)) continue;
    if (key === 'format' && !(typeof part === 'string' && formats.has(part))) continue;
    schema[key] = translate(key, part);
  }
  for (const [bound, exclusive] of [
    ['minimum', 'exclusiveMinimum'],
    ['maximum', 'exclusiveMaximum'],
  ] as const) {
    if (schema[exclusive] === true) {
      schema[exclusive] = schema[bound] ?? null;
      delete schema[bound];
    } else if (schema[exclusive] === false) delete schema[exclusive];
  }
  return bounded(schema);
}

/**
 * The same for a change that is merged: an object may be partial. Lists are replaced, so their elements are complete.
 */
export function partialSchema(source: JsonObject): JsonObject {
  const { required: _required, minProperties: _minProperties, ...schema } = validationSchema(source);
  if (!isJsonObject(schema.properties) || !isJsonObject(source.properties)) return schema;
  const parts = Object.entries(source.properties);
  const partial = parts.map(([name, part]) => [name, isJsonObject(part) ? partialSchema(part) : part] as const);
  return { ...schema, properties: Object.fromEntries(partial) };
}

/** Adds bounds: comparing all elements can take longer than the length suggests, and integers can lose digits. */
function bounded(schema: { [key: string]: Json }): JsonObject {
  if (schema.uniqueItems === true) schema.maxItems = smaller(schema.maxItems, limits.uniqueItems);
  if (schema.type === 'integer' || (Array.isArray(schema.type) && schema.type.includes('integer'))) {
    // Larger JSON numbers lose digits (RFC 8259 §6): the stored number would differ from the sent one.
    schema.maximum = smaller(schema.maximum, Number.MAX_SAFE_INTEGER);
    schema.minimum = -smaller(negated(schema.minimum), Number.MAX_SAFE_INTEGER);
  }
  return schema;
}

function negated(own: Json | undefined): Json | undefined {
  return typeof own === 'number' ? -own : undefined;
}

function smaller(own: Json | undefined, limit: number): number {
  return typeof own === 'number' ? Math.min(own, limit) : limit;
}

function translate(key: string, part: Json): Json {
  if (key === 'properties' || key === 'patternProperties') {
    return Object.fromEntries(
      Object.entries(isJsonObject(part) ? part : {}).map(([name, inner]) => [name, nested(inner)]),
    );
  }
  if (key === 'items' || key === 'additionalProperties' || key === 'not') return nested(part);
  if ((key === 'allOf' || key === 'anyOf' || key === 'oneOf') && Array.isArray(part)) return part.map(nested);
  return part;
}

function nested(part: Json): Json {
  return isJsonObject(part) ? validationSchema(part) : part;
}

import { didYouMean, isJsonObject, type Json, type JsonObject, jsonEqual } from '../kernel/index.ts';
import { parseValue } from './behaviour/value-parser.ts';
import { formats } from './formats.ts';
import type { Property, PropertyKind } from './model.ts';
import { isOfKind } from './property-kind.ts';
import { validationSchema } from './property-schema.ts';
import { SchemaCompiler } from './schema-compiler.ts';
import { isSecretProperty } from './secrets/secret-properties.ts';

const compiler = new SchemaCompiler();

/** The faults and warnings of compiling a property. */
export interface PropertyNotes {
  readonly fault: (pointer: string, reason: string) => void;
  readonly warn: (pointer: string, reason: string) => void;
}

const kinds: readonly PropertyKind[] = ['string', 'integer', 'number', 'boolean', 'object', 'array'];

/** Compiles one top-level property; `required`: the schema requires it. */
export function compileProperty(name: string, source: JsonObject, required: boolean, notes: PropertyNotes): Property {
  const types: readonly Json[] = Array.isArray(source.type) ? source.type : [source.type ?? null];
  const kind = kinds.find((candidate) => types.includes(candidate)) ?? 'string';
  const withDefault = usableDefault(name, source, notes);
  const permission: readonly Json[] = Array.isArray(source.permission) ? source.permission : [];
  for (const format of unknownFormats(source)) {
    notes.warn(
      '/format',
      `format ${format} of ${name} is not known and is ignored${didYouMean(format, [...formats.keys()])}`,
    );
  }
  checkColumn(kind, source, notes);
  return {
    name,
    kind,
    nullable: name !== 'id' && (types.includes('null') || (!required && withDefault === undefined)),
    creatable: permission.includes('create'),
    updatable: permission.includes('update') && name !== 'id',
    unique: source.unique === true,
    indexed: source.indexed === true,
    secret: isSecretProperty(name, source),
    default: withDefault,
    initial: source.initial === undefined ? null : parseValue(source.initial, `${name}, initial`),
    sparse: source.sparse === true,
    relation: nonEmptyText(source.relation),
    listRelation: kind === 'array' && isJsonObject(source.items) ? nonEmptyText(source.items.relation) : null,
    relationProperty: nonEmptyText(source.relation_property),
    onDeleteCascade: source.on_delete_cascade === true,
  };
}

function* unknownFormats(source: JsonObject): Generator<string> {
  if (typeof source.format === 'string' && !formats.has(source.format)) yield source.format;
  if (isJsonObject(source.items)) yield* unknownFormats(source.items);
  for (const part of Object.values(isJsonObject(source.properties) ? source.properties : {})) {
    if (isJsonObject(part)) yield* unknownFormats(part);
  }
}

/**
 * Returns the default, or undefined. A default that its property refuses is dropped with a warning (compatibility L4).
 */
function usableDefault(name: string, source: JsonObject, notes: PropertyNotes): Json | undefined {
  if (source.default === undefined) return undefined;
  const reason = misfit(source.default, source);
  if (reason === null) return source.default;
  notes.warn('/default', `the default of ${name} ${reason}; it is dropped`);
  return undefined;
}

/** Returns why a value doesn't fit a property, or null. The plain cases need no compiled schema. */
function misfit(value: Json, source: JsonObject): string | null {
  const types: readonly Json[] = Array.isArray(source.type) ? source.type : [source.type ?? null];
  if (!types.some((type) => (type === 'null' ? value === null : isOfKind(value, type))))
    return `is not of type ${types.join(' or ')}`;
  if (Array.isArray(source.enum) && !source.enum.some((allowed: Json) => jsonEqual(allowed, value))) {
    return 'is not in its enumeration';
  }
  const check = typeof source.format === 'string' ? formats.get(source.format) : undefined;
  if (check !== undefined && typeof value === 'string' && !check(value)) return `is not of format ${source.format}`;
  const schema = validationSchema(source);
  const isEmpty = typeof value === 'object' && value !== null && Object.keys(value).length === 0;
  const plain = Object.keys(schema).every((key) => plainKeys.has(key) || (isEmpty && innerKeys.has(key)));
  if (plain) return null;
  return compiler.isValid(schema, value) ? null : 'is not valid';
}

const plainKeys = new Set(['type', 'enum', 'format']);
/** Keys that don't affect an empty object or an empty list. */
const innerKeys = new Set([
  'properties',
  'patternProperties',
  'additionalProperties',
  'items',
  'uniqueItems',
  'maxItems',
]);

/** Raw column types that only repeat what follows from the property's own type. */
const columnTypes: { readonly [kind in PropertyKind]: RegExp } = {
  string: /^(?:text|varchar\(\d{1,5}\))$/i,
  integer: /^(?:integer|bigint|numeric)$/i,
  number: /^(?:numeric|real|double precision)$/i,
  boolean: /^boolean$/i,
  object: /^(?:text|json)$/i,
  array: /^(?:text|json)$/i,
};

function checkColumn(kind: PropertyKind, source: JsonObject, notes: PropertyNotes): void {
  if (typeof source.sql === 'string' && !columnTypes[kind].test(source.sql.trim())) {
    notes.fault('/sql', `this column type is not supported for type ${kind}`);
  }
  if ((source.relation_column ?? 'id') !== 'id') notes.fault('/relation_column', 'relations refer to id');
}

function nonEmptyText(value: Json | undefined): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

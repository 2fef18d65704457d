import { isJsonObject, type Json, type JsonObject } from '../kernel/index.ts';
import { pythonText } from './python-text.ts';

/** A property as a resource type declares it. */
export interface PropertySchema {
  readonly type: 'string' | 'number' | 'boolean' | 'list' | 'map' | 'any';
  readonly isRequired?: boolean;
  readonly default?: Json;
  /** Whether a change of it keeps the resource in its place. */
  readonly isUpdatable?: boolean;
}

/** The properties of a resource type. null: it accepts any. */
export type PropertySchemas = { readonly [name: string]: PropertySchema } | null;

/**
 * The fault of a property that doesn't conform to its type. Its place is '.value', or '' for the properties themselves.
 */
export class PropertyFault extends Error {
  readonly place: string;

  constructor(place: string, reason: string) {
    super(reason);
    this.place = place;
  }
}

/**
 * Returns properties with the types and defaults of their schemas. A null isn't known yet, and passes. Throws
 * PropertyFault.
 */
export function typedProperties(schemas: PropertySchemas, given: JsonObject): JsonObject {
  if (schemas === null) return given;
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(schemas, name)) throw new PropertyFault('', `Unknown Property ${name}`);
  }
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => {
      const raw = given[name];
      if (raw === undefined && schema.isRequired) throw new PropertyFault('', `Property ${name} not assigned`);
      return [name, typedProperty(name, schema, raw ?? schema.default ?? null)];
    }),
  );
}

function typedProperty(name: string, { type }: PropertySchema, value: Json): Json {
  if (value === null) return null;
  const fault = (reason: string) => new PropertyFault(`.${name}`, reason);
  switch (type) {
    case 'string':
      if (typeof value === 'object') throw fault(`Value must be a string; got ${pythonText(value)}`);
      return pythonText(value);
    case 'number':
      return numberOf(value, fault);
    case 'boolean':
      return booleanOf(value, fault);
    case 'list':
      if (!Array.isArray(value)) throw fault(`"${pythonText(value)}" is not a list`);
      return value;
    case 'map':
      if (!isJsonObject(value)) throw fault(`"${pythonText(value)}" is not a map`);
      return value;
    case 'any':
      return value;
  }
}

function numberOf(value: Json, fault: (reason: string) => PropertyFault): number {
  const number = typeof value === 'number' ? value : Number(pythonText(value).trim() || 'none');
  if (Number.isNaN(number)) throw fault(`could not convert string to float: '${pythonText(value)}'`);
  return number;
}

function booleanOf(value: Json, fault: (reason: string) => PropertyFault): boolean {
  if (typeof value === 'boolean') return value;
  const word = pythonText(value).toLowerCase();
  if (word !== 'true' && word !== 'false') throw fault(`"${pythonText(value)}" is not a valid boolean`);
  return word === 'true';
}

import { type JsonObject, limits } from '../kernel/index.ts';

/** A part of the language with its description, which an editor shows. */
export function means(description: string, part: JsonObject): JsonObject {
  return { ...part, description };
}

/** Building blocks of the language. */
export const text: JsonObject = { type: 'string' };
export const flag: JsonObject = { type: 'boolean' };
export const count: JsonObject = { type: 'integer', minimum: 0 };

/** Names occur in SQL, in keys and in URLs. Every object of the language has the last three names. */
export const name: JsonObject = {
  type: 'string',
  pattern: '^[a-zA-Z_][a-zA-Z0-9_-]*$',
  maxLength: limits.nameLength,
  not: { enum: ['__proto__', 'constructor', 'prototype'] },
};
/** Property names may have the form of Neutron's: 'binding:vif_type'. */
export const propertyName: JsonObject = { ...name, pattern: '^[a-zA-Z_][a-zA-Z0-9_:-]*$' };
export const names: JsonObject = { type: 'array', items: name };
export const propertyNames: JsonObject = { type: 'array', items: propertyName };

/**
 * Parts that have parsers of their own, which check them on start (mapping-parser.ts, value-parser.ts, …). Only the
 * schema for editors spells them out.
 */
export const mapping: JsonObject = { $ref: '#/$defs/mapping' };
export const statusMachine: JsonObject = { $ref: '#/$defs/statusMachine' };
export const value: JsonObject = { $ref: '#/$defs/value' };
export const condition: JsonObject = { $ref: '#/$defs/condition' };

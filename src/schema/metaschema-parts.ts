import { type JsonObject, limits } from '../kernel/index.ts';

/** A part of the language with what it means: the words that an editor shows. */
export function means(description: string, part: JsonObject): JsonObject {
  return { ...part, description };
}

/** Disposables that the language is made of. */
export const text: JsonObject = { type: 'string' };
export const flag: JsonObject = { type: 'boolean' };
export const count: JsonObject = { type: 'integer', minimum: 0 };

/** Names stand in SQL, in keys and in URLs; the last three belong to every object of the language. */
export const name: JsonObject = {
  type: 'string',
  pattern: '^[a-zA-Z_][a-zA-Z0-9_-]*$',
  maxLength: limits.nameLength,
  not: { enum: ['__proto__', 'constructor', 'prototype'] },
};
/** Properties may be named as those of Neutron are: 'binding:vif_type'. */
export const propertyName: JsonObject = { ...name, pattern: '^[a-zA-Z_][a-zA-Z0-9_:-]*$' };
export const names: JsonObject = { type: 'array', items: name };
export const propertyNames: JsonObject = { type: 'array', items: propertyName };

/** What parsers of their own check on start (mapping-parser.ts, value-parser.ts, …); spelled out for editors alone. */
export const mapping: JsonObject = { $ref: '#/$defs/mapping' };
export const statusMachine: JsonObject = { $ref: '#/$defs/statusMachine' };
export const value: JsonObject = { $ref: '#/$defs/value' };
export const condition: JsonObject = { $ref: '#/$defs/condition' };

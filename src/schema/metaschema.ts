import type { Fault, JsonObject } from '../kernel/index.ts';
import { action } from './metaschema-action.ts';
import { behaviourSection, child } from './metaschema-behaviour.ts';
import { metadata } from './metaschema-metadata.ts';
import { flag, means, name, names, propertyName, propertyNames, text } from './metaschema-parts.ts';
import { property } from './metaschema-property.ts';
import { SchemaCompiler } from './schema-compiler.ts';
import { structureFault } from './structure-fault.ts';

const index = {
  type: 'object',
  required: ['columns'],
  properties: {
    columns: means('The properties that are unique together.', { ...propertyNames, minItems: 1 }),
    type: means('unique; the others are ignored.', { enum: ['', 'unique', 'fulltext', 'spatial'] }),
  },
  additionalProperties: false,
};

/** The shape of a type's resources. */
const shape = {
  type: 'object',
  required: ['properties'],
  properties: {
    type: { const: 'object', description: 'A resource is an object.' },
    title: means('Not evaluated: the title of the schema counts.', text),
    description: means('Not evaluated: the description of the schema counts.', text),
    properties: means('The properties of a resource. id is added if it is missing.', {
      type: 'object',
      additionalProperties: { $ref: '#/$defs/property', required: ['type'] },
      propertyNames: propertyName,
    }),
    required: means('What a client has to set on create.', { anyOf: [propertyNames, { type: 'null' }] }),
    propertiesOrder: means('First these, then id, relations, the rest by name.', {
      anyOf: [{ type: 'array', items: text }, { type: 'null' }],
    }),
    indexes: means('{name: {columns: […], type: unique}}: properties that are unique together.', {
      type: 'object',
      additionalProperties: index,
    }),
    additionalProperties: means('Not evaluated: a resource has the properties that are named, and no others.', flag),
  },
  additionalProperties: false,
};

/**
 * The language that schema files are written in (compatibility L1, L2), without its `$defs`: `property`, `child`, and
 * `mapping`, `value`, `condition`, `hop` and `statusMachine`, which have parsers of their own.
 */
export const schemaLanguage = {
  type: 'object',
  required: ['id', 'schema'],
  properties: {
    id: means('The name of the type: in keys, mappings and relations.', name),
    singular: means('The name of one resource, around the body of requests and answers.', name),
    plural: means('The name of many: the last part of the URL.', name),
    title: means('The name of the type for people.', text),
    description: means('What the type is, for the person who orders or operates the service.', text),
    type: means('abstract: no resources of its own; others extend it, and only id and schema are needed.', {
      enum: ['abstract', ''],
    }),
    extends: means(
      'Abstract schemas, whose properties, required, order, actions and metadata it takes; its own win.',
      names,
    ),
    order_properties_before: means('Its own properties come before those of these bases.', names),
    parent: means('The id of the parent type: adds the required relation <parent>_id.', text),
    on_parent_delete_cascade: means('true: children are deleted with their parent.', flag),
    namespace: means('The id of a namespace, whose prefix comes first in the URL.', text),
    prefix: means('The URL is /namespace/prefix/plural; a prefix that ends in the plural is the URL.', text),
    url: means('The URL as it is, instead of prefix and plural.', text),
    metadata: means('How resources are kept, worked on and judged.', metadata),
    behaviour: means('The changes that resources make by themselves.', behaviourSection),
    schema: means('What a resource is.', shape),
    actions: means('Operations on a resource besides changing it.', {
      type: ['object', 'null'],
      additionalProperties: action,
      propertyNames: name,
    }),
    isolation_level: means('Not evaluated.', { type: 'object' }),
  },
  additionalProperties: false,
};

/** The keys that only schemas with resources need. */
export const concreteKeys = ['singular', 'plural', 'title'];

const parsedElsewhere = { type: ['string', 'object'] };
const anything = {};
const metaschema = {
  ...schemaLanguage,
  $defs: {
    property,
    child,
    mapping: parsedElsewhere,
    statusMachine: parsedElsewhere,
    value: anything,
    condition: anything,
    hop: anything,
  },
};

const errorsOf = new SchemaCompiler().compile(metaschema);

/** Returns the structural faults of a document. Pointers are relative to the document. Never a value. */
export function structuralFaults(document: JsonObject): readonly Fault[] {
  const faults = errorsOf(document)
    .filter((error) => !['anyOf', 'propertyNames'].includes(error.keyword))
    .map(structureFault);
  const missing = document.type === 'abstract' ? [] : concreteKeys.filter((key) => document[key] === undefined);
  return [...faults, ...missing.map((key) => ({ pointer: '', reason: `the key ${key} is missing` }))];
}

/** A document that has passed `structuralFaults`. */
export type SchemaSource = JsonObject & {
  readonly id: string;
  readonly schema: JsonObject & { readonly properties: { readonly [name: string]: JsonObject } };
};

/** Narrows the type of a document without structural faults. */
export function isSchemaSource(document: JsonObject, faults: readonly Fault[]): document is SchemaSource {
  return faults.length === 0 && typeof document.id === 'string';
}

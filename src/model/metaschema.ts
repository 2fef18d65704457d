import type { ErrorObject } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Fault } from '../kernel/errors.ts';
import type { JsonObject } from '../kernel/json.ts';
import { limits } from '../kernel/limits.ts';

const kind = { enum: ['string', 'integer', 'number', 'boolean', 'object', 'array'] };
const text = { type: 'string' };
const flag = { type: 'boolean' };
const count = { type: 'integer', minimum: 0 };
/** Names stand in SQL, in keys and in URLs; the last three belong to every object of the language. */
const name = {
  type: 'string',
  pattern: '^[a-zA-Z_][a-zA-Z0-9_-]*$',
  maxLength: limits.nameLength,
  not: { enum: ['__proto__', 'constructor', 'prototype'] },
};
/** Properties may be named as those of Neutron are: 'binding:vif_type'. */
const propertyName = { ...name, pattern: '^[a-zA-Z_][a-zA-Z0-9_:-]*$' };
const names = { type: 'array', items: name };
const propertyNames = { type: 'array', items: propertyName };
const inner = { $ref: '#/$defs/property' };
const properties = { type: 'object', additionalProperties: inner };

/** A property, also inside of objects and arrays (gohan.md §2.2, schemas.md §1.4). */
const property = {
  type: 'object',
  properties: {
    type: {
      anyOf: [
        kind,
        {
          type: 'array',
          minItems: 2,
          maxItems: 2,
          uniqueItems: true,
          contains: { const: 'null' },
          items: { anyOf: [kind, { const: 'null' }] },
        },
      ],
    },
    title: text,
    description: text,
    default: {},
    format: text,
    enum: { type: 'array', minItems: 1 },
    const: {},
    pattern: { type: 'string', format: 'pattern' },
    minLength: count,
    maxLength: count,
    minimum: { type: 'number' },
    maximum: { type: 'number' },
    exclusiveMinimum: { type: ['number', 'boolean'] },
    exclusiveMaximum: { type: ['number', 'boolean'] },
    multipleOf: { type: 'number', exclusiveMinimum: 0 },
    items: inner,
    minItems: count,
    maxItems: count,
    uniqueItems: flag,
    properties,
    patternProperties: { type: 'object', additionalProperties: inner, propertyNames: { format: 'pattern' } },
    additionalProperties: { anyOf: [flag, inner] },
    anyOf: { type: 'array', minItems: 1, items: inner },
    oneOf: { type: 'array', minItems: 1, items: inner },
    allOf: { type: 'array', minItems: 1, items: inner },
    not: inner,
    minProperties: count,
    maxProperties: count,
    required: { anyOf: [{ type: 'array', items: text }, { type: 'null' }] },
    propertiesOrder: { type: 'array', items: text },
    permission: { type: 'array', items: { enum: ['create', 'update'] } },
    unique: flag,
    indexed: flag,
    relation: text,
    relation_column: text,
    relation_property: name,
    on_delete_cascade: flag,
    sql: text,
    view: { type: 'array', items: { enum: ['list', 'detail', 'create', 'update'] } },
    detail_view: flag,
    secret: flag,
    initial: { type: ['string', 'object'] },
  },
  additionalProperties: false,
};

const index = {
  type: 'object',
  required: ['columns'],
  properties: { columns: { ...propertyNames, minItems: 1 }, type: { enum: ['', 'unique', 'fulltext', 'spatial'] } },
  additionalProperties: false,
};

const delay = { type: 'number', minimum: 0, maximum: limits.retryDelaySeconds };
const retry = {
  type: 'object',
  required: ['attempts'],
  properties: {
    attempts: { type: 'integer', minimum: 1, maximum: limits.retryAttempts },
    first_delay_seconds: delay,
    longest_delay_seconds: delay,
  },
  additionalProperties: false,
};

const handler = {
  type: 'object',
  required: ['handler', 'template'],
  properties: {
    handler: name,
    template: { type: ['string', 'object'] },
    retry,
    state_form: { enum: ['2017', '2018'] },
  },
  additionalProperties: false,
};

const metadata = {
  type: 'object',
  properties: {
    state_versioning: flag,
    nosync: flag,
    two_step_deletion: flag,
    sync_key_template: text,
    sync_property: text,
    sync_plain: flag,
    sync_skip_config_prefix: flag,
    substr_search_enabled: flag,
    type: text,
    template_path: { type: ['string', 'object'] },
    handlers: { type: 'array', items: handler },
    status_machine: { type: ['string', 'object'] },
  },
};

/** The language that schema files are written in (gohan.md §2.1, §2.2, §2.4). */
const metaschema = {
  $defs: { property },
  type: 'object',
  required: ['id', 'schema'],
  properties: {
    id: name,
    singular: name,
    plural: name,
    title: text,
    description: text,
    type: { enum: ['abstract', ''] },
    extends: names,
    order_properties_before: names,
    parent: text,
    on_parent_delete_cascade: flag,
    namespace: text,
    prefix: text,
    url: text,
    metadata,
    isolation_level: { type: 'object' },
    actions: { type: ['object', 'null'] },
    schema: {
      type: 'object',
      required: ['properties'],
      properties: {
        type: { const: 'object' },
        title: text,
        description: text,
        properties: {
          type: 'object',
          additionalProperties: { $ref: '#/$defs/property', required: ['type'] },
          propertyNames: propertyName,
        },
        required: { anyOf: [propertyNames, { type: 'null' }] },
        propertiesOrder: { anyOf: [{ type: 'array', items: text }, { type: 'null' }] },
        indexes: { type: 'object', additionalProperties: index },
        additionalProperties: flag,
      },
      additionalProperties: false,
    },
  },
  additionalProperties: false,
};

const ajv = new Ajv2020({ allErrors: true, strict: false, formats: { pattern: isPattern } });
const validate = ajv.compile(metaschema);

/** What of a document isn't the schema language; pointers are relative to the document. Never a value. */
export function structuralFaults(document: JsonObject): readonly Fault[] {
  validate(document);
  const faults = (validate.errors ?? [])
    .filter((error) => !['anyOf', 'propertyNames'].includes(error.keyword))
    .map((error) => ({ pointer: pointerOf(error), reason: reasonOf(error) }));
  const missing = document.type === 'abstract' ? [] : concreteKeys.filter((key) => document[key] === undefined);
  return [...faults, ...missing.map((key) => ({ pointer: '', reason: `the key ${key} is missing` }))];
}

/** What only schemas with resources need. */
const concreteKeys = ['singular', 'plural', 'title'];

function pointerOf(error: ErrorObject): string {
  const key: unknown = error.keyword === 'additionalProperties' ? error.params.additionalProperty : error.propertyName;
  return typeof key === 'string' ? `${error.instancePath}/${key}` : error.instancePath;
}

function reasonOf(error: ErrorObject): string {
  if (error.keyword === 'additionalProperties') return 'unknown key';
  if (error.keyword === 'required') return `the key ${error.params.missingProperty} is missing`;
  if (error.keyword === 'enum') return `one of ${JSON.stringify(error.params.allowedValues)} is expected`;
  if (error.keyword === 'format') return 'a regular expression is expected (ECMAScript, flag u)';
  if (error.keyword === 'pattern' || error.keyword === 'not') return 'this name is not allowed';
  return error.message ?? error.keyword;
}

function isPattern(pattern: string): boolean {
  try {
    new RegExp(pattern, 'u');
    return true;
  } catch {
    return false;
  }
}

/** Keys of `metadata` that mean something here; `view` and `resource_group` are for user interfaces. */
export const knownMetadata: ReadonlySet<string> = new Set([
  ...Object.keys(metadata.properties),
  'view',
  'resource_group',
  // Rows are always locked where that matters.
  'locking_policy',
]);

/** A document as far as it is known to be in the language: what `structuralFaults` has passed. */
export type SchemaSource = JsonObject & {
  readonly id: string;
  readonly schema: JsonObject & { readonly properties: { readonly [name: string]: JsonObject } };
};

/** Narrows a document that has no structural faults. */
export function isSchemaSource(document: JsonObject, faults: readonly Fault[]): document is SchemaSource {
  return faults.length === 0 && typeof document.id === 'string';
}

import type { JsonObject } from '../kernel/index.ts';
import { formats } from './formats.ts';
import { count, flag, means, name, text, value } from './metaschema-parts.ts';

const kind = { enum: ['string', 'integer', 'number', 'boolean', 'object', 'array'] };
const inner = { $ref: '#/$defs/property' };
const innerList = { type: 'array', minItems: 1, items: inner };
const innerMap = { type: 'object', additionalProperties: inner };

const kindOrNullable = {
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
};

/** The keys of JSON Schema itself, which restrict values. */
const restrictions: JsonObject = {
  type: means("The kind of the value: one, or [kind, 'null'] if it may be null.", kindOrNullable),
  format: means('What a text has to look like, or (yaml, text, url, javascript) how a user interface shows it.', {
    ...text,
    examples: [...formats.keys()],
  }),
  enum: means('The allowed values.', { type: 'array', minItems: 1 }),
  const: means('The one allowed value.', {}),
  pattern: means('A regular expression that is searched in the text: anchor it with ^ and $. It has no look-around.', {
    ...text,
    format: 'regex',
  }),
  minLength: means('Characters of a text at least.', count),
  maxLength: means('Characters of a text at most.', count),
  minimum: means('The smallest allowed number.', { type: 'number' }),
  maximum: means('The largest allowed number.', { type: 'number' }),
  exclusiveMinimum: means('The number has to be larger than this; true (draft 4): than minimum.', {
    type: ['number', 'boolean'],
  }),
  exclusiveMaximum: means('The number has to be smaller than this; true (draft 4): than maximum.', {
    type: ['number', 'boolean'],
  }),
  multipleOf: means('The number has to be a multiple of this.', { type: 'number', exclusiveMinimum: 0 }),
  items: means('What each element of a list has to be.', inner),
  minItems: means('Elements of a list at least.', count),
  maxItems: means('Elements of a list at most.', count),
  uniqueItems: means('true: no element may stand twice in a list.', flag),
  properties: means('The keys of an object, and what each has to be.', innerMap),
  patternProperties: means('What the keys of an object have to be whose names a regular expression matches.', {
    ...innerMap,
    propertyNames: { format: 'regex' },
  }),
  additionalProperties: means('false: an object has no keys but those that are named; a schema: what the others are.', {
    anyOf: [flag, inner],
  }),
  anyOf: means('At least one of these has to hold.', innerList),
  oneOf: means('Exactly one of these has to hold.', innerList),
  allOf: means('All of these have to hold.', innerList),
  not: means('This must not hold.', inner),
  minProperties: means('Keys of an object at least.', count),
  maxProperties: means('Keys of an object at most.', count),
  required: means('The keys that an object has to have.', {
    anyOf: [{ type: 'array', items: text }, { type: 'null' }],
  }),
};

/** The keys that define a property for Kamado. Only top-level properties have them. */
const behaviour: JsonObject = {
  title: means('The name of the property for people.', text),
  description: means('What the property means, for the person who orders or operates the service.', text),
  default: means('Set when a new resource lacks the property; keys of an object are filled in one by one.', {}),
  initial: means(
    'A value that the server computes when the client does not set the property: a mapping, or another form of value.',
    value,
  ),
  sparse: means('true: left out of bodies and answers if it has no value, instead of being null.', flag),
  permission: means('What a client may set: on create, on update. Without it the property is read-only.', {
    type: 'array',
    items: { enum: ['create', 'update'] },
  }),
  relation: means('The id of a type: the property holds the id of such a resource, as a real foreign key.', text),
  relation_property: means('The key under which the related resource is joined in answers.', name),
  relation_column: means('The column that a relation refers to: id, and nothing else.', text),
  on_delete_cascade: means('true: the resource is deleted along with the one that it refers to.', flag),
  unique: means('true: no two resources have the same value.', flag),
  indexed: means('true: the database finds resources by this property fast.', flag),
  secret: means(
    'true: never printed, save in answers of the API. If it is not set, the name decides: password, *_secret, *_token, ….',
    flag,
  ),
  propertiesOrder: means('The order in which the keys of an object are shown.', { type: 'array', items: text }),
  sql: means('The type of the column; only what follows from the type of the property anyway.', text),
  view: means('Where a user interface shows the property.', {
    type: 'array',
    items: { enum: ['list', 'detail', 'create', 'update'] },
  }),
  detail_view: means('Whether a user interface shows the property of a related resource.', flag),
};

/** A property, also inside of objects and arrays (compatibility L2). */
export const property: JsonObject = {
  type: 'object',
  properties: { ...behaviour, ...restrictions },
  additionalProperties: false,
};

import { type JsonObject, limits } from '../kernel/index.ts';
import { concreteKeys, schemaLanguage } from './metaschema.ts';
import { behaviourDefinitions } from './metaschema-behaviour.ts';
import { mappingDefinitions } from './metaschema-mapping.ts';
import { foreignMetadata, metadata } from './metaschema-metadata.ts';
import { mapping, means, name, text } from './metaschema-parts.ts';
import { property } from './metaschema-property.ts';
import { builtInInputs, builtInMachines } from './status-machines.ts';

const dialect = 'https://json-schema.org/draft/2020-12/schema';

/** The matcher of an input: a text, one of several, or none of them. */
const someText = { anyOf: [text, { type: 'array', items: text }] };
const matcher = {
  anyOf: [
    someText,
    {
      type: 'object',
      required: ['not'],
      properties: { not: means('The texts that it must not be.', someText) },
      additionalProperties: false,
    },
  ],
};

const machineName = { enum: [...builtInMachines.keys()] };

const rule = {
  type: 'object',
  required: ['when', 'status'],
  properties: {
    when: means('What the inputs have to be, all of them. An input without a value is undefined.', {
      type: 'object',
      properties: Object.fromEntries(builtInInputs.map((input) => [input, means('Every machine has it.', matcher)])),
      additionalProperties: matcher,
    }),
    status: means('What the status is then; null leaves it as it is.', { type: ['string', 'null'], minLength: 1 }),
  },
};

const input = {
  type: 'object',
  required: ['relation', 'field'],
  properties: {
    relation: means('A relation of the type.', text),
    type: means(
      'The type that it leads to, if the property is not declared as a relation; it has to be indexed.',
      text,
    ),
    field: means('A property of the related resource; when it changes, the status is evaluated again.', text),
  },
};

const statusMachine = {
  anyOf: [
    { ...machineName, description: 'A machine that is built in.' },
    {
      type: 'object',
      anyOf: [{ required: ['extends'] }, { required: ['rules'] }],
      properties: {
        extends: means('The machine whose rules come after its own.', machineName),
        inputs: means('Fields of related resources, by the name that rules use.', {
          type: 'object',
          additionalProperties: input,
        }),
        rules: means('Tried in order; the first whose inputs all match decides.', {
          type: 'array',
          maxItems: limits.statusRules,
          items: rule,
        }),
      },
      additionalProperties: false,
    },
  ],
};

/** A schema as an editor checks it: unknown metadata, of which the start only warns, is a fault here. */
const schema: JsonObject = {
  ...schemaLanguage,
  properties: {
    ...schemaLanguage.properties,
    metadata: {
      ...schemaLanguage.properties.metadata,
      properties: { ...metadata.properties, ...foreignMetadata },
      additionalProperties: false,
    },
  },
  if: { required: ['type'], properties: { type: { const: 'abstract' } } },
  else: { required: concreteKeys },
};

const unused = means('Not evaluated: has to be empty.', { type: ['array', 'null'], maxItems: 0 });

/** The JSON Schema (2020-12) of schema files, for editors. */
export const schemaFileSchema: JsonObject = {
  $schema: dialect,
  title: 'A schema file of a Kamado catalogue',
  type: 'object',
  properties: {
    schemas: means('The types, each a schema or the path of another file, relative to this one.', {
      type: ['array', 'null'],
      items: {
        if: { type: 'string' },
        else: { $ref: '#/$defs/schema' },
      },
    }),
    namespaces: means('Prefixes of URLs that schemas name.', {
      type: ['array', 'null'],
      items: {
        type: 'object',
        required: ['id', 'prefix'],
        properties: {
          id: means('The name that schemas use.', text),
          prefix: means('What comes first in the URL.', text),
          parent: means('The namespace whose prefix comes before this one.', text),
        },
      },
    }),
    policies: unused,
    extensions: unused,
    events: unused,
  },
  additionalProperties: false,
  $defs: { schema, property, statusMachine, ...mappingDefinitions, ...behaviourDefinitions },
};

const id = means('The id of the row.', { ...text, pattern: '^[A-Za-z0-9._~-]+$', maxLength: limits.idLength });
const row: JsonObject = { type: 'object', required: ['id'], properties: { id } };

const template: JsonObject = {
  type: 'object',
  required: ['id'],
  properties: {
    id: { ...id, description: 'The name by which schemas refer to the template.' },
    handler: means('The handler that the template is for.', name),
    parameter_mappings: means('Parameter → where its value comes from.', {
      type: ['object', 'null'],
      additionalProperties: mapping,
    }),
    template_file: means('The text of the template, in the language of Jinja2.', { type: ['string', 'null'] }),
    watch: means('Not evaluated.', { type: ['array', 'null'] }),
    tenant_id: means('The tenant that owns the template.', { type: ['string', 'null'] }),
  },
};

/** The JSON Schema (2020-12) of files with rows that exist from the start, for editors: `{<type>: [rows]}`. */
export const rowFileSchema: JsonObject = {
  $schema: dialect,
  title: 'A template file of a Kamado catalogue',
  type: 'object',
  properties: {
    heat_template: means('Templates: how a handler turns a resource into what it works on.', {
      type: 'array',
      items: template,
    }),
  },
  additionalProperties: means('Rows of this type that exist from the start.', { type: 'array', items: row }),
  $defs: mappingDefinitions,
};

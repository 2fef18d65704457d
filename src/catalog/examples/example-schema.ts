import { type JsonObject, limits } from '../../kernel/index.ts';
import { means, text } from '../../schema/index.ts';

const given = means('A name that the example gives to it, for later steps: $name is its id, $name.field a property.', {
  ...text,
  pattern: '^[a-z][a-z0-9_]*$',
  maxLength: limits.nameLength,
});
const of = means('The resource, by the name that an earlier step gave to it.', given);
const type = means('A type of the catalogue.', text);
const body = { type: 'object' };
const expected = means('The expected properties: others may have any value. {$matches: pattern} fits texts.', body);
const version = means('A config version; without it the current one.', { type: 'integer', minimum: 1 });
const answered = {
  expect: { ...expected, description: `Of the answer. ${expected.description}` },
  refused: means('The code of the expected error: RESOURCE_IN_USE.', text),
  because: means('A part of the text of that error.', text),
};

function action(description: string, required: readonly string[], properties: JsonObject): JsonObject {
  return { description, type: 'object', required: [...required], properties, additionalProperties: false };
}

/** The kinds of steps, by key. */
const actions = {
  create: action('POST: creates a resource.', ['type', 'body'], { type, as: given, body, ...answered }),
  update: action('PUT: changes properties of a resource.', ['of', 'body'], { of, body, ...answered }),
  delete: action('DELETE: deletes a resource.', ['of'], {
    of,
    refused: answered.refused,
    because: answered.because,
  }),
  action: action('POST, or the method in its schema: calls an action of a type or of a resource.', ['name'], {
    type,
    of,
    name: means('The action, as the schema names it.', text),
    input: means('The input of the action.', body),
    ...answered,
  }),
  state: action('Acts as a worker: the work of a version has succeeded, or failed.', ['of'], {
    of,
    version,
    error: means('The error of the work; without it, the work succeeded.', text),
    state: means('Further members of the state.', body),
  }),
  monitoring: action('Acts as a collector: reports observations of a resource.', ['of', 'values'], {
    of,
    version,
    values: means('The observations by name: {link: UP}.', body),
  }),
  settle: means('all: all work that waits for a worker succeeds, until none waits.', { const: 'all' }),
  expect: action('Expects properties of a resource.', ['of'], {
    of,
    body: expected,
    version: means('Its config version.', { type: 'integer', minimum: 1 }),
  }),
  gone: means('The name of a resource that must no longer exist.', given),
  find: action(
    'Names the only resource with these values: one that the system has created by itself.',
    ['type', 'where', 'as'],
    {
      type,
      where: means('Properties and their values.', body),
      as: given,
    },
  ),
  list: action('Expects the contents of a list.', ['type'], {
    type,
    where: means('Properties and their values.', body),
    count: means('The number of resources.', { type: 'integer', minimum: 0 }),
    bodies: means(
      'The expected properties of each, in the order of their ids or names; there may be no further resources.',
      {
        type: 'array',
        items: expected,
      },
    ),
  }),
};

const steps: JsonObject = {
  type: 'array',
  maxItems: limits.exampleSteps,
  items: { type: 'object', minProperties: 1, maxProperties: 1, properties: actions, additionalProperties: false },
};

/** The JSON Schema (2020-12) of files with examples, for editors, and for readers of such files. */
export const exampleFileSchema: JsonObject = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'A file of examples of a Kamado catalogue',
  type: 'object',
  required: ['examples'],
  properties: {
    given: { ...steps, description: 'The first steps of each example of this file.' },
    examples: means(
      'The expected behaviour of the catalogue; kamado catalog test runs each example on a system of its own.',
      {
        type: 'array',
        items: {
          type: 'object',
          required: ['name', 'steps'],
          properties: {
            name: means('The point of the example, in a sentence.', text),
            steps: { ...steps, minItems: 1, description: 'The actions and expectations, in order.' },
          },
          additionalProperties: false,
        },
      },
    ),
  },
  additionalProperties: false,
};

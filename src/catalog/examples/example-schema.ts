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
const expected = means('What it has to be: other properties may have any value. {$matches: pattern} fits texts.', body);
const version = means('A config version; without it the current one.', { type: 'integer', minimum: 1 });
const answered = {
  expect: { ...expected, description: `Of the answer. ${expected.description}` },
  refused: means('The code of the error by which it has to be refused: RESOURCE_IN_USE.', text),
  because: means('A part of what that error has to say.', text),
};

function action(description: string, required: readonly string[], properties: JsonObject): JsonObject {
  return { description, type: 'object', required: [...required], properties, additionalProperties: false };
}

/** What a step can be, by its key. */
const actions = {
  create: action('POST: creates a resource.', ['type', 'body'], { type, as: given, body, ...answered }),
  update: action('PUT: changes properties of a resource.', ['of', 'body'], { of, body, ...answered }),
  delete: action('DELETE: deletes a resource.', ['of'], {
    of,
    refused: answered.refused,
    because: answered.because,
  }),
  action: action('POST, or what its schema says: an action of a type or of a resource.', ['name'], {
    type,
    of,
    name: means('The action, as the schema names it.', text),
    input: means('What it is given.', body),
    ...answered,
  }),
  state: action('In the stead of a worker: the work of a version has succeeded, or failed.', ['of'], {
    of,
    version,
    error: means('Why it failed; without it, it succeeded.', text),
    state: means('What the worker hands on besides.', body),
  }),
  monitoring: action('In the stead of a collector: what is seen of a resource.', ['of', 'values'], {
    of,
    version,
    values: means('What is seen, by name: {link: UP}.', body),
  }),
  settle: means('all: whatever waits for a worker succeeds, until nothing waits.', { const: 'all' }),
  expect: action('What a resource has to be.', ['of'], {
    of,
    body: expected,
    version: means('Its config version.', { type: 'integer', minimum: 1 }),
  }),
  gone: means('The name of a resource that has to be gone.', given),
  find: action('Names the only resource with these values: one that nobody has asked for.', ['type', 'where', 'as'], {
    type,
    where: means('Properties and their values.', body),
    as: given,
  }),
  list: action('What a list has to hold.', ['type'], {
    type,
    where: means('Properties and their values.', body),
    count: means('How many there are.', { type: 'integer', minimum: 0 }),
    bodies: means('What they have to be, in the order of their ids or names; more than these may not be there.', {
      type: 'array',
      items: expected,
    }),
  }),
};

const steps: JsonObject = {
  type: 'array',
  maxItems: limits.exampleSteps,
  items: { type: 'object', minProperties: 1, maxProperties: 1, properties: actions, additionalProperties: false },
};

/** The JSON Schema (2020-12) of files with examples, for editors, and for those who read them. */
export const exampleFileSchema: JsonObject = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'A file of examples of a Kamado catalogue',
  type: 'object',
  required: ['examples'],
  properties: {
    given: { ...steps, description: 'What each example of this file begins with.' },
    examples: means('What the catalogue is to do; kamado catalog test tries it, each on a system of its own.', {
      type: 'array',
      items: {
        type: 'object',
        required: ['name', 'steps'],
        properties: {
          name: means('What it shows, in a sentence.', text),
          steps: { ...steps, minItems: 1, description: 'What is done and asked for, in order.' },
        },
        additionalProperties: false,
      },
    }),
  },
  additionalProperties: false,
};

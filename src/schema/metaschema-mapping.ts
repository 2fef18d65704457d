import type { JsonObject } from '../kernel/index.ts';
import { flag, mapping, means } from './metaschema-parts.ts';

/** A name of any characters. */
export const nonEmpty: JsonObject = { type: 'string', minLength: 1 };
const object = { $ref: '#/$defs/mappingObject' };
/** Inside of lists a bare text is itself. */
const operand = { anyOf: [{ type: 'string', description: 'This text.' }, object] };
const operands = { type: 'array', minItems: 1, items: operand };

/** One of the object forms: the key that distinguishes it, and the keys that belong to it. */
export function form(description: string, required: readonly string[], properties: JsonObject): JsonObject {
  return { description, type: 'object', required, properties, additionalProperties: false };
}

const hop = {
  anyOf: [
    { ...nonEmpty, description: 'The name of a relation.' },
    form('A hop for which the schema declares no relation.', ['type', 'id'], {
      type: means('The type of the resource that it leads to.', nonEmpty),
      id: means("The property that holds its id; '': the element of a list is itself the id.", { type: 'string' }),
    }),
    form('A relation whose name is computed.', ['concatenate'], {
      concatenate: means('Texts that are joined.', operands),
    }),
  ],
};

const path: JsonObject = {
  path: means('Relations to follow, one after the other.', { type: 'array', items: { $ref: '#/$defs/hop' } }),
  ignore_missing: means("true: a path that leads nowhere gives '' instead of stopping the job.", flag),
};

const condition = {
  anyOf: [
    form('All operands are equal.', ['equal'], {
      equal: means('Two operands or more; a bare text is itself.', { ...operands, minItems: 2 }),
    }),
    form('A text in which a pattern is found.', ['regexp'], {
      regexp: means('The text, and a pattern that is searched, not anchored: a constant.', {
        ...operands,
        minItems: 2,
        maxItems: 2,
      }),
    }),
  ],
};

/** Forms whose values are known when they are evaluated. */
export const instantForms: readonly JsonObject[] = [
  form('A constant, as it is.', ['constant'], { constant: means('Any value.', {}) }),
  form(
    'A property of the resource, or of the one at the end of a path. The job waits for what it refers to.',
    ['field'],
    {
      field: means('The name of the property.', nonEmpty),
      ...path,
    },
  ),
  form('A key inside an object property.', ['nested'], {
    nested: means('The property, then the keys inside it.', { type: 'array', minItems: 2, items: nonEmpty }),
  }),
  form('The config version.', ['version'], { version: { const: 'auto_filled', description: 'The config version.' } }),
  form('Texts that are joined.', ['concatenate'], {
    concatenate: means('Mappings; a bare text is itself.', operands),
  }),
  form('One mapping or another.', ['if_mapping', 'then_mapping'], {
    if_mapping: means('{equal: [m, m]} or {regexp: [m, pattern]}.', condition),
    then_mapping: means('If the condition holds.', mapping),
    else_mapping: means('If it does not; null without it.', mapping),
  }),
  form('A mapping for each element of a list.', ['for_field', 'for_mapping'], {
    for_field: means('The property that holds the list, or a mapping that gives it.', { anyOf: [nonEmpty, object] }),
    for_mapping: means('The mapping of each element, evaluated on the element.', mapping),
  }),
];

const output = form(
  "An output of another resource's stack, known when the job runs; without a path, of its own.",
  ['output_key'],
  { output_key: means('The name of the output.', nonEmpty), ...path },
);

/** A mapping in a string, with one of these operators, or A and these. */
export function mappingText(operators: string, description: string): JsonObject {
  const named = operators.replaceAll(/[CV]/g, '');
  return { type: 'string', pattern: `^(?:C|V|[${named}][^:+&\\s]|A[${operators}])`, description };
}

/** The mapping language (mapping-parser.ts, mapping-string-parser.ts), as far as JSON Schema can express it. */
export const mappingDefinitions: JsonObject = {
  mapping: {
    description: 'The source of a value.',
    anyOf: [
      mappingText(
        'CPVOFM',
        'C<text>, P<field>, F<type>+<id field>:<field>, O<object>:<key>, Vauto_filled, M<type>:<id field>:<output>, or A<m>&<m>.',
      ),
      object,
    ],
  },
  mappingObject: { anyOf: [...instantForms, output] },
  hop,
};

import { type JsonObject, limits } from '../kernel/index.ts';
import { form, instantForms, mappingText, nonEmpty } from './metaschema-mapping.ts';
import { condition, flag, means, name, propertyName, propertyNames, value } from './metaschema-parts.ts';

const values = { type: 'array', items: value };
const valueMap: JsonObject = { type: 'object', propertyNames: propertyName, additionalProperties: value };
/** An operand of `equal`: a bare text is itself. */
const operand = { anyOf: [{ type: 'string', description: 'This text.' }, { $ref: '#/$defs/valueObject' }] };
const pair = { type: 'array', minItems: 2, maxItems: 2 };
const position = means('Which one, from 0; negative: from the end.', { type: 'integer' });

const valueForms: readonly JsonObject[] = [
  form('Texts that are joined.', ['concatenate'], {
    concatenate: means('Values; a bare text is itself.', { type: 'array', items: operand }),
  }),
  form('A list.', ['list'], { list: means('Its elements.', values) }),
  form('An object.', ['object'], {
    object: means('Its keys and their values.', { type: 'object', additionalProperties: value }),
  }),
  form('An element of a list; null if there is none.', ['element', 'index'], {
    element: means('The list.', value),
    index: position,
    key: means('The key of the element, if that is an object.', nonEmpty),
  }),
  form(
    'A property of the first resource, by id, with these values; null if there is none.',
    ['find', 'where', 'field'],
    {
      find: means('The type of the resource.', nonEmpty),
      where: means('Properties and their values. One of them has to be a relation, unique, indexed, or id.', {
        ...valueMap,
        minProperties: 1,
      }),
      field: means('The property that is read.', nonEmpty),
    },
  ),
  form('An address of an IPv4 network.', ['address', 'index'], {
    address: means('The network, as a CIDR.', value),
    index: means("Which address: 0 is the network's own, -1 the last.", { type: 'integer' }),
  }),
  form('A text as an integer, null as null.', ['integer'], { integer: means('The text.', value) }),
  form('A sum. Texts count as integers, null as 0.', ['sum'], { sum: means('What is added.', values) }),
  form('A random MAC address, made once.', ['generate'], {
    generate: { const: 'mac_address', description: 'A MAC address.' },
    prefix: means('How it begins; fa:16:3e without it.', {
      type: 'string',
      pattern: '^[0-9a-fA-F]{2}(?::[0-9a-fA-F]{2}){0,4}$',
    }),
  }),
  form('A random UUID, made once.', ['generate'], {
    generate: { const: 'uuid', description: 'A UUID, version 4.' },
  }),
  form('A random password, made once.', ['generate'], {
    generate: { const: 'password', description: 'Letters and digits.' },
    length: means(`Its characters; ${limits.passwordLength} without it.`, {
      type: 'integer',
      minimum: limits.passwordLengthLeast,
      maximum: limits.passwordLengthMost,
    }),
  }),
  form('One value or another.', ['when', 'value'], {
    when: means('What decides.', condition),
    value: means('If the condition holds.', value),
    otherwise: means('If it does not; null without it.', value),
  }),
];

const someConditions = { type: 'array', minItems: 1, items: condition };

const conditionForms: readonly JsonObject[] = [
  form('All values are equal.', ['equal'], {
    equal: means('Two values or more; a bare text is itself.', { type: 'array', minItems: 2, items: operand }),
  }),
  form('A value is one of several.', ['one_of'], {
    one_of: means('The value, and the list of what it may be.', { ...pair, prefixItems: [value, { type: 'array' }] }),
  }),
  form('A text in which a pattern is found.', ['regexp'], {
    regexp: means('The text, and a pattern that is searched, not anchored: a constant.', {
      ...pair,
      prefixItems: [
        value,
        {
          anyOf: [
            { type: 'string', format: 'regex' },
            form('A constant.', ['constant'], { constant: means('The pattern.', { type: 'string', format: 'regex' }) }),
          ],
        },
      ],
    }),
  }),
  form("A value is neither null nor ''.", ['present'], { present: means('The value.', value) }),
  form('A condition does not hold.', ['not'], { not: means('The condition.', condition) }),
  form('All conditions hold.', ['all'], { all: means('The conditions.', someConditions) }),
  form('One of the conditions holds, or more.', ['any'], { any: means('The conditions.', someConditions) }),
];

/** A map of named entries of the section. */
function parts(description: string, part: JsonObject, names: JsonObject = name): JsonObject {
  return { description, type: 'object', propertyNames: names, additionalProperties: part };
}

const newVersion = means('true: each change makes a new version of the resource; else only its row shows it.', flag);

const ensured = form('A resource that is made first, unless it exists.', ['type', 'id'], {
  type: means('Its type.', name),
  id: means('Its id; null: none is made.', value),
  properties: means('Its properties.', valueMap),
});

const bound = {
  anyOf: [
    { type: 'integer', description: 'A number.' },
    { type: 'string', pattern: '^\\d', description: 'An IPv4 address.' },
    value,
  ],
};

const pool = form('Numbers or addresses that other resources take.', ['first', 'last'], {
  first: means('The lowest: an integer, an IPv4 address, or a value that gives one.', bound),
  last: means('The highest.', bound),
  reserved: means('Never given: a text like 0-1024,4094, or a list of numbers, addresses, {start, end}.', value),
  offers: means('The ranges from which numbers are given without an explicit request. Default: the whole pool.', value),
  withheld: means('Ranges whose numbers are given by explicit request only.', value),
  bitmap: means(
    'The property that shows the pool as base64: a bit for each number, 1 = taken or reserved.',
    propertyName,
  ),
  bits: means('Bits of the bitmap; a multiple of 32 without it.', {
    type: 'integer',
    minimum: 1,
    maximum: limits.poolBitmapBits,
  }),
  free: means('The property that shows how many are left.', propertyName),
  new_version: newVersion,
});

const counter = form('A property that shows what is left of a capacity, or how much is taken.', [], {
  capacity: means('The capacity; without it the property shows how much is taken.', value),
  new_version: newVersion,
});

const poolKeys: JsonObject = {
  pool: means('The pool.', name),
  into: means('The property that holds the number: the lowest free one, or what the client has set.', propertyName),
  as: means('How the number stands there; else as the type of the property says.', {
    enum: ['integer', 'string', 'address'],
  }),
  owner: means('The property that is set to the id of the resource that gave the number.', propertyName),
  each: means('A list of objects, each of which gets a number; from and into are seen from the element.', propertyName),
};

const take: JsonObject = {
  ...form(
    'What it takes of another resource, until its row is gone: a number of a pool, or of a counter.',
    ['type', 'from'],
    {
      type: means('The type that has the pool or the counter.', name),
      from: means('The id of the resource that has it, or ids of which the first with a free number gives it.', value),
      when: means('If this does not hold, nothing is taken.', condition),
      ...poolKeys,
      counter: means('The counter.', propertyName),
      amount: means('How much of the counter; 1 without it.', value),
    },
  ),
  dependentRequired: { pool: ['into'], amount: ['counter'] },
  dependentSchemas: { counter: { propertyNames: { not: { enum: Object.keys(poolKeys) } } } },
};

/** A resource that is made along with another one; `$defs/child`, because children have children. */
export const child: JsonObject = form('A resource that comes with this one, and goes with it.', ['type'], {
  type: means('Its type.', name),
  when: means('The child is there as long as this holds.', condition),
  properties: means(
    'Its properties, also such that a client cannot set; null: no value, whatever the default.',
    valueMap,
  ),
  link: means("The property of its parent that is set to the child's id.", propertyName),
  children: parts('Its own children; their values are seen from the resource at the top.', { $ref: '#/$defs/child' }),
});

const update = form('Values that it gives a related resource, in a new version of that.', ['path', 'set'], {
  path: means('The relations that lead to the resource.', {
    type: 'array',
    minItems: 1,
    items: { $ref: '#/$defs/hop' },
  }),
  when: means('If this does not hold, nothing is set.', condition),
  set: means('Its properties, with values of this resource.', { ...valueMap, minProperties: 1 }),
  on_delete: means(
    'The values that it gets when this row is gone, if it still has those that this one had set.',
    valueMap,
  ),
  keep: means('Computed properties that the new version does not touch.', propertyNames),
});

const pass = form('A new version that the system makes as soon as a condition holds.', ['when', 'set'], {
  when: means('The condition. The values that are set should make it false.', condition),
  set: means('The properties of the new version.', { ...valueMap, minProperties: 1 }),
});

const requirement = form('A condition that has to hold when a resource is made or changed.', ['that', 'reason'], {
  that: means('The condition.', condition),
  reason: means('The reason for a refusal if it does not hold, for the person who sent the request.', {
    type: 'string',
    minLength: 1,
  }),
});

/** The section `behaviour` of a schema (docs/behaviour.md); `$defs`: value, condition, hop and child. */
export const behaviourSection: JsonObject = {
  type: 'object',
  properties: {
    ensures: parts('Resources that are made first, unless they exist.', ensured),
    pools: parts('Numbers and addresses that other resources take of it.', pool),
    counters: parts('Properties that show what is left of a capacity.', counter, propertyName),
    takes: parts('What it takes of the pools and counters of others.', take),
    children: parts('Resources that come with it, in order.', { $ref: '#/$defs/child' }),
    updates: parts('Changes of related resources that it causes.', update),
    requires: parts('A condition that has to hold when a resource is made or changed.', requirement),
    passes: parts('New versions that the system makes.', pass),
  },
  additionalProperties: false,
};

/** The `$defs` of values, conditions and children, as far as JSON Schema can express the rules of value-parser.ts. */
export const behaviourDefinitions: JsonObject = {
  child,
  value: {
    description: 'A value that the server computes.',
    anyOf: [
      mappingText(
        'CPVOF',
        'C<text>, P<field>, F<type>+<id field>:<field>, O<object>:<key>, Vauto_filled, or A<m>&<m>.',
      ),
      { $ref: '#/$defs/valueObject' },
    ],
  },
  valueObject: { anyOf: [...valueForms, ...instantForms] },
  condition: { description: 'What has to hold.', anyOf: conditionForms },
};

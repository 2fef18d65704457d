import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isKamadoError } from '../../src/kernel/errors.ts';
import { type Json, type JsonObject, jsonEqual } from '../../src/kernel/json.ts';
import { codeOf, yaml } from './helpers.ts';
import { SURROUNDINGS, shape, values } from './yaml-values.ts';

/** The document, or undefined where the value was refused; any other error goes on. */
function accepted(source: string, context: JsonObject): Json | undefined {
  try {
    return yaml(source, context);
  } catch (error) {
    if (isKamadoError(error, 'TEMPLATE_STRUCTURE')) return undefined;
    throw error;
  }
}

for (const source of SURROUNDINGS) {
  test(`a value is refused or changes no structure: ${JSON.stringify(source)}`, () => {
    const expected = shape(yaml(source, { v: 'x' }));
    const holds = (v: string) => {
      const document = accepted(source, { v });
      return document === undefined || jsonEqual(shape(document), expected);
    };
    fc.assert(fc.property(values, holds), { numRuns: 500 });
  });
}

test('a key may hold a value, but stays one key', () => {
  const holds = (v: string) => {
    const document = accepted('{{ v }}_x: 1\nz: 1\n', { v });
    return document === undefined || Object.keys(Object(document)).length === 2;
  };
  fc.assert(fc.property(values, holds), { numRuns: 500 });
  assert.deepEqual(yaml('{{ device }}_x: 1\nz: 1\n', { device: 'primary' }), { primary_x: 1, z: 1 });
});

test('behind tojson every text is accepted and comes back equal', () => {
  const holds = (v: string) => jsonEqual(yaml('k: {{ v | tojson }}\nz: 1\n', { v }), { k: v, z: 1 });
  fc.assert(fc.property(values, holds), { numRuns: 1000 });
  const inFlow = (v: string) => jsonEqual(yaml('{k: {{ v | tojson }}, z: 1}', { v }), { k: v, z: 1 });
  fc.assert(fc.property(values, inFlow), { numRuns: 500 });
});

test('behind tojson lists and dicts come back equal', () => {
  const leaves = fc.oneof(values, fc.integer(), fc.boolean(), fc.constant(null));
  const { tree } = fc.letrec<{ tree: Json }>((tie) => ({
    tree: fc.oneof({ maxDepth: 3 }, leaves, fc.array(tie('tree')), fc.dictionary(fc.string(), tie('tree'))),
  }));
  const holds = (v: Json) => jsonEqual(yaml('k: {{ v | tojson }}\nz: 1\n', { v }), { k: v, z: 1 });
  fc.assert(fc.property(tree, holds), { numRuns: 500 });
});

test('a printed list keeps its length, or is refused', () => {
  const holds = (v: readonly string[]) => {
    const document = accepted('k: {{ v }}\nz: 1\n', { v });
    const list = typeof document === 'object' && document !== null && 'k' in document ? document.k : undefined;
    return document === undefined || (Array.isArray(list) && list.length === v.length);
  };
  fc.assert(fc.property(fc.array(values), holds), { numRuns: 500 });
  assert.deepEqual(yaml('k: {{ v }}', { v: ['a', "it's", 1, true] }), { k: ['a', "it's", 1, true] });
  assert.deepEqual(yaml('k: {{ v }}', { v: { a: [1] } }), { k: { a: [1] } });
  assert.equal(
    codeOf(() => yaml('k: {{ v }}', { v: ['it\'s "so"'] })),
    'TEMPLATE_STRUCTURE',
  );
});

const REFUSED: readonly (readonly [string, string, string])[] = [
  ['a second pair', 'k: {{ v }}', 'a: b'],
  ['a new line', 'k: {{ v }}\nz: 1', 'a\nb: c'],
  ['a comment', 'k: {{ v }}', 'a # b'],
  ['a list', '- {{ v }}', '- x'],
  ['a collection', 'k: {{ v }}', '[a]'],
  ['an anchor', 'k: {{ v }}', '&a b'],
  ['an alias', 'k: {{ v }}', '*a'],
  ['a tag', 'k: {{ v }}', '!t b'],
  ['a tag of YAML', 'k: {{ v }}', '!!int 1'],
  ['quotes', 'k: {{ v }}', '"a"'],
  ['a block scalar', 'k: {{ v }}\nz: 1', '|'],
  ['a document', '{{ v }}', '---'],
  ['a directive', '{{ v }}', '%YAML 1.2'],
  ['the end of quotes', '{a: "{{ v }}"}', 'x", b: "y'],
  ['an escaped end of quotes', '{a: "{{ v }}", b: "c"}', '\\'],
  ['an escaped end of quotes at the end of a line', 'k: "{{ v }}"\nz: "1"', '\\'],
  ['the end of a block', 'k: |\n  {{ v }}\nz: 1', 'a\nb'],
  ['the end of a comment', 'k: 1 # {{ v }}', 'a\n'],
  ['a line end of YAML 1.1', 'k: {{ v }}', 'a\u2028b'],
  ['a control character', 'k: "{{ v }}"', '\u0007'],
  ['a tag in the making', 'k: !{{ v }} a', 'x'],
  ['an anchor in the making', 'k: &{{ v }} a', 'x'],
  ['an item that is empty', 'k: [a, {{ v }}, b]', ''],
  ['a document that is empty', '{{ v }}', ''],
  ['indentation', 'a:\n  b: 1\n{{ v }}c: 2', '  '],
];

for (const [what, source, v] of REFUSED) {
  test(`refused: ${what}`, () => {
    assert.equal(
      codeOf(() => yaml(source, { v })),
      'TEMPLATE_STRUCTURE',
    );
  });
}

test('the error names the line of the template, and never the value', () => {
  const source = 'a: 1\n{% if true %}\nb: {{ good }}\nc: {{ secret }}\n{% endif %}d: 1\n';
  const render = () => yaml(source, { good: 'x', secret: 'hunter2: x' });
  assert.throws(render, (error) => isKamadoError(error, 'TEMPLATE_STRUCTURE') && error.params.line === 4);
  assert.throws(render, (error) => error instanceof Error && !error.message.includes('hunter2'));
});

test('what the template itself gets wrong is TEMPLATE_INVALID, with its line', () => {
  const line = (source: string, context: JsonObject = {}) => {
    try {
      yaml(source, context);
    } catch (error) {
      if (isKamadoError(error, 'TEMPLATE_INVALID')) return error.params.line;
      throw error;
    }
    return 'nothing thrown';
  };
  assert.equal(line('a: 1\nb: [\n'), 2);
  assert.equal(line('a: 1\na: 2'), 2);
  assert.equal(line('a: &x 1\nb: *x'), 2);
  assert.equal(line('a: 1\nb: !t 1'), 2);
  assert.equal(line('a: 1\n? [x]\n: 1'), 2);
  assert.equal(line('a: 1\n: 1'), 2);
  assert.equal(line('{% for x in [1, 1] %}k{{ x }}: 1\n{% endfor %}'), 1);
  assert.equal(line('a: 1\n---\nb: 1'), 2);
  assert.equal(line('a: 12345678901234567890'), 1);
  assert.equal(line('a: .inf'), 1);
  assert.equal(line('a: {{ v }}: {', { v: 1 }), 1);
});

test('plain scalars are typed as the original typed them', () => {
  const typed: readonly (readonly [string, Json])[] = [
    ['830', 830],
    ['-7', -7],
    ['010', 8],
    ['0x1F', 31],
    ['0b101', 5],
    ['1_000', 1000],
    ['1:30', 90],
    ['1.5', 1.5],
    ['1.', 1],
    ['1e5', '1e5'],
    ['1.0e+5', 100_000],
    ['09', '09'],
    ['00:11:22:33:44:55', '00:11:22:33:44:55'],
    ['10.79.5.185', '10.79.5.185'],
    ['yes', true],
    ['Off', false],
    ['y', 'y'],
    ['~', null],
    ['', null],
    ['None', 'None'],
    ['2017-05-11', '2017-05-11'],
    ['<<', '<<'],
    ['"830"', '830'],
    ["'yes'", 'yes'],
    ['!!str 830', '830'],
  ];
  for (const [written, value] of typed) assert.deepEqual(yaml(`k: ${written}`), { k: value }, written);
  assert.deepEqual(yaml('on: 1\n41: 2'), { on: 1, '41': 2 });
  assert.equal(yaml('{% if false %}a: 1{% endif %}'), null);
});

test('a key named like a property of objects is only a key', () => {
  const document = yaml('__proto__: {x: 1}\nconstructor: 2');
  assert.deepEqual(Object.keys(Object(document)), ['__proto__', 'constructor']);
  assert.equal(Object.getPrototypeOf(document), Object.prototype);
});

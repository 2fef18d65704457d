import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json, JsonObject } from '../../src/kernel/json.ts';
import { limits } from '../../src/kernel/limits.ts';
import { render } from '../../src/template/renderer.ts';
import { Run } from '../../src/template/run.ts';
import { parseTemplate } from '../../src/template/template.ts';
import { codeOf, hot, text } from './helpers.ts';

/** The steps that an expression costs, without what it costs to name its values. */
function stepsOf(expression: string, context: JsonObject): number {
  const whole = stepsOfTemplate(`{% set r = ${expression} %}`, context);
  return whole - stepsOfTemplate(`{% set r = [${Object.keys(context).join(', ')}] %}`, context);
}

function stepsOfTemplate(source: string, context: JsonObject): number {
  const run = new Run('t');
  render('t', parseTemplate('t', source).body, context, run);
  return run.steps;
}

const SMALL = 1000;
const TIMES = 16;

const ofText = [
  ...[
    'v|upper',
    'v|lower',
    'v|capitalize',
    'v|title',
    'v|trim',
    'v|length',
    'v|reverse',
    'v|tojson|string',
    'v|urlencode',
  ],
  ...[
    'v|replace("b", "c")',
    'v|indent',
    'v|int',
    'v|float',
    '[v]|string',
    'v is upper',
    'v is lower',
    '"%s" % v',
    'v % ()',
  ],
  ...[
    'v.upper()',
    'v.strip()',
    'v.strip("b")',
    'v.split()',
    'v.split("b")',
    'v.splitlines()',
    'v.isdigit()',
    'v.find("b")',
  ],
  ...[
    'v.count("b")',
    'v.startswith(v)',
    'v.endswith(v)',
    'v.format()',
    '"b" in v',
    'v in v',
    'v ~ v',
    'v + v',
    'v == v ~ ""',
  ],
  ...[
    'v < v',
    '{v: 1}',
    '{}[v]',
    '{}.get(v)',
    '[{"a": 1}]|map(attribute=v)|list',
    'v[5]',
    'v[1:]',
    'v|list',
    'v|match("a*")',
  ],
  ...['(v ~ "b").find("a" ~ v)', 'v.split(v)', 'v|replace(v, "")', 'v|default("")|upper'],
];
const ofList = [
  ...[
    'v|sum',
    'v|join("")',
    'v|select|list',
    'v|reject|list',
    'v|map("string")|list',
    'v|sort',
    'v|unique|list',
    'v|min',
    'v|max',
  ],
  ...[
    'v|list',
    'v|reverse|list',
    'v|batch(9)|list',
    'v + v',
    'v * 2',
    'v == v[:]',
    '"z" in v',
    'v|string',
    'v|tojson',
    'v[1:]',
  ],
];
const ofDict = ['v|dictsort', 'v.items()', 'v.keys()', 'v == v', 'v|urlencode', 'v|string', 'v|tojson', 'v|list'];

const emptyTexts = (size: number): Json => Array<Json>(size).fill('');

/** Operations whose work grows with their value: what they count must grow as it does. */
const GROWING: readonly (readonly [string, string, (size: number) => Json])[] = [
  ...group('a text', ofText, (size) => 'a'.repeat(size)),
  ...group('a list', ofList, (size) => Array<Json>(size).fill(0)),
  ...group('a list of empty texts', ['v|join', '"".join(v)', 'v|join("")', 'v|map("upper")|list'], emptyTexts),
  ...group('a dict', ofDict, (size) => Object.fromEntries(Array.from({ length: size }, (_, i) => [`k${i}`, i]))),
];

function group(
  kind: string,
  expressions: readonly string[],
  makeValue: (size: number) => Json,
): readonly (readonly [string, string, (size: number) => Json])[] {
  return expressions.map((expression) => [expression, kind, makeValue]);
}

for (const [expression, kind, makeValue] of GROWING) {
  test(`what it costs grows as ${kind} does: ${expression}`, () => {
    const little = stepsOf(expression, { v: makeValue(SMALL) });
    const much = stepsOf(expression, { v: makeValue(SMALL * TIMES) });
    assert.ok(much / little > TIMES / 4, `${little} steps, and ${much} for ${TIMES} times as much`);
  });
}

test('filters of a block count the parts of its text, each time', () => {
  const chain = Array.from({ length: 1000 }, () => 'default("x")').join('|');
  const parts = '{{ v }},'.repeat(1000);
  assert.equal(
    codeOf(() => text(`{% filter ${chain} %}${parts}{% endfilter %}`, { v: 'a' })),
    'TEMPLATE_LIMIT',
  );
});

test('a number that is too large to count with is no way around the limits', () => {
  const huge = '(2 ** 1023 + (2 ** 1023 - 1))';
  for (const nothing of ["''", '[]', '()']) {
    assert.equal(
      codeOf(() => text(`{% set x = ${nothing} * ${huge} %}{% for i in range(10 ** 6) %}{% endfor %}`)),
      'TEMPLATE_LIMIT',
    );
    assert.equal(text(`{{ ${nothing} * ${huge} }}`), text(`{{ ${nothing} }}`));
  }
});

test('parts that would hang the search of the host end', () => {
  const half = 'a'.repeat(150_000);
  const context = { v: 'a'.repeat(600_000), part: `${half}b${half}` };
  for (const expression of ['v.find(part)', 'v|replace(part, "x")|length', 'part in v', 'v.split(part)|length']) {
    assert.match(text(`{{ ${expression} }}`, context), /^(?:-1|600000|False|1)$/, expression);
  }
});

test('text that would hang a regular expression ends', () => {
  const context = { digits: '1'.repeat(600_000), signs: '%('.repeat(50_000), marks: '{'.repeat(50_001) };
  assert.equal(text('{{ (digits ~ "x")|float }}', context), '0.0');
  assert.equal(
    codeOf(() => text('{{ signs % {} }}', context)),
    'TEMPLATE_INVALID',
  );
  assert.equal(
    codeOf(() => text('{{ marks.format() }}', context)),
    'TEMPLATE_INVALID',
  );
});

test('a value that would be much work to read as YAML is refused before', () => {
  for (const part of ['x\n', '- ', '\n- x', '\n# x', '&a ', '!a ', '\n---\n', '? x\n', '[', '[],', 'a: ', ': ']) {
    assert.equal(
      codeOf(() => hot('a: {{ v }}\nb: [{{ v }}]\n', { v: part.repeat(100_000) })),
      'TEMPLATE_STRUCTURE',
      part,
    );
  }
  const items = Array<Json>(limits.templateLexemes).fill(1);
  assert.equal(
    codeOf(() => hot('a: {{ v }}', { v: items })),
    'TEMPLATE_LIMIT',
  );
});

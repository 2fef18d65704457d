import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isKamadoError } from '../../src/kernel/errors.ts';
import type { JsonObject } from '../../src/kernel/json.ts';
import { text } from './helpers.ts';
import { askJinja2, needsJinja2 } from './jinja2.ts';

const CONTEXT: JsonObject = {
  i: 7,
  j: -3,
  f: 2.5,
  s: 'Hello, World',
  q: 'it\'s "so"',
  e: '',
  w: '  pad\t',
  u: 'é😀\u00a0\n',
  l: [3, 1, 'b', null, true, 2.5],
  n: [5, -2, 9, 5],
  t: ['b', 'A', 'c'],
  d: { b: 1, a: [1, 2], k: null },
  r: [
    { n: 'x', v: 2 },
    { n: 'y', v: 1 },
  ],
  z: null,
  yes: true,
};

const names = fc.constantFrom(...Object.keys(CONTEXT), 'missing');
const literals = fc.constantFrom(
  '0',
  '1',
  '3',
  '-2',
  '2.0',
  '1e20',
  '0.1',
  '1e-7',
  "'a'",
  '"b c"',
  "''",
  'true',
  'none',
  '[]',
  '[1, "a"]',
  '(1, 2)',
  '{"a": 1}',
  '{}',
);
const filters = fc.constantFrom(
  'string',
  'int',
  'float',
  'length',
  'upper',
  'lower',
  'trim',
  'first',
  'last',
  'list',
  'sort',
  'tojson',
  'join("-")',
  'default("D")',
  'd("D", true)',
  'replace("a", "-")',
  'abs',
  'round(1)',
  'sum',
  'min',
  'max',
  'capitalize',
  'title',
  'unique|list',
  'reverse|list',
  'map("string")|list',
  'select|list',
  'batch(2)|list',
  'dictsort',
  'indent(2)',
  'urlencode',
  'map(attribute="v")|list',
  'sort(attribute="v")',
  'selectattr("v", "gt", 1)|list',
  'groupby("n")|list|length',
);
const checks = fc.constantFrom(
  'defined',
  'undefined',
  'none',
  'string',
  'number',
  'integer',
  'float',
  'boolean',
  'mapping',
  'iterable',
  'sequence',
  'odd',
  'even',
  'divisibleby(3)',
  'divisibleby 2',
  'lower',
  'upper',
  'eq(7)',
  'in([7, "a"])',
  'sameas(none)',
);
const methods = fc.constantFrom(
  'split(",")',
  'split()',
  'upper()',
  'strip()',
  'startswith("H")',
  'replace("o", "0", 1)',
  'items()|list',
  'keys()|list',
  'get("a")',
  'get("zz", 4)',
  'join(["p", "q"])',
  'count("l")',
  'find("o")',
  'capitalize()',
);
const operators = fc.constantFrom(
  '+',
  '-',
  '*',
  '/',
  '//',
  '%',
  '~',
  '==',
  '!=',
  '<',
  '<=',
  '>',
  '>=',
  'in',
  'not in',
  'and',
  'or',
);
const subscripts = fc.constantFrom('[0]', '[-1]', '[9]', '["a"]', '.a', '.nope', '.0');
// Of names only: of what Jinja2 folds as a constant, `none[1:]`, it gives undefined; of a value it raises.
const slices = fc.constantFrom('[1:]', '[:2]', '[::-1]', '[-2:5:2]', '[5:1:-2]', '[:]');

const { expression } = fc.letrec<{ expression: string; small: string }>((tie) => ({
  small: fc.oneof(names, literals),
  expression: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    tie('small'),
    fc.tuple(tie('expression'), filters).map(([value, filter]) => `(${value})|${filter}`),
    fc.tuple(tie('expression'), checks).map(([value, check]) => `((${value}) is ${check})`),
    fc.tuple(tie('expression'), checks).map(([value, check]) => `((${value}) is not ${check})`),
    fc.tuple(tie('expression'), methods).map(([value, method]) => `(${value}).${method}`),
    fc.tuple(tie('expression'), subscripts).map(([value, subscript]) => `(${value})${subscript}`),
    fc.tuple(tie('expression'), operators, tie('expression')).map(([a, operator, b]) => `(${a} ${operator} ${b})`),
    fc.tuple(tie('small'), operators, tie('small'), operators, tie('small')).map((parts) => parts.join(' ')),
    fc.tuple(tie('expression'), tie('expression'), tie('small')).map(([a, b, c]) => `(${a} if ${b} else ${c})`),
    fc.tuple(tie('expression'), tie('small')).map(([a, b]) => `[${a}, ${b}]`),
    fc.tuple(names, slices).map(([name, slice]) => `${name}${slice}`),
    fc.tuple(tie('expression')).map(([a]) => `(not ${a})`),
    fc.tuple(tie('small')).map(([a]) => `-${a}`),
  ),
}));

const templates = fc.oneof(
  { weight: 5, arbitrary: expression.map((value) => `{{ ${value} }}`) },
  expression.map((value) => `{% if ${value} %}T{% elif not (${value}) %}F{% else %}E{% endif %}`),
  fc
    .tuple(expression, expression)
    .map(
      ([all, shown]) =>
        `{% for x in ${all} -%} {{ loop.index }}/{{ loop.length }}:{{ x }}{{ ${shown} }};{% else %}none{%- endfor %}`,
    ),
  fc
    .tuple(expression, expression)
    .map(([a, b]) => `{% set x = ${a} %}{% set y %}<{{ x }}>{% endset %}{{ y ~ (${b}) }}\n`),
  expression.map((value) => `a \n {%- with x = ${value} %} {{ x -}} \n {% endwith +%}\r\nb\n\n`),
);

/** Printed by Python as objects of its own (generators, methods) or with an address: nothing to compare. */
const OBJECT = /<|dict_items|dict_keys|dict_values|Undefined|Markup/;

test('generated templates give what Jinja2 gives', needsJinja2(), (context) => {
  const seed = Number(process.env.KAMADO_TEST_SEED ?? 20_170_511);
  const cases = fc.sample(templates, { numRuns: 4000, seed }).map((template) => ({ template, context: CONTEXT }));
  const expected = askJinja2(cases);
  const differing: string[] = [];
  let compared = 0;
  for (const [i, { template }] of cases.entries()) {
    const wanted = expected[i] ?? null;
    if (typeof wanted === 'string' && OBJECT.test(wanted)) continue;
    compared++;
    const given = rendered(template);
    if (given !== wanted)
      differing.push(`${template}\n  Jinja2: ${JSON.stringify(wanted)}\n  here:   ${JSON.stringify(given)}`);
  }
  context.diagnostic(`${compared} compared, seed ${seed}`);
  assert.equal(differing.length, 0, differing.slice(0, 60).join('\n'));
  assert.ok(compared > cases.length / 2);
});

/** What we make of it; null where it is refused. */
function rendered(template: string): string | null {
  try {
    return text(template, CONTEXT);
  } catch (error) {
    if (isKamadoError(error, 'TEMPLATE_INVALID')) return null;
    throw error;
  }
}

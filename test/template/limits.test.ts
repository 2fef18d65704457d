import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isKamadoError } from '../../src/kernel/errors.ts';
import type { JsonObject } from '../../src/kernel/json.ts';
import { limits } from '../../src/kernel/limits.ts';
import { codeOf, text, yaml } from './helpers.ts';

/** The limit that stops this, or 'none'. */
function limitOf(task: () => unknown): string | number | undefined {
  try {
    task();
    return 'none';
  } catch (error) {
    if (isKamadoError(error, 'TEMPLATE_LIMIT')) return error.params.limit;
    throw error;
  }
}

/** A list that is nested this deep. */
function nested(depth: number): string {
  return '['.repeat(depth) + ']'.repeat(depth);
}

const LONG = 'a'.repeat(1000);

const STOPPED: readonly (readonly [string, string, JsonObject, string])[] = [
  ['a long source', ' '.repeat(limits.templateBytes + 1), {}, 'templateBytes'],
  ['a long source of wide characters', 'é'.repeat(limits.templateBytes / 2 + 1), {}, 'templateBytes'],
  ['deep brackets', `{{ ${nested(100)} }}`, {}, 'templateDepth'],
  ['deep parentheses', `{{ ${'('.repeat(5000)}1${')'.repeat(5000)} }}`, {}, 'templateDepth'],
  ['many signs', `{{ ${'- '.repeat(5000)}1 }}`, {}, 'templateDepth'],
  ['many nots', `{{ ${'not '.repeat(5000)}1 }}`, {}, 'templateDepth'],
  ['a ladder of inline ifs', `{{ ${'1 if 0 else '.repeat(5000)}1 }}`, {}, 'templateDepth'],
  ['deep blocks', '{% if 1 %}'.repeat(5000), {}, 'templateDepth'],
  ['deep values', '{{ v }}', { v: JSON.parse(nested(100)) }, 'templateDepth'],
  [
    'a value that grows inwards',
    '{% set n = namespace(x=1) %}{% for i in range(100) %}{% set n.x = [n.x] %}{% endfor %}{{ n.x }}',
    {},
    'templateDepth',
  ],
  ['a long loop', '{% for i in range(1000000) %}{% endfor %}', {}, 'templateSteps'],
  ['a huge range', '{{ range(10 ** 15) }}', {}, 'templateSteps'],
  [
    'loops in loops',
    '{% for a in r %}{% for b in r %}{% for c in r %}x{% endfor %}{% endfor %}{% endfor %}',
    { r: Array.from({ length: 1000 }, (_, i) => i) },
    'templateSteps',
  ],
  [
    'a list that doubles',
    '{% set n = namespace(x=[1]) %}{% for i in range(60) %}{% set n.x = n.x + n.x %}{% endfor %}',
    {},
    'templateSteps',
  ],
  ['a list that is repeated', '{{ [1] * 10 ** 12 }}', {}, 'templateSteps'],
  [
    'shared parts, printed',
    '{% set n = namespace(x=[1]) %}{% for i in range(50) %}{% set n.x = [n.x, n.x] %}{% endfor %}{{ n.x }}',
    {},
    'templateSteps',
  ],
  [
    'shared parts, compared',
    '{% set n = namespace(x=[1], y=[1]) %}{% for i in range(50) %}{% set n.x = [n.x, n.x] %}{% set n.y = [n.y, n.y] %}{% endfor %}{{ n.x == n.y }}',
    {},
    'templateSteps',
  ],
  [
    'shared parts, as JSON',
    '{% set n = namespace(x=[1]) %}{% for i in range(50) %}{% set n.x = [n.x, n.x] %}{% endfor %}{{ n.x|tojson }}',
    {},
    'templateSteps',
  ],
  ['a text that is repeated', '{{ "a" * 10 ** 9 }}', {}, 'renderedBytes'],
  [
    'a text that doubles',
    '{% set n = namespace(x="a") %}{% for i in range(60) %}{% set n.x = n.x ~ n.x %}{% endfor %}',
    {},
    'renderedBytes',
  ],
  ['replacements that grow', '{{ v|replace("a", v * 2) }}', { v: LONG }, 'renderedBytes'],
  ['replacements of much', '{{ v|replace("a", v)|replace("a", v) }}', { v: LONG }, 'templateSteps'],
  ['a separator that grows', '{{ v|join(v) }}', { v: LONG.repeat(2) }, 'renderedBytes'],
  ['wide padding', '{{ "%999999d" % 1 ~ "%999999d" % 1 }}', {}, 'renderedBytes'],
  ['wide indentation', '{{ "a"|indent(10 ** 10, true) }}', {}, 'renderedBytes'],
  ['output in a loop', '{% for i in range(2000) %}{{ v }}{% endfor %}', { v: LONG }, 'renderedBytes'],
  ['output in bytes', '{% for i in range(600) %}{{ v }}{% endfor %}', { v: 'é'.repeat(1000) }, 'renderedBytes'],
  ['a power', '{{ 10 ** (10 ** 9) }}', {}, 'templateIntegerBits'],
  [
    'a product',
    '{% set n = namespace(x=10) %}{% for i in range(40) %}{% set n.x = n.x * n.x %}{% endfor %}',
    {},
    'templateIntegerBits',
  ],
  ['a long literal', `{{ ${'9'.repeat(5000)} }}`, {}, 'templateIntegerBits'],
  ['a long number as text', '{{ v|int }}', { v: '9'.repeat(100_000) }, 'templateIntegerBits'],
  ['a large expression', '{{ v|match("((a{1,99}){1,99}){1,99}") }}', { v: LONG }, 'patternStates'],
  [
    'an expression that repeats nothing',
    '{{ "a"|match("((((((){9999}){9999}){9999}){9999}){9999})") }}',
    {},
    'patternStates',
  ],
  ['an expression of a value', '{{ "a"|match(v) }}', { v: '(){9999}'.repeat(2) }, 'patternStates'],
  ['deep groups of an expression', '{{ "a"|match(v) }}', { v: '('.repeat(9000) }, 'patternDepth'],
  ['a long expression', '{{ "a"|match(v) }}', { v: LONG.repeat(11) }, 'patternLength'],
  ['many expressions', '{% for i in range(1000) %}{{ "a"|match(v) }}{% endfor %}', { v: '(){999}' }, 'templateSteps'],
  ['an expression that is dear to run', '{{ v|match("(?:a?){400}a{400}b") }}', { v: LONG }, 'templateSteps'],
];

for (const [what, source, context, limit] of STOPPED) {
  test(`stopped by ${limit}: ${what}`, () => {
    assert.equal(
      limitOf(() => text(source, context)),
      limit,
    );
  });
}

test('long chains cost no depth', () => {
  const chain = (operator: string) => Array.from({ length: 5000 }, () => '1').join(operator);
  assert.equal(text(`{{ ${chain(' + ')} }}`), '5000');
  assert.equal(text(`{{ ${chain(' and ')} }}`), '1');
  assert.equal(text(`{{ ${chain(' == ')} }}`), 'True');
  assert.equal(text(`{{ ${chain(' ~ ')} }}`), '1'.repeat(5000));
  assert.equal(text(`{{ "a"${'|upper'.repeat(5000)} }}`), 'A');
  assert.equal(text(`{% if 0 %}${'{% elif 0 %}'.repeat(5000)}{% else %}x{% endif %}`), 'x');
});

test('a regular expression that would hang a backtracking engine ends', () => {
  for (const pattern of ['(a+)+$', '(a|a)*$', '(a*)*b', '(.*a){12}b', '(a|aa)+$', 'a*a*a*a*a*a*b']) {
    const context = { v: `${'a'.repeat(300)}!`, pattern };
    assert.equal(text('{{ v|match(pattern) }}', context), 'False', pattern);
  }
});

test('a document that nests too deep is refused, from the template and from a value', () => {
  const deep = 10_000;
  assert.equal(
    limitOf(() => yaml('['.repeat(deep))),
    'templateDepth',
  );
  assert.equal(
    limitOf(() => yaml('- '.repeat(deep))),
    'templateDepth',
  );
  // The value is found to be no text before its depth is.
  assert.equal(
    codeOf(() => yaml('k: {{ v }}', { v: '['.repeat(deep) })),
    'TEMPLATE_STRUCTURE',
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isKamadoError } from '../../src/kernel/errors.ts';
import type { JsonObject } from '../../src/kernel/json.ts';
import { parseTemplate, renderTemplate } from '../../src/template/template.ts';
import { codeOf, text } from './helpers.ts';

test('values are printed as Python prints them', () => {
  assert.equal(text('{{ none }} {{ true }} {{ 2.0 }} {{ 2 }} {{ 7 / 2 }} {{ 7 // 2 }}'), 'None True 2.0 2 3.5 3');
  assert.equal(
    text('{{ v }}', { v: [1, 1.5, 'a', "it's", null, false, { k: 'é' }] }),
    `[1, 1.5, 'a', "it's", None, False, {'k': 'é'}]`,
  );
  assert.equal(text('{{ [1e16, 1e15, 0.0001, 0.00001, 1e-7] }}'), '[1e+16, 1000000000000000.0, 0.0001, 1e-05, 1e-07]');
  assert.equal(text('{{ v }}', { v: ['a\n\t\\\u0001\u2028\u{1f600}\ud800'] }), "['a\\n\\t\\\\\\x01\\u2028😀\\ud800']");
});

test('line ends become LF, and one at the end is dropped', () => {
  assert.equal(text('a\r\nb\rc\n\n'), 'a\nb\nc\n');
});

test('a missing name prints nothing and is false; more than that of it is an error', () => {
  assert.equal(text('[{{ x }}{% if x %}T{% endif %}{% for y in x %}{{ y }}{% endfor %}{{ x|length }}]'), '[0]');
  assert.equal(
    codeOf(() => text('{{ x.y }}')),
    'TEMPLATE_INVALID',
  );
  assert.equal(
    codeOf(() => text('{{ x() }}')),
    'TEMPLATE_INVALID',
  );
});

test('no way leads into the host', () => {
  const context: JsonObject = { s: 'text', l: [1], d: { a: 1 } };
  for (const name of ['constructor', '__proto__', '__class__', 'prototype', 'length', 'toString', 'hasOwnProperty']) {
    for (const value of ['s', 'l', 'd', '1', '""', '[]', '{}']) {
      assert.equal(text(`{{ ${value}.${name} }}{{ ${value}["${name}"] }}`, context), '', `${value}.${name}`);
    }
    assert.equal(text(`{{ ${name} }}`), '', name);
    assert.equal(
      codeOf(() => text(`{{ s.${name}() }}`, context)),
      'TEMPLATE_INVALID',
    );
    assert.equal(
      codeOf(() => text(`{{ ${name}() }}`)),
      'TEMPLATE_INVALID',
    );
    if (name === 'length') continue;
    assert.equal(
      codeOf(() => text(`{{ s|${name} }}`, context)),
      'TEMPLATE_INVALID',
    );
  }
  assert.equal(text('{{ d["__proto__"] }}', { d: JSON.parse('{"__proto__": "own"}') }), 'own');
});

const FAULTS: readonly (readonly [string, number])[] = [
  ['a\n{{ 1 +', 2],
  ['a\n\n{% if x %}b', 3],
  ['{% if x %}\n{% endfor %}', 2],
  ['{% macro m() %}{% endmacro %}', 1],
  ['\n{% include "x" %}', 2],
  ['\n\n{% extends "x" %}', 3],
  ['{% import "x" as y %}', 1],
  ['{% from "x" import y %}', 1],
  ['{% do x %}', 1],
  ['{% for x in y recursive %}{% endfor %}', 1],
  ['{# a\nb', 1],
  ['{% raw %}\n{{ x }}', 1],
  ['\n{{ x|nope }}', 2],
  ['\n{{ x is nope }}', 2],
  ['{{ "\\x1" }}', 1],
  ['{{ (1] }}', 1],
  ['{{ f(*x) }}', 1],
  ['{{ }}', 1],
  ['{% set true = 1 %}', 1],
  ['{% endif %}', 1],
  ['{{ 1\n\n$ }}', 3],
  ['a\n{{ 1 +\n1 / 0 }}', 3],
  ['a\nb\n{{ 1 + "a" }}', 3],
  ['{% for a, b in [1] %}{% endfor %}', 1],
  ['{% for i in [1] %}\n\n{{ "a"|match("(?=b)") }}{% endfor %}', 3],
];

for (const [source, line] of FAULTS) {
  test(`an error with its line: ${JSON.stringify(source)}`, () => {
    const render = () => text(source);
    assert.throws(render, (error) => isKamadoError(error, 'TEMPLATE_INVALID') && error.params.line === line);
  });
}

test('an error never holds a value', () => {
  const context = { secret: 'hunter2' };
  for (const source of [
    '{{ secret + 1 }}',
    '{{ secret|round }}',
    '{{ secret.x.y }}',
    '{{ {}[secret].x }}',
    '{% for a, b in secret %}{% endfor %}',
    '{{ "a"|match(secret ~ "(") }}',
    '{{ "{" ~ secret ~ "}" }}{{ ("{" ~ secret ~ "}").format() }}',
    '{{ ("%(" ~ secret ~ ")s") % 1 }}',
    '{{ "a"|int(base=secret) }}',
    '{{ [1][secret].x }}',
    '{{ "a"[secret].upper() }}',
    '{{ [[1]]|map(attribute=secret ~ ".x")|list }}',
    '{{ [{}]|sort(attribute=secret) }}{{ [{}, {}]|sum(attribute=secret) }}',
  ]) {
    assert.throws(
      () => text(source, context),
      (error) => isKamadoError(error, 'TEMPLATE_INVALID') && !error.message.includes('hunter2'),
      source,
    );
  }
});

test('a number of a resource has the digits that its JSON text has', () => {
  const context = { n: [9007199254740991, 100000000000000000000, 1e21, 19.99, -0] };
  assert.equal(text('{{ n }}', context), '[9007199254740991, 100000000000000000000, 1e+21, 19.99, 0]');
});

test('match is re.match: at the begin, not to the end', () => {
  const matches = (pattern: string, v: string) => text('{{ v|match(pattern) }}', { pattern, v }) === 'True';
  assert.ok(matches('compute', 'compute:nova'));
  assert.ok(!matches('compute', 'network:compute'));
  assert.ok(matches('.*compute', 'network:compute'));
  assert.ok(matches('^(network|compute):[a-z_]+$', 'network:gw_interface'));
  assert.ok(!matches('^(network|compute):[a-z]+$', 'network:gw_interface'));
  assert.ok(matches('\\d{1,3}(\\.\\d{1,3}){3}$', '10.79.5.185'));
  assert.ok(!matches('\\d{1,3}(\\.\\d{1,3}){3}$', '10.79.5'));
  assert.ok(matches('[^:]*:?$', 'abc:'));
  assert.ok(matches('a|b|', 'c'));
  assert.ok(matches('[]a-]+$', 'a]-'));
  assert.ok(matches('(?:ab)?c{2,}', 'cccc'));
  assert.ok(!matches('a{2}', 'a'));
  assert.ok(matches('\\S+\\s\\w', 'é x'));
  assert.ok(matches('ab$', 'ab\n'));
  assert.ok(!matches('ab$', 'ab\n\n'));
  assert.ok(matches('(?i)compute', 'COMPUTE'));
  assert.ok(matches('(?P<kind>[[:alpha:]]+):\\d+\\Z', 'abc:7'));
  assert.equal(text("{{ none|match('a') }} {{ missing|match('a') }} {{ 1|match('1') }}"), 'False False False');
});

test('segments are where values stand in the output', () => {
  const template = parseTemplate(
    't',
    'a {{ "lit" }} {{ v }}\n{{ e }}{% for x in [1, 2] %}{{ x }},{% endfor %}{{ v|upper }}',
  );
  const { text: rendered, segments } = renderTemplate(template, { v: 'xyz', e: '' });
  assert.equal(rendered, 'a lit xyz\n1,2,XYZ');
  assert.deepEqual(segments, [
    { start: 6, end: 9, line: 1 },
    { start: 10, end: 11, line: 2 },
    { start: 12, end: 13, line: 2 },
    { start: 14, end: 17, line: 2 },
  ]);
});

test('a template is frozen, and renders again and again', () => {
  const template = parseTemplate('t', '{% set x = v %}{{ x }}');
  assert.ok(Object.isFrozen(template) && Object.isFrozen(template.body) && Object.isFrozen(template.body[0]));
  assert.equal(renderTemplate(template, { v: 1 }).text, '1');
  assert.equal(renderTemplate(template, {}).text, '');
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json, JsonObject } from '../../src/kernel/json.ts';
import { codeOf, hot, text, yaml } from './helpers.ts';

const OUTPUTS = 'web\noutputs:\n  password: {value: secret}';

/** A filter block around text of the template, and values `v` and `n` that reach it as arguments or inside. */
const HOSTILE: readonly (readonly [string, string, JsonObject])[] = [
  ['replace', '{% filter replace("NAME", v) %}name: NAME\nz: 1\n{% endfilter %}', {}],
  ['replace by name', '{% filter replace("NAME", new=v) %}name: NAME\nz: 1\n{% endfilter %}', {}],
  ['replace of all', '{% filter replace(v, "a: 1\nb: 2") %}web{% endfilter %}', { v: 'web' }],
  ['replace with a count', '{% filter replace("\n", "\n  ", n) %}a:\nb: 1\nc: 2\n{% endfilter %}', { n: 1 }],
  ['format', '{% filter format(v) %}name: %s\nz: 1\n{% endfilter %}', {}],
  ['format by name', '{% filter format(x=v) %}name: %(x)s\nz: 1\n{% endfilter %}', {}],
  ['default', '{% filter default(v, true) %}{% endfilter %}', {}],
  ['d', '{% filter d(v, boolean=true) %}{% endfilter %}', {}],
  ['indent with a text', '{% filter indent(v) %}a: 1\nb: 2{% endfilter %}', {}],
  ['indent with a width', '{% filter indent(n) %}a:\n- b: 1\n- c: 1{% endfilter %}', { n: 2 }],
  ['join', '{% filter join(v) %}ab{% endfilter %}', {}],
  ['trim', '{% filter trim(v) %}a: 1 #{% endfilter %}', { v: '#1' }],
  ['map', '{% filter map("replace", "a", v)|join %}a{% endfilter %}', {}],
  ['batch', '{% filter batch(2, v)|first|join %}a{% endfilter %}', {}],
  ['int', '{% filter int(v) %}NAME{% endfilter %}', {}],
  ['float', '{% filter float(v) %}NAME{% endfilter %}', {}],
  ['groupby', '{% filter groupby("x", default=v)|map("first")|join %}a{% endfilter %}', {}],
  ['a chain', '{% filter replace("A", "B")|replace("B", v)|upper %}name: A\nz: 1\n{% endfilter %}', {}],
  [
    'an inner block',
    'a:\n  {% filter indent(2) %}{% filter replace("A", v) %}name: A{% endfilter %}\nz: 1\n{% endfilter %}',
    {},
  ],
  ['a name that is set', '{% set w = v ~ "" %}{% filter replace("A", w) %}name: A\nz: 1\n{% endfilter %}', {}],
  ['a set block', '{% set w %}{{ v }}{% endset %}{% filter replace("A", w) %}name: A\nz: 1\n{% endfilter %}', {}],
  ['a namespace', '{% set ns = namespace(w=v) %}{% filter replace("A", ns.w) %}name: A\nz: 1\n{% endfilter %}', {}],
  ['a loop', '{% for w in [v] %}{% filter replace("A", w) %}name: A\nz: 1\n{% endfilter %}{% endfor %}', {}],
  ['with', '{% with w = v %}{% filter replace("A", w) %}name: A\nz: 1\n{% endfilter %}{% endwith %}', {}],
  ['an expression', '{% filter replace("A", ("x", [v])[1][0][:]) %}name: A\nz: 1\n{% endfilter %}', {}],
  ['tojson as an argument', '{% filter replace("A", [v]|tojson) %}name: [A]\nz: 1\n{% endfilter %}', { v: '], ' }],
  [
    'a value in the block',
    '{% filter replace("_", "\n") %}name: {{ v }}\nz: 1\n{% endfilter %}',
    { v: 'a_outputs: 1' },
  ],
  ['the end of what is replaced', '{% filter replace("- X", "y") %}- {{ v }}{% endfilter %}', { v: 'X' }],
  ['the begin of what is replaced', '{% filter replace("X: ", "y") %}{{ v }}: a{% endfilter %}', { v: 'X' }],
  ['an empty value', '{% filter replace("A", v) %}A- a\n- b\n{% endfilter %}', { v: '' }],
  ['an empty value in the block', '{% filter upper %}{{ v }}- a\n- b\n{% endfilter %}', { v: '' }],
];

for (const [what, source, context] of HOSTILE) {
  test(`a value can't write structure through a filter block: ${what}`, () => {
    const all = { v: OUTPUTS, n: 0, ...context };
    const heat = codeOf(() => hot(source, all));
    assert.equal(heat, 'TEMPLATE_STRUCTURE');
    assert.equal(
      codeOf(() => yaml(source, all)),
      'TEMPLATE_STRUCTURE',
    );
    // Jinja2 has nothing against it.
    assert.notEqual(text(source, all), '');
  });
}

/** What authors write, and harmless values. */
const ACCEPTED: readonly (readonly [string, string, Json])[] = [
  ['text of the template alone', '{% filter replace("A", "b: 1\n")|indent(2) %}a:\nA{% endfilter %}', { a: { b: 1 } }],
  ['any filter of it', '{% filter replace(" ", "")|list|join(" ") %}a:1{% endfilter %}', { a: 1 }],
  ['replace', '{% filter replace("NAME", v) %}name: NAME\nNAME: 1\n{% endfilter %}', { name: 'web', web: 1 }],
  [
    'replace beside values',
    '{% filter replace("NAME", v) %}name: NAME\n{{ w }}: 1\n{% endfilter %}',
    { name: 'web', w_1: 1 },
  ],
  [
    'replace inside values',
    '{% filter replace("_", "-") %}name: {{ w }}\nz_: 1\n{% endfilter %}',
    { name: 'w-1', 'z-': 1 },
  ],
  [
    'replace over comments',
    '{% filter replace("NAME", v) %}name: NA{# c #}ME\nz: 1\n{% endfilter %}',
    { name: 'web', z: 1 },
  ],
  ['replace once', '{% filter replace("A", v, 1) %}k: A\nz: A\n{% endfilter %}', { k: 'web', z: 'A' }],
  ['format', '{% filter format(v, 2) %}name: %s%%\nz: %d\n{% endfilter %}', { name: 'web%', z: 2 }],
  ['format by name', '{% filter format(x=v) %}name: %(x)s\nz: 1\n{% endfilter %}', { name: 'web', z: 1 }],
  ['default', '{% filter default(v, true) %}name: 1\nz: 1\n{% endfilter %}', { name: 1, z: 1 }],
  ['a default that is needed', 'name: {% filter default(v, true) %}{% endfilter %}', { name: 'web' }],
  ['upper', '{% filter upper %}name: {{ v }}\nz: 1\n{% endfilter %}', { NAME: 'WEB', Z: 1 }],
  ['indent', 'a:\n  {% filter indent(2) %}name: {{ v }}\nz: 1\n{% endfilter %}', { a: { name: 'web', z: 1 } }],
  [
    'a chain',
    '{% filter replace("A", v)|indent(2)|upper %}k:\nA: A\nl: A{% endfilter %}',
    { K: { WEB: 'WEB', L: 'WEB' } },
  ],
  [
    'blocks in blocks',
    '{% filter upper %}a: {% filter replace("A", v) %}A\nz: A{% endfilter %}{% endfilter %}',
    { A: 'WEB', Z: 'WEB' },
  ],
  [
    'conditions',
    '{% filter indent(2) %}a:{% if v %}\nb: {{ v }}{% endif %}\nc: 1{% endfilter %}',
    { a: { b: 'web', c: 1 } },
  ],
  ['tojson in a block', 'k:\n  {% filter indent(2) %}a: {{ v|tojson }}\nb: {{ [v] }}{% endfilter %}', null],
  [
    'a script',
    's: |\n  {% filter indent(2) %}#!/bin/sh\n{{ lines }}\n\nend{% endfilter %}',
    { s: '#!/bin/sh\na: b\n- c\n\nend\n' },
  ],
  ['a script with an empty line', 's: |\n  {% filter indent(2) %}a\n{{ e }}\nb{% endfilter %}', { s: 'a\n\nb\n' }],
  ['one of a few, in one scalar', 'k: {% filter replace("A", "b", 1) %}{{ a }}A{% endfilter %}', { k: 'bA' }],
  ['one scalar, whatever is done', 'k: {% filter trim(v)|title %} web {{ w }} web {% endfilter %}', null],
];

for (const [what, source, expected] of ACCEPTED) {
  test(`a filter block is accepted: ${what}`, () => {
    const context = { v: 'web', w: 'w_1', a: 'A', e: '', lines: 'a: b\n- c' };
    const { document } = hot(source, context);
    assert.deepEqual(yaml(source, context), document);
    if (expected !== null) assert.deepEqual(document, expected);
  });
}

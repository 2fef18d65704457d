import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isKamadoError } from '../../src/kernel/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../../src/kernel/json.ts';
import type { Guarded } from '../../src/template/template.ts';
import { codeOf, hot, yaml } from './helpers.ts';
import { askPyYaml, needsPyYaml } from './pyyaml.ts';
import { objectOf } from './shared.ts';
import { SURROUNDINGS, values } from './yaml-values.ts';

/** Templates as authors of Heat write them, each with what it says. */
const WRITTEN: readonly (readonly [string, string, Json])[] = [
  ['an alias', 'a: &x {k: 1}\nb: *x\nc: [*x, *x]', { a: { k: 1 }, b: { k: 1 }, c: [{ k: 1 }, { k: 1 }] }],
  ['an alias of a scalar', 'a: &x text\nb: *x', { a: 'text', b: 'text' }],
  ['an alias as a key', 'a: &x text\nb: {*x : 1}', { a: 'text', b: { text: 1 } }],
  ['an anchor of a key', '&x a: 1\nb: *x', { a: 1, b: 'a' }],
  ['a merge', 'a: &x {k: 1, l: 2}\nb:\n  l: 3\n  <<: *x', { a: { k: 1, l: 2 }, b: { k: 1, l: 3 } }],
  [
    'a merge of several',
    'a: &x {k: 1}\nb: &y {k: 2, l: 2}\nc:\n  <<: [*x, *y]',
    { a: { k: 1 }, b: { k: 2, l: 2 }, c: { k: 1, l: 2 } },
  ],
  ['a merge of what stands there', 'a:\n  <<: {k: 1}\n  l: 2', { a: { k: 1, l: 2 } }],
  ['a key that stands twice', 'a: 1\na: 2', { a: 2 }],
  ['tags', 'a: !!str 1\nb: !!int 2\nc: !!map {k: !!seq [x]}', { a: '1', b: 2, c: { k: ['x'] } }],
  ['a large integer', 'a: 12345678901234567890', { a: '12345678901234567890' }],
  ['a date', 'heat_template_version: 2013-05-23', { heat_template_version: '2013-05-23' }],
  [
    'JSON',
    '{\n\t"a": {"b": [1, 2.5, null, true, "x\\ny\\u00e9"]},\n\t"c": ""\n}',
    { a: { b: [1, 2.5, null, true, 'x\ny\u00e9'] }, c: '' },
  ],
  ['comments', '# c\na: 1 # d\n\n  # e\nb: "#"', { a: 1, b: '#' }],
  [
    'block scalars',
    'a: |\n  #!/bin/sh\n  echo "{}": [\n\n    x\nb: >-\n  one\n  two\nc: |2\n   x\n\n',
    { a: '#!/bin/sh\necho "{}": [\n\n  x\n', b: 'one two', c: ' x\n' },
  ],
  [
    'long text',
    `a: ${'word '.repeat(5000)}end\nb: "${'x'.repeat(20_000)}"`,
    { a: `${'word '.repeat(5000)}end`, b: 'x'.repeat(20_000) },
  ],
];

for (const [what, source, document] of WRITTEN) {
  test(`what a template's author may write: ${what}`, () => {
    assert.deepEqual(hot(`{% raw %}${source}{% endraw %}`).document, document);
    const { text, document: beside } = hot(`${source}\n# {{ v }}`, { v: 'a value elsewhere' });
    assert.equal(text, `${source}\n# a value elsewhere`);
    assert.deepEqual(beside, document);
  });
}

test('Heat itself reads them so', needsPyYaml(), () => {
  const read = askPyYaml(WRITTEN.map(([, source]) => source));
  for (const [i, [what, , document]] of WRITTEN.entries()) {
    if (what !== 'a large integer') assert.deepEqual(read[i], { document }, what);
  }
});

/** Places for values among what only Heat templates have. */
const HOT_SURROUNDINGS: readonly string[] = [
  ...SURROUNDINGS,
  'a: &x {k: {{ v }}, l: "{{ v }}"}\nb: *x\nc:\n  <<: *x\n  {{ v }}: 1\n',
  'a: &x\n  k: 1\nb:\n  {{ v }}: *x\n  l: {{ v }}\n',
  'a: &x {{ v }}\nb: [*x, {{ v }}, *x]\n',
  'k: !!str {{ v }}\nz: !!seq [{{ v }}]\n',
  'k: {{ v }}\n{{ v }}: 2\nz: 1\n',
  '{"k": "{{ v }}", "z": ["{{ v }}", {"a": "{{ v }}"}]}',
  'k: |\n  {{ v | indent(2) }}\n  b\nz: {a: {{ v }}}\n',
  'k: >+\n\n  a\n  {{ v }}\n\nz: 1\n',
  'k: [x{{ v }}, {{ v }}x]\nz: {a: {{ v }}, {{ v }}: b}\n',
  'k: {{ v }}{{ v }}\nz: -{{ v }}\n',
  'k:\n- {{ v }}\n- - {{ v }}\n  - "a {{ v }}\n    b"\nz: 1\n',
];

test('a value that is accepted changes nothing for Heat either', needsPyYaml(), (context) => {
  const seed = Number(process.env.KAMADO_TEST_SEED ?? 20_190_402);
  const samples = fc.sample(values, { numRuns: 400, seed });
  const accepted = HOT_SURROUNDINGS.flatMap((source) => {
    const plain = hot(source, { v: 'x' });
    return samples.flatMap((v) => {
      const rendered = guarded(source, v);
      return rendered === undefined ? [] : [{ source, v, plain: plain.document, ...rendered }];
    });
  });
  const read = askPyYaml(accepted.map(({ text }) => text));
  let compared = 0;
  for (const [i, { source, v, plain, document }] of accepted.entries()) {
    const what = `${JSON.stringify(source)} with ${JSON.stringify(v)}`;
    assert.ok(isLike(document, plain), what);
    // What Heat can't read at all is an error there.
    if (read[i] === null) continue;
    assert.ok(isLike(objectOf(read[i]).document ?? null, plain), what);
    compared++;
  }
  context.diagnostic(`${accepted.length} accepted, ${compared} of them read by PyYAML, seed ${seed}`);
  assert.ok(compared > 2000);
});

function guarded(source: string, v: string): Guarded | undefined {
  try {
    return hot(source, { v });
  } catch (error) {
    // A blank value makes an empty key, which is invalid.
    if (isKamadoError(error, 'TEMPLATE_STRUCTURE') || isKamadoError(error, 'TEMPLATE_INVALID')) return undefined;
    throw error;
  }
}

/** True where a document has the structure of the one that the value 'x' gives; a key that is 'x' there is the value. */
function isLike(document: Json, plain: Json): boolean {
  if (Array.isArray(plain)) {
    const items: readonly Json[] = plain;
    return (
      Array.isArray(document) && document.length === items.length && items.every((item, i) => isLike(document[i], item))
    );
  }
  if (!isJsonObject(plain)) return typeof document !== 'object' || document === null;
  if (!isJsonObject(document) || Object.keys(document).length !== Object.keys(plain).length) return false;
  const names = Object.keys(plain).filter((name) => name !== 'x');
  const rest = Object.keys(document).filter((name) => !names.includes(name));
  return (
    names.every((name) => Object.hasOwn(document, name) && isLike(document[name] ?? null, plain[name] ?? null)) &&
    rest.every((name) => isLike(document[name] ?? null, plain.x ?? null))
  );
}

const REFUSED: readonly (readonly [string, string, JsonObject])[] = [
  ['a merge that a value makes', 'a: &x {k: 1}\nb:\n  {{ v }}: *x', { v: '<<' }],
  ['half a merge', 'a: &x {k: 1}\nb:\n  {{ v }}<: *x', { v: '<' }],
  ['a key that takes the place of another', 'resources: {}\n{{ v }}: {}', { v: 'resources' }],
  ['a key that takes the place of one after it', '{{ v }}: {}\nresources: {}', { v: 'resources' }],
  ['a key that takes the place of a merged one', 'a: &x {k: 1}\nb:\n  <<: *x\n  {{ v }}: 2', { v: 'k' }],
  ['two keys of values', '{{ v }}: 1\n{{ w }}: 2', { v: 'k', w: 'k' }],
  ['an alias that a value makes', 'a: &x 1\nb: {{ v }}', { v: '*x' }],
  ['an alias with the name of a value', 'a: &x 1\nb: *{{ v }}', { v: 'x' }],
  ['an anchor that a value makes', 'a: {{ v }}\nb: 1', { v: '&x y' }],
  ['an anchor with the name of a value', 'a: &x 1\nb: &{{ v }} 2\nc: *x', { v: 'x' }],
  ['a tag that a value makes', 'a: {{ v }}', { v: '!!str 1' }],
  ['a tag with the name of a value', 'a: !!{{ v }} 1', { v: 'str' }],
  ['an end of quotes in JSON', '{"a": "{{ v }}"}', { v: '", "b": "' }],
  ['an end of a block scalar', 'a: |\n  {{ v }}\nb: 1', { v: 'x\nc: 1' }],
  ['a key inside brackets', 'k: [a, {{ v }}, b]', { v: '?x' }],
  ['half a key inside brackets', 'k: [a, {{ v }}x, b]', { v: '?' }],
  ['a second document', 'a: {{ v }}', { v: '1\n---\nb: 2' }],
  ['a function of Heat', 'a: {{ v | tojson }}', { v: { get_param: 'password' } }],
  ['a function of Heat in a printed dict', 'a: {{ v }}', { v: { get_attr: ['server', 'first_address'] } }],
  ['a function of Heat deep in a value', 'a: {{ v | tojson }}', { v: [{ b: 1, c: [{ yaql: { expression: '$' } }] }] }],
  ['a function of Heat in JSON', '{"a": {{ v | tojson }}}', { v: { get_file: 'file:///etc/passwd' } }],
  ['a function of Heat by its only key', 'a:\n  {{ v }}: b', { v: 'get_file' }],
  ['a function of Heat by half of its key', 'a: {"get_{{ v }}": b}', { v: 'resource' }],
  ['a function of Heat beside an empty merge', 'a: &x {}\nb: {<<: *x, {{ v }}: c}', { v: 'list_join' }],
  ['a function of Heat in a filter block', 'a: {% filter replace("N", v) %}{N: b}{% endfilter %}', { v: 'get_param' }],
];

test('functions that the author writes take values, and names of functions beside other keys are only keys', () => {
  const source = 'a: {get_param: {{ v }}}\nb: {{ w | tojson }}\n';
  const { document } = hot(source, { v: 'name', w: { get_param: 'x', other: 1 } });
  assert.deepEqual(document, { a: { get_param: 'name' }, b: { get_param: 'x', other: 1 } });
  assert.deepEqual(yaml('a: {{ w | tojson }}', { w: { get_param: 'x' } }), { a: { get_param: 'x' } });
});

for (const [what, source, context] of REFUSED) {
  test(`refused: ${what}`, () => {
    assert.equal(
      codeOf(() => hot(source, context)),
      'TEMPLATE_STRUCTURE',
    );
  });
}

const INVALID: readonly (readonly [string, string])[] = [
  ['an alias of nothing', 'a: *x\nb: &x 1'],
  ['an alias of itself', 'a: &x {k: *x}'],
  ['an anchor that stands twice', 'a: &x 1\nb: &x 2'],
  ['a merge of a text', 'a: &x 1\nb: {<<: *x}'],
  ['a merge of texts', 'b: {<<: [a, b]}'],
  ['a list as a key', '? [a]\n: 1'],
  ['an empty key', ': 1'],
  ['a tag of Python', 'a: !!python/object/apply:os.system [ls]'],
  ['a tag of a set', 'a: !!set {k: null}'],
  ['two documents', 'a: 1\n---\nb: 1'],
  ['no YAML', 'a: [\n'],
];

for (const [what, source] of INVALID) {
  test(`invalid: ${what}`, () => {
    assert.equal(
      codeOf(() => hot(source)),
      'TEMPLATE_INVALID',
    );
    assert.equal(
      codeOf(() => hot(`${source}\n# {{ v }}`, { v: 'x' })),
      source.startsWith('a: !!') ? 'TEMPLATE_STRUCTURE' : 'TEMPLATE_INVALID',
    );
  });
}

test('aliases of aliases are stopped before they are billions', () => {
  const level = (i: number) => `l${i}: &l${i} [${Array.from({ length: 10 }, () => `*l${i - 1}`).join(', ')}]`;
  const laughs = ['l0: &l0 lol', ...Array.from({ length: 9 }, (_, i) => level(i + 1))].join('\n');
  assert.equal(
    codeOf(() => hot(laughs)),
    'TEMPLATE_LIMIT',
  );
  const merges = (i: number) => `m${i}: &m${i} {<<: [${Array.from({ length: 10 }, () => `*m${i - 1}`).join(', ')}]}`;
  const merged = ['m0: &m0 {k: 1}', ...Array.from({ length: 9 }, (_, i) => merges(i + 1))].join('\n');
  assert.equal(
    codeOf(() => hot(merged)),
    'TEMPLATE_LIMIT',
  );
});

test('an alias in each of a thousand places is no trouble', () => {
  const uses = Array.from({ length: 1000 }, (_, i) => `k${i}: {<<: *x, own: ${i}}`).join('\n');
  const { document } = hot(`x: &x {a: 1, b: [1, 2, 3]}\n${uses}`);
  assert.deepEqual(objectOf(document).k999, { a: 1, b: [1, 2, 3], own: 999 });
});

test('user data of many lines may come from a value', () => {
  const data = '#!/bin/sh\necho "a: [b" # c\n\ncat <<EOF\n  x: 1\nEOF';
  const block = 'resources:\n  a:\n    user_data: |\n      {{ data | indent(6) }}\n    b: 1\n';
  assert.deepEqual(hot(block, { data }).document, { resources: { a: { user_data: `${data}\n`, b: 1 } } });
  assert.deepEqual(hot('a: {{ data | tojson }}', { data }).document, { a: data });
  assert.equal(
    codeOf(() => hot('a: |\n  {{ data }}\nb: 1', { data })),
    'TEMPLATE_STRUCTURE',
  );
});

test('keys named like properties of objects are only keys', () => {
  const { document } = hot('a: &x {__proto__: 1, constructor: 2}\nb: {<<: *x, toString: 3}');
  const { b } = objectOf(document);
  assert.deepEqual(Object.keys(objectOf(b)), ['__proto__', 'constructor', 'toString']);
  assert.equal(Object.getPrototypeOf(b), Object.prototype);
});

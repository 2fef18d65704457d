import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isKamadoError } from '../../src/kernel/errors.ts';
import type { JsonObject } from '../../src/kernel/json.ts';
import { filters } from '../../src/template/filters.ts';
import { functions } from '../../src/template/functions.ts';
import { dictMethods, sequenceMethods, textMethods } from '../../src/template/methods.ts';
import type { Piece } from '../../src/template/output.ts';
import { render } from '../../src/template/renderer.ts';
import { parseTemplate } from '../../src/template/template.ts';
import { tests } from '../../src/template/tests.ts';
import { EXPRESSIONS, FILTERS, FUNCTIONS, filled, METHODS, PLACE, STATEMENTS, TESTS } from './operations.ts';

const SEED = Number(process.env.KAMADO_TEST_SEED ?? 20_260_701);
const RUNS = Number(process.env.KAMADO_TEST_RUNS ?? 2000);

test('every operation of the engine is among those that are tried', () => {
  const same = (tried: Readonly<Record<string, unknown>>, known: ReadonlyMap<string, unknown>) =>
    assert.deepEqual(Object.keys(tried).sort(), [...known.keys()].sort());
  same(FILTERS, filters);
  same(TESTS, tests);
  same(FUNCTIONS, functions);
  same(METHODS.text, textMethods);
  same(METHODS.dict, dictMethods);
  same(METHODS.sequence, sequenceMethods);
});

/** Values of characters that no template holds, and a number of digits that none holds. */
const MARKED = '\ue000\ue001\ue002\ue003'.repeat(10);
const MARKS: JsonObject = { v: MARKED, n: 6173, l: [MARKED, '\ue004', 6173], d: { a: MARKED, '\ue005': '\ue006' } };
/** The characters themselves, as Python and JSON escape them, as a URL does; the number. */
const MARK = /[\ue000-\uf8ff]|\\ue00|%EE|6173/i;

/** The parts of what is rendered; undefined where it is refused, which never says a value. */
function piecesOf(source: string, context: JsonObject): readonly Piece[] | undefined {
  try {
    return render('t', parseTemplate('t', source).body, context).pieces;
  } catch (error) {
    assert.ok(isKamadoError(error, 'TEMPLATE_INVALID') || isKamadoError(error, 'TEMPLATE_LIMIT'), source);
    assert.doesNotMatch(error.message, MARK, source);
    return undefined;
  }
}

/** What the template wrote holds nothing of a value. */
function assertUnmarked(source: string, pieces: readonly Piece[]): void {
  for (const { text, origin } of pieces) if (origin.kind === 'template') assert.doesNotMatch(text, MARK, source);
}

/** Names for values, and a loop around that. */
const SET = '{% set ns = namespace(a=v) %}{% set s, x = v, v %}{% set y = v|tojson %}';
const BEFORE = `${SET}{% for x in [v, "A"] %}{% set outer = loop %}`;
const AFTER = '{% endfor %}';

/** Text as templates have it: in digits without those of the marks. */
const raw = fc.constantFrom(
  ...['A', 'B', 'k: A\n', 'k: ', '- A\n', '- ', '\n', '\n\n', '  ', ' ', ': ', ' # ', '"', "'", '[', ']', ', ', '%'],
  ...['%s', '%(a)s', '%d', '%%', '{}', 'x', 'k:\n  - a: 1\n    b: "B"\n', '|\n  A\n', '&A ', '<<'],
);

const literals = raw.map((text) => JSON.stringify(text));

type TemplateParts = Record<'t' | 'i' | 'l' | 'd' | 'any' | 'body' | 'filtered', string>;

const { body, any, filtered } = fc.letrec<TemplateParts>((tie) => {
  const parts = { t: tie('t'), i: tie('i'), l: tie('l'), d: tie('d'), a: tie('any'), b: tie('body'), raw };
  const oneOf = (table: Readonly<Record<string, readonly string[]>>) =>
    fc.oneof(...Object.values(table).map((snippets) => fc.oneof(...snippets.map((snippet) => filled(snippet, parts)))));
  const shallow = { maxDepth: 3, depthIdentifier: 'expression' };
  const leaves = fc.constantFrom('v', 'x', 's', 'y', 'ns.a', 'l[1]', 'd.a');
  return {
    t: fc.oneof(
      shallow,
      fc.oneof(leaves, literals),
      tie('any').map((inner) => `((${inner})|string)`),
    ),
    i: fc.oneof(
      shallow,
      fc.constantFrom('0', '1', '2', 'n', 'v|length'),
      tie('any').map((inner) => `((${inner})|int)`),
    ),
    l: fc.oneof(
      shallow,
      fc.constantFrom('l', '[v, "A"]', '["A", "B"]'),
      tie('any').map((inner) => `((${inner})|list)`),
    ),
    d: fc.oneof(
      shallow,
      fc.constantFrom('d', '{"a": v, v: "A"}'),
      tie('t').map((inner) => `{"a": ${inner}}`),
    ),
    any: fc.oneof(
      shallow,
      fc.oneof(leaves, literals),
      oneOf(EXPRESSIONS).map((inner) => `(${inner})`),
    ),
    filtered: oneOf({ block: STATEMENTS['filter-block'] }),
    body: fc
      .array(fc.oneof({ maxDepth: 4, depthIdentifier: 'statement' }, raw, oneOf(STATEMENTS)), {
        minLength: 1,
        maxLength: 3,
      })
      .map((statements) => statements.join('')),
  };
});

/** The ways of an expression into the output. */
const WAYS: readonly string[] = [
  '{{ E }}',
  '{% set s = E %}{{ s }}{{ [s] }}',
  '{% set s %}A{{ E }}B{% endset %}{{ s }}',
  '{% with s = E %}{{ s }}{% endwith %}',
  '{% for s in [E] %}{{ s }}{{ loop.previtem }}{% endfor %}',
  '{% filter upper %}k: {{ E }}\nB{% endfilter %}',
  '{% filter replace("A", E) %}k: A\nA{% endfilter %}',
  '{% filter format(E, E) %}k: %s%%\n%s{% endfilter %}',
  '{% filter default(E, true) %}{% endfilter %}',
  '{% filter indent(E) %}A\nB{% endfilter %}',
  '{% filter join(E) %}AB{% endfilter %}',
  '{% filter int(E) %}A{% endfilter %}',
  '{% filter map("replace", "A", E)|first %}A{% endfilter %}',
];

/** Values of other kinds: empty, short, and such that hold what the templates hold. */
const OTHERS: readonly JsonObject[] = [
  { v: '', n: 0, l: [], d: {} },
  { v: 'A', n: 1, l: ['B', 'A', 1], d: { a: 'B', A: 'A' } },
  { v: 'k: %s\n{}', n: 3, l: ['\n', 'k'], d: { a: '\n' } },
];

/** A snippet with a value in all of its places, and in one of them with constants in the others. */
function usesOf(snippet: string): readonly string[] {
  const ofValues = new Map(Object.entries({ t: 'v', i: 'n', l: 'l', d: 'd', a: 'v', b: 'A: {}\nB%s\n', raw: 'A' }));
  const constants = new Map(Object.entries({ t: '"Ak"', i: '1', l: '["A", "k"]', d: '{"a": "k"}', a: '"A"' }));
  const use = (isValue: (index: number) => boolean) => {
    let index = 0;
    return snippet.replaceAll(PLACE, (place) => {
      const name = place.slice(1);
      return (isValue(index++) ? undefined : constants.get(name)) ?? ofValues.get(name) ?? place;
    });
  };
  const places = snippet.match(PLACE) ?? [];
  return [use(() => true), ...places.map((_, chosen) => use((index) => index === chosen))];
}

/** What the template wrote; undefined where it is refused, or where a value would decide that. */
function writtenBy(source: string, context: JsonObject): string | undefined {
  const pieces = piecesOf(source, context);
  if (pieces === undefined || pieces.some(({ origin }) => origin.kind === 'entangled')) return undefined;
  return pieces.map(({ text, origin }) => (origin.kind === 'template' ? text : '')).join('');
}

test('what each operation makes of values is never taken for what the template wrote', (context) => {
  let compared = 0;
  const tryOne = (inner: string) => {
    const source = `${SET}{% for i in [1, 2] %}{% set outer = loop %}${inner}${AFTER}`;
    const pieces = piecesOf(source, MARKS);
    if (pieces === undefined) return;
    assertUnmarked(source, pieces);
    const written = writtenBy(source, MARKS);
    for (const other of OTHERS) {
      const byOther = writtenBy(source, other);
      if (written === undefined || byOther === undefined) continue;
      assert.equal(byOther, written, source);
      compared++;
    }
  };
  for (const use of Object.values(EXPRESSIONS).flat().flatMap(usesOf)) {
    for (const way of WAYS) tryOne(way.replaceAll('E', () => `(${use})`));
  }
  for (const use of Object.values(STATEMENTS['filter-block']).flatMap(usesOf)) tryOne(use);
  context.diagnostic(`${compared} compared`);
  assert.ok(compared > 5000);
});

test('nor what they make of them in templates of all kinds', (context) => {
  let rendered = 0;
  let mixed = 0;
  const holds = (source: string) => {
    const pieces = piecesOf(`${BEFORE}${source}${AFTER}`, MARKS);
    if (pieces === undefined) return;
    assertUnmarked(source, pieces);
    rendered++;
    if (source.includes('{% filter') && pieces.some(({ text }) => MARK.test(text))) mixed++;
  };
  fc.assert(fc.property(fc.oneof(body, filtered, filtered), holds), { numRuns: 3 * RUNS, seed: SEED });
  fc.assert(
    fc.property(
      any.map((inner) => `{{ ${inner} }}`),
      holds,
    ),
    { numRuns: RUNS, seed: SEED },
  );
  context.diagnostic(`${rendered} rendered, ${mixed} with values and filter blocks, seed ${SEED}`);
  assert.ok(rendered > RUNS / 2 && mixed > RUNS / 10);
});

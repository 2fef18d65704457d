import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RE2JS } from 're2js';
import { caseOrbit } from '../../../src/kernel/pattern/case-orbits.ts';
import { askPython, needsPython } from '../../template/python.ts';
import { isFound, matchesAsPython } from './helpers.ts';

/** Short, for the oracles backtrack. Without the characters about which the languages disagree: what is a blank, and what `.` matches. */
const characters = [
  'a',
  'b',
  'k',
  'K',
  's',
  'Z',
  '1',
  '7',
  '_',
  '-',
  ' ',
  '\n',
  'é',
  'É',
  'ſ',
  '\u212a',
  'λ',
  '日',
  '😀',
  '٣',
];
const texts = fc.string({ unit: fc.constantFrom(...characters), maxLength: 6 });

interface Syntax {
  readonly sets: readonly string[];
  readonly assertions: readonly string[];
  readonly groups: readonly string[];
}

const common: Syntax = {
  sets: [
    '.',
    '\\d',
    '\\D',
    '\\w',
    '\\W',
    '\\s',
    '\\S',
    '[ab]',
    '[^ab]',
    '[a-z1]',
    '[^\\d_]',
    '[\\w-]',
    '[^a-kλ]',
    '[é-日]',
    '[-a]',
    '[\\n\\]]',
  ],
  assertions: ['^', '$', '\\b', '\\B'],
  groups: ['(', '(?:'],
};
const ecmascript: Syntax = {
  ...common,
  sets: [...common.sets, '\\p{L}', '\\P{L}', '\\p{Lu}', '[\\p{N}_]', '[^\\p{L}\\s]', '\\u{1F600}', '\\x61'],
};
const go: Syntax = {
  sets: [
    ...common.sets,
    '\\pL',
    '\\PL',
    '\\p{Lu}',
    '\\p{Greek}',
    '\\p{^Greek}',
    '[[:alpha:]]',
    '[^[:^digit:]a]',
    '[\\pN\\PL]',
    '\\Qa.\\E',
    '\\x{1F600}',
    '[]a]',
    '\\_',
  ],
  assertions: [...common.assertions, '\\A', '\\z'],
  groups: ['(', '(?:', '(?i:', '(?s:', '(?m:', '(?-i:', '(?ims)(', '((?i)'],
};
const python: Syntax = {
  sets: [...common.sets, '[]a]'],
  assertions: [...common.assertions, '\\A', '\\Z'],
  groups: ['(', '(?:', '(?i:', '(?s:', '(?m:'],
};

/** Patterns of a syntax, as text. */
function patterns({ sets, assertions, groups }: Syntax): fc.Arbitrary<string> {
  const literal = fc.constantFrom(...characters, '\\n', '\\.');
  const repeats = fc.constantFrom(
    '',
    '',
    '',
    '*',
    '+',
    '?',
    '{2}',
    '{1,3}',
    '{2,}',
    '{0}',
    '{0,2}',
    '*?',
    '+?',
    '{1,2}?',
  );
  return fc.letrec<{ pattern: string; sequence: string; part: string }>((tie) => ({
    pattern: fc.array(tie('sequence'), { minLength: 1, maxLength: 3 }).map((parts) => parts.join('|')),
    sequence: fc.array(tie('part'), { maxLength: 4 }).map((parts) => parts.join('')),
    part: fc.oneof(
      { maxDepth: 2, depthIdentifier: 'group' },
      fc.tuple(literal, repeats).map((parts) => parts.join('')),
      fc.tuple(fc.constantFrom(...sets), repeats).map((parts) => parts.join('')),
      fc.constantFrom(...assertions),
      fc
        .tuple(fc.constantFrom(...groups), tie('pattern'), repeats)
        .map(([open, inner, repeat]) => `${open}${inner})${repeat}`),
    ),
  })).pattern;
}

test('finds what ECMAScript finds, flag u', () => {
  fc.assert(
    fc.property(patterns(ecmascript), fc.array(texts, { minLength: 1, maxLength: 4 }), (pattern, subjects) => {
      // V8 also looks for \B between the halves of a pair.
      fc.pre(!(pattern.includes('\\B') && subjects.some((text) => text.includes('😀'))));
      const native = new RegExp(pattern, 'u');
      for (const text of subjects)
        assert.equal(isFound(pattern, text), native.test(text), `/${pattern}/ in ${JSON.stringify(text)}`);
    }),
    { numRuns: 1_000 },
  );
});

test('finds without regard to case what ECMAScript finds, flags iu', () => {
  // Negated sets are left out: their meaning with both flags is ECMAScript's alone.
  const sets = ecmascript.sets.filter((set) => !/\\[DWSP]|\^|\\w/.test(set));
  const assertions = ['^', '$'];
  fc.assert(
    fc.property(patterns({ ...ecmascript, sets, assertions }), texts, (pattern, text) => {
      assert.equal(
        isFound(`(?i)${pattern}`, text),
        new RegExp(pattern, 'iu').test(text),
        `/${pattern}/ in ${JSON.stringify(text)}`,
      );
    }),
    { numRuns: 1_000 },
  );
});

test('finds what Go finds', () => {
  fc.assert(
    fc.property(patterns(go), fc.array(texts, { minLength: 1, maxLength: 4 }), (pattern, subjects) => {
      const oracle = RE2JS.compile(pattern);
      for (const text of subjects)
        assert.equal(isFound(pattern, text), oracle.test(text), `/${pattern}/ in ${JSON.stringify(text)}`);
    }),
    { numRuns: 1_000 },
  );
});

const PROGRAM = `
import json, re, sys
json.dump([[re.match(pattern, text) is not None for text in texts] for pattern, texts in json.load(sys.stdin)], sys.stdout)
`;

test("matches what Python's re.match matches", needsPython('re'), () => {
  const some = fc.array(
    texts.filter((text) => text !== ''),
    { minLength: 3, maxLength: 3 },
  );
  const cases = fc.sample(fc.tuple(patterns(python), some), 2_000);
  const expected = askPython(PROGRAM, cases);
  cases.forEach(([pattern, subjects], i) => {
    const found = subjects.map((text) => matchesAsPython(pattern, text));
    assert.deepEqual(found, expected[i], `${JSON.stringify(pattern)} at the begin of ${JSON.stringify(subjects)}`);
  });
});

test('what differs in nothing but case is what ECMAScript says, for all letters', () => {
  const all = Array.from({ length: 0x1ffff }, (_, codePoint) => codePoint).filter((codePoint) =>
    /\p{Changes_When_Casemapped}/u.test(String.fromCodePoint(codePoint)),
  );
  const text = String.fromCodePoint(...all);
  for (const codePoint of all) {
    const same = [...text.matchAll(new RegExp(`\\u{${codePoint.toString(16)}}`, 'giu'))].map(([one]) =>
      one.codePointAt(0),
    );
    assert.deepEqual(caseOrbit(codePoint), same, codePoint.toString(16));
  }
});

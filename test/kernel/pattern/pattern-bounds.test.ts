import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isKamadoError } from '../../../src/kernel/errors.ts';
import { limits } from '../../../src/kernel/limits.ts';
import { operatorPattern, pythonPattern } from '../../../src/kernel/pattern/pattern.ts';
import { PatternBudget } from '../../../src/kernel/pattern/pattern-budget.ts';
import { PatternFault, type PatternLimit } from '../../../src/kernel/pattern/pattern-fault.ts';

function nested(inner: string, repeat: string, times: number): string {
  return '('.repeat(times) + inner + `)${repeat}`.repeat(times);
}

const TOO_LARGE: readonly (readonly [pattern: string, limit: PatternLimit])[] = [
  ['(((((){9999}){9999}){9999}){9999}){9999}', 'patternStates'],
  [nested('', '{9999}', 80), 'patternStates'],
  [nested('|', '{99}', 3), 'patternStates'],
  [nested('^', '{99}', 3), 'patternStates'],
  [nested('(?i)', '{99}', 3), 'patternStates'],
  [nested('a{0}', '{99}', 3), 'patternStates'],
  [nested('a', '{1000}', 3), 'patternStates'],
  [nested('a', '{2}', 50), 'patternStates'],
  [nested('a', '{0,2}', 50), 'patternStates'],
  ['a{9999}{9999}'.replace('}{', '})').replace(/^/, '('), 'patternStates'],
  ['a{10001}', 'patternStates'],
  ['a{0,10001}', 'patternStates'],
  ['a{10001,}', 'patternStates'],
  [`a{${'9'.repeat(1000)}}`, 'patternStates'],
  ['(?:\\p{L}){10001}', 'patternStates'],
  ['|'.repeat(9_999), 'patternStates'],
  [nested('a', '', limits.patternDepth), 'patternDepth'],
  [nested('a', '*', limits.patternDepth), 'patternDepth'],
  ['('.repeat(9_999), 'patternDepth'],
  ['a'.repeat(limits.patternLength + 1), 'patternLength'],
];

for (const [pattern, limit] of TOO_LARGE) {
  test(`refused by ${limit}, having charged no more than its length: ${pattern.slice(0, 50)}`, () => {
    let steps = 0;
    assert.throws(
      () => pythonPattern(pattern, (more) => (steps += more)),
      (error) => error instanceof PatternFault && error.limit === limit,
    );
    assert.equal(steps, pattern.length);
  });
}

const JUST_FITS: readonly string[] = [
  nested('a+', '+', 90),
  nested('a*', '*', 90),
  nested('a?', '?', 90),
  'a{4999}',
  '(?i)\\p{L}{1000}',
  '(?:a?){3000}',
  '(|){1000}',
  '[a-z]'.repeat(1_999),
  '(?i)[^\\p{L}]'.repeat(700),
  `[${'\\p{L}'.repeat(1_900)}]`,
  `(?:[${'\\pL'.repeat(1_000)}]){900}`,
  `a{${'9'.repeat(9_000)}`,
  '[[:'.repeat(3_000),
  '\\Q'.repeat(4_000),
];

for (const pattern of JUST_FITS) {
  test(`what is built and run is charged: ${pattern.slice(0, 50)}`, () => {
    let steps = 0;
    const charge = (more: number) => {
      steps += more;
      if (steps > 1_000_000) throw new RangeError('enough');
    };
    try {
      pythonPattern(pattern, charge).matches('aé日'.repeat(1_000), 'none', charge);
    } catch (error) {
      assert.ok(error instanceof RangeError || (error instanceof PatternFault && error.limit === null));
    }
    assert.ok(steps >= pattern.length);
    // One character costs no more than all states and all members of all sets.
    assert.ok(steps <= 1_000_000 + limits.patternStates * limits.patternLength);
  });
}

test('patterns that make others backtrack take a few steps for each state and character', () => {
  const text = `${'a'.repeat(1_000)}!`;
  for (const source of ['^(a+)+$', '^(a|a)*$', '(a*)*b', '(.*a){12}b', '^(a|aa)+$', '^(([a-z])+.)+[A-Z]([a-z])+$']) {
    let built = 0;
    let steps = 0;
    const pattern = pythonPattern(source, (more) => (built += more));
    assert.equal(
      pattern.matches(text, 'none', (more) => (steps += more)),
      false,
      source,
    );
    const states = built - source.length;
    assert.ok(steps <= 4 * states * (text.length + 1), `${source}: ${steps}`);
  }
});

test('any text is a pattern, or refused as one', () => {
  const units = [
    ...'()[]{}?*+|^$.\\-:,=!<>#&PQEpLdwsbBAzZxuk0129ai \néλ日😀\u{d800}',
    '(?',
    '(?i)',
    '[[:',
    ':]]',
    '\\p{',
    '{9999}',
    '(?P<',
  ];
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...units), maxLength: 60 }), fc.boolean(), (source, isPython) => {
      let steps = 0;
      const charge = (more: number) => (steps += more);
      try {
        const pattern = isPython ? pythonPattern(source, charge) : operatorPattern(source);
        pattern.matches('aλ😀-1\n'.repeat(3), 'none', charge);
      } catch (error) {
        assert.ok(error instanceof PatternFault, String(error));
      }
      assert.ok(steps <= source.length + limits.patternStates * 100);
    }),
    { numRuns: 3_000 },
  );
});

test('a budget is for all patterns of a value together, and given again for the next', () => {
  const budget = new PatternBudget();
  const pattern = operatorPattern('(?:a?){400}a{400}b');
  const text = 'a'.repeat(2_000);
  assert.throws(
    () => {
      for (let i = 0; i < 100; i++) assert.equal(budget.finds(pattern, text), false);
    },
    (error) => isKamadoError(error, 'PATTERN_TOO_COSTLY'),
  );
  assert.throws(
    () => budget.finds(pattern, text),
    (error) => isKamadoError(error, 'PATTERN_TOO_COSTLY'),
  );
  budget.renew();
  assert.equal(budget.finds(pattern, 'ab'), false);
  assert.equal(budget.finds(operatorPattern('a$'), text), true);
});

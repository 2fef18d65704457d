import assert from 'node:assert/strict';
import { test } from 'node:test';
import { patternFault, pythonPattern } from '../../../src/kernel/pattern/pattern.ts';
import { isFound, matchesAsPython } from './helpers.ts';

type Table = readonly (readonly [pattern: string, found: readonly string[], notFound: readonly string[]])[];

const GO: Table = [
  ['(?i)abc', ['ABC', 'xaBcx'], ['ab']],
  ['(?i)^straße$', ['STRAẞE'], ['STRASSE']],
  ['(?i)k', ['\u212a'], ['c']],
  ['(?i)\u212a', ['k', 'K'], ['x']],
  ['a(?i)b', ['aB', 'ab'], ['AB']],
  ['a(?i:b)c', ['aBc'], ['aBC', 'Abc']],
  ['(?i)a(?-i)b', ['Ab'], ['AB']],
  ['(a(?i)b|c)d', ['aBd', 'Cd'], ['aBD']],
  ['(?i)[a-c]', ['B'], ['d', 'D']],
  ['(?i)[^a-c]', ['D'], ['B', 'b']],
  ['(?i)\\p{Lu}', ['a', 'A'], ['1']],
  ['^[[:alpha:]]+$', ['aZ'], ['a1', 'é', '']],
  ['^[[:^alpha:]]+$', ['1é'], ['a']],
  ['^[[:digit:][:upper:]_]+$', ['A_1'], ['a']],
  ['[[:punct:]]', ['a-b', '~', '@'], ['ab 1']],
  ['[[:space:]]', ['a b', '\v'], ['ab', '\u00a0']],
  ['^\\pL+$', ['aé日'], ['a1']],
  ['^\\PL+$', ['12'], ['a']],
  ['^\\p{Greek}$', ['λ'], ['l']],
  ['^\\p{^Greek}$', ['l'], ['λ']],
  ['^[\\pN\\p{Lu}]+$', ['A1٣'], ['a']],
  ['\\Aab\\z', ['ab'], ['ab\n', 'xab']],
  ['(?P<name>a)b', ['ab'], ['b']],
  ['(?<name>a)b', ['ab'], ['b']],
  ['^\\Qa.b*\\E+$', ['a.b*', 'a.b**'], ['axb', 'a.b']],
  ['\\Q(', ['('], ['a']],
  ['^\\x{1F600}\\x41$', ['😀A'], ['A']],
  ['^\\a\\f\\n\\r\\t\\v$', ['\x07\f\n\r\t\v'], ['']],
  ['^\\012\\0$', ['\n\0'], ['\n0']],
  ['(?s)^a.b$', ['a\nb'], ['ab']],
  ['^a.b$', ['axb', 'a😀b'], ['a\nb']],
  ['(?m)^b$', ['a\nb\nc'], ['ab', 'a\nbc']],
  ['a{2,3}?b', ['aab', 'aaab'], ['ab']],
  ['^a{,2}$', ['a{,2}'], ['a', '']],
  ['^a{$', ['a{'], ['a']],
  ['^[]a]+$', [']a'], ['b']],
  ['^[^]a]$', ['b'], [']', 'a']],
  ['^[a-]$', ['a', '-'], ['b']],
  ['^[\\w-.]+$', ['a-.'], ['/']],
  ['(?U)a+', ['a'], ['b']],
  ['^(?:a|b|)$', ['', 'a', 'b'], ['ab']],
  ['(|a)+b', ['b', 'aab'], ['a']],
  ['(a*)*$', ['', 'b'], []],
  ['\\bfoo\\b', ['a foo b', 'foo'], ['food', 'éfoo1']],
  ['\\Boo', ['foo'], ['oo']],
];

for (const [pattern, found, notFound] of GO) {
  test(`Go's ${pattern}`, () => {
    for (const text of found) assert.ok(isFound(pattern, text), JSON.stringify(text));
    for (const text of notFound) assert.ok(!isFound(pattern, text), JSON.stringify(text));
  });
}

const ECMASCRIPT: Table = [
  ['^\\u0041\\u{1F600}\\ud83d\\ude00$', ['A😀😀'], ['A']],
  ['^\\cJ\\/[\\-]$', ['\n/-'], ['J/-']],
  ['^[\\b]$', ['\b'], ['b']],
  ['^\\s$', ['\u00a0', '\ufeff', '\v', ' '], ['\u180e', '\x1c']],
  ['^.$', ['a', '\x85'], ['\n', '\r', '\u2028', '\u2029']],
  ['^\\d$', ['7'], ['٣']],
  ['^\\w$', ['a', '_'], ['é']],
  ['^\\p{Script=Greek}$', ['λ'], ['l']],
  ['^\\p{Letter}$', ['λ'], ['1']],
  ['a$', ['a'], ['a\n']],
  ['^((compute|physical_port|network|)(:.*)?)?$', ['', 'compute:x', ':y', 'network'], ['other', 'computer']],
  ['^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}$', ['01234567-89ab-cdef-0123'], ['01234567-89ab-cdef']],
];

for (const [pattern, found, notFound] of ECMASCRIPT) {
  test(`as in ECMAScript with the flag u: ${pattern}`, () => {
    for (const text of found)
      assert.ok(isFound(pattern, text) && new RegExp(pattern, 'u').test(text), JSON.stringify(text));
    for (const text of notFound) assert.ok(!isFound(pattern, text), JSON.stringify(text));
  });
}

const PYTHON: Table = [
  ['compute', ['compute:nova'], ['network:compute']],
  ['a$', ['a', 'a\n'], ['a\n\n', 'ab']],
  ['a\\Z', ['a'], ['a\n']],
  ['\\d$', ['٣'], ['a']],
  ['\\w\\b', ['é'], ['-']],
  ['\\s$', ['\x1c', '\x85', '\u00a0'], ['\ufeff']],
  ['.$', ['\r', '\u2028'], ['\n']],
  ['a{,2}$', ['', 'aa'], ['aaa', 'a{,2}']],
  ['(?P<n>a)', ['a'], ['b']],
  ['(?i)É', ['é'], ['e']],
];

for (const [pattern, found, notFound] of PYTHON) {
  test(`as in Python: ${pattern}`, () => {
    for (const text of found) assert.ok(matchesAsPython(pattern, text), JSON.stringify(text));
    for (const text of notFound) assert.ok(!matchesAsPython(pattern, text), JSON.stringify(text));
  });
}

const REFUSED: readonly (readonly [pattern: string, reason: RegExp])[] = [
  ['(?=a)', /look-ahead and look-behind are not supported/],
  ['a(?!b)', /look-ahead/],
  ['(?<=a)b', /look-behind/],
  ['(?<!a)b', /look-behind/],
  ['(a)\\1', /back references/],
  ['(?<n>a)\\k<n>', /back references/],
  ['(?P<n>a)(?P=n)', /back references/],
  ['(?>a)', /group of this kind/],
  ['(?x)a', /group of this kind/],
  ['(?#a)', /group of this kind/],
  ['(?P<1>a)', /group of this kind/],
  ['(?P<n>a)(?P<n>b)', /one name/],
  ['(', /not closed/],
  ['(a', /not closed/],
  ['a)', /has no \(/],
  ['[a', /not closed/],
  ['[]', /not closed/],
  ['[^]', /not closed/],
  ['[b-a]', /counts down/],
  ['[a-\\d]', /ends in a class/],
  ['[[:foo:]]', /no class/],
  ['*', /nothing to repeat/],
  ['a|*', /nothing to repeat/],
  ['(?i)*', /nothing to repeat/],
  ['a**', /repeat is repeated/],
  ['a{2}{3}', /repeat is repeated/],
  ['a++', /repeat is repeated/],
  ['a{2,1}', /counts down/],
  ['\\', /backslash stands at the end/],
  ['\\p{Foo}', /no property/],
  ['\\p{Script=Foo}', /no property/],
  ['\\p{a}|(?=b)\\p{b}', /no property/],
  ['\\pX', /no property/],
  ['\\X', /escape is not supported/],
  ['\\C', /escape is not supported/],
  ['\\x{110000}', /beyond Unicode/],
];

for (const [pattern, reason] of REFUSED) {
  test(`refused, with a reason: ${pattern}`, () => {
    assert.match(patternFault(pattern) ?? '', reason);
  });
}

test('a reason never holds what the pattern says: it can be a value of a template', () => {
  for (const pattern of [
    '(hunter2',
    '[[:hunter2:]]',
    '\\p{hunter2}',
    '(?hunter2)',
    '(?P<hunter2>a)(?P<hunter2>a)',
    'hunter2**',
  ]) {
    assert.throws(
      () => pythonPattern(pattern, () => undefined),
      (error) => error instanceof Error && !error.message.includes('hunter2'),
      pattern,
    );
  }
});

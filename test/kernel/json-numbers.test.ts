import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Json } from '../../src/kernel/json.ts';
import { lostDigits, lostNumber, parseForeignJson, pointerAt } from '../../src/kernel/json-numbers.ts';

const KEPT = [
  '0',
  '-0',
  '0.0',
  '0e999999999',
  '9007199254740991',
  '-9007199254740992',
  '9007199254740994',
  '100000000000000000000',
  '1e21',
  '1E+2',
  '1e2',
  '19.99',
  '0.30000000000000004',
  '1.50000000000000000000000000',
  `1${'0'.repeat(300)}`,
  '1.7976931348623157e308',
  '5e-324',
  '123456789012345.6',
];
const LOST = [
  '9007199254740993',
  '-9007199254740993',
  '1234567890123456789',
  '18446744073709551615',
  '1234567890123456789.0',
  '1.234567890123456789e18',
  '9007199254740993e0',
  '0.1234567890123456789',
  '3.14159265358979323846',
  '0.1000000000000000055511151231257827',
  '1e400',
  '-1e400',
  '9'.repeat(400),
  '1e-400',
  '2e-324',
  `1${'0'.repeat(300)}1`,
];

test('a number is kept whose digits a double gives back', () => {
  for (const text of KEPT) assert.equal(lostDigits(text), null, text);
  for (const text of LOST) assert.notEqual(lostDigits(text), null, text);
});

test('what JavaScript writes is kept, and one digit more is not, unless it is 0', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      assert.equal(lostNumber(JSON.stringify([value])), null);
    }),
  );
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n }), (value) => {
      const isKept =
        BigInt(Number(value).toLocaleString('en', { useGrouping: false, maximumFractionDigits: 0 })) === value;
      assert.equal(lostDigits(String(value)) === null, isKept, String(value));
    }),
  );
});

test('a lost number is found wherever it stands, with its place; texts and keys are none', () => {
  const cases: readonly (readonly [text: string, pointer: string | null])[] = [
    ['9007199254740993', ''],
    [' [1,[2,  9007199254740993]]', '/1/1'],
    ['{"a/b":{"k~":[0,{"x":1e400}]}}', '/a~1b/k~0/1/x'],
    ['{"a" \n : -9007199254740993}', '/a'],
    ['{"a":[],"b":{},"c":["\\"]",{"d":"}"}],"e":0.1234567890123456789}', '/e'],
    ['{"\\u0061":[1,2,9007199254740993,3]}', '/a/2'],
    ['{"":{"":9007199254740993}}', '//'],
    ['{"9007199254740993":"9007199254740993"}', null],
    ['["a, 9007199254740993", "\\\\", "1e400: [1e400"]', null],
    ['{"id":"4e5f0000-1234-4e56-8e99-123456789012345678"}', null],
    ['[9007199254740992, 1e2, 1.5e-7, 19.99]', null],
  ];
  for (const [text, pointer] of cases) {
    const lost = lostNumber(text);
    assert.equal(lost === null ? null : pointerAt(text, lost.offset), pointer, text);
  }
});

test('of foreign JSON lost numbers become text with their digits, and nothing else changes', () => {
  const foreign = '{"a": [9007199254740993, 1, "9007199254740993", -1e400], "b": 0.1234567890123456789, "c": 1e2}';
  const expected: Json = {
    a: ['9007199254740993', 1, '9007199254740993', '-1e400'],
    b: '0.1234567890123456789',
    c: 100,
  };
  assert.deepEqual(parseForeignJson(foreign), expected);
  assert.equal(parseForeignJson('{"a": 9007199254740993'), undefined);
  assert.equal(parseForeignJson('9007199254740993'), '9007199254740993');
});

test('JSON of doubles is parsed as JSON.parse does, with integers of any size in between', () => {
  const spaces = fc.constantFrom(undefined, 1, '\t');
  fc.assert(
    fc.property(fc.jsonValue(), fc.bigInt(), spaces, (value, big, space) => {
      const text = JSON.stringify(value, null, space);
      assert.equal(lostNumber(text), null);
      assert.deepEqual(parseForeignJson(text), JSON.parse(text));
      const mixed: unknown = parseForeignJson(`[${text}, ${big}, ${text}]`);
      assert.ok(Array.isArray(mixed));
      assert.deepEqual([mixed[0], BigInt(mixed[1]), mixed[2]], [JSON.parse(text), big, JSON.parse(text)]);
    }),
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../../src/kernel/limits.ts';
import { bitmapText, bitsFor, withBit } from '../../../src/schema/behaviour/bitmap.ts';

const bytesOf = (text: string): readonly number[] => [...Buffer.from(text, 'base64')];

test('A bit for each number, the highest first; what lies beyond the last is taken', () => {
  const text = bitmapText({ first: 10, last: 19 }, [{ first: 10, last: 19 }], new Set([11, 18]), 16);
  assert.deepEqual(bytesOf(text), [0b01000000, 0b10111111]);
  assert.deepEqual(bytesOf(withBit(text, 10, 11, false)), [0b00000000, 0b10111111]);
  assert.equal(bitsFor({ first: 10, last: 19 }), 32);
});

test('Bits that are no whole bytes get the byte that holds them', () => {
  assert.deepEqual(bytesOf(bitmapText({ first: 0, last: 9 }, [{ first: 0, last: 9 }], new Set(), 10)), [0, 0b00111111]);
});

test('A pool with more numbers than bits shows the first of them, however many there are', () => {
  const bounds = { first: 0, last: Number.MAX_SAFE_INTEGER };
  const text = bitmapText(bounds, [bounds], new Set([2 ** 32]), 32);
  assert.deepEqual(bytesOf(text), [0, 0, 0, 0]);
  assert.equal(withBit(text, 0, 2 ** 32, true), text);
  assert.equal(withBit(text, 0, 2 ** 33 + 1, true), text);
});

test('A pool that cannot be shown is refused, and not walked over', () => {
  const most = limits.poolBitmapBits;
  assert.equal(bitsFor({ first: 1, last: most }), most);
  assert.throws(() => bitsFor({ first: 0, last: most }), { code: 'MAPPING_INVALID' });
  assert.throws(() => bitsFor({ first: 0, last: 2 ** 32 - 1 }), { code: 'MAPPING_INVALID' });
});

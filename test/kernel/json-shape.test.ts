import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Json } from '../../src/kernel/json.ts';
import { jsonTextShape } from '../../src/kernel/json-shape.ts';

function depthOf(value: Json): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

function valuesIn(value: Json): number {
  if (typeof value !== 'object' || value === null) return 1;
  return 1 + Object.values(value).reduce((sum: number, part) => sum + valuesIn(part), 0);
}

test('depth and number of values are those of what is parsed', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 6, noUnicodeString: false }), (text) => {
      const value: Json = JSON.parse(text);
      const { depth, values } = jsonTextShape(text);
      assert.equal(depth, depthOf(value));
      // An empty list or object counts its first value, which it doesn't have.
      assert.ok(values >= valuesIn(value) && values <= 2 * valuesIn(value));
    }),
  );
});

test('what stands in strings counts for nothing', () => {
  assert.deepEqual(jsonTextShape('"[[{{,,\\"[,\\\\"'), { depth: 0, values: 1 });
  assert.deepEqual(jsonTextShape('['.repeat(5)), { depth: 5, values: 6 });
});

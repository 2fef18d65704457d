import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SortedIndex } from '../../src/store/embedded/sorted-index.ts';

/** Compares the index with a plain sorted list. */
function check(index: SortedIndex<number>, expected: ReadonlyMap<string, number>): void {
  const sorted = [...expected].sort(([a], [b]) => (a < b ? -1 : 1));
  assert.equal(index.size, sorted.length);
  assert.deepEqual(
    index.scan({ from: '', below: null }),
    sorted.map(([, value]) => value),
  );
  for (const [from, below] of [
    ['1', '3'],
    ['25', '250'],
    ['4', null],
    ['9', '1'],
  ] as const) {
    const within = sorted.filter(([key]) => key >= from && (below === null || key < below)).map(([, value]) => value);
    assert.deepEqual(index.scan({ from, below }), within);
    assert.deepEqual(index.scan({ from, below }, 3), within.slice(0, 3));
    assert.equal(index.count({ from, below }), within.length);
  }
}

test('holds what a map holds, in order, through splits and merges', () => {
  const step = fc.record({
    from: fc.nat(3_000),
    count: fc.nat(1_200),
    by: fc.constantFrom(-7, -1, 1, 3),
    set: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const index = new SortedIndex<number>();
      const expected = new Map<string, number>();
      for (const { from, count, by, set } of steps) {
        for (let moved = 0; moved < count; moved++) {
          const key = String(Math.abs(from + moved * by) % 5_000);
          if (set) {
            index.set(key, moved);
            expected.set(key, moved);
          } else assert.equal(index.delete(key), expected.delete(key));
          assert.equal(index.get(key), expected.get(key));
        }
      }
      check(index, expected);
    }),
    { numRuns: 60 },
  );
});

test('is empty again after everything was deleted', () => {
  const index = new SortedIndex<number>();
  const keys = Array.from({ length: 3_000 }, (_, number) => String((number * 7_919) % 3_000));
  for (const [at, key] of keys.entries()) index.set(key, at);
  for (const key of keys) assert.equal(index.delete(key), true);
  check(index, new Map());
  assert.equal(index.delete('1'), false);
  assert.equal(index.get('1'), undefined);
});

import type { TextRange } from '../kernel/index.ts';

/** The first of the ordered ranges that ends beyond an offset; by binary search, for there may be many. */
export function firstEndingAfter<Found extends TextRange>(ranges: readonly Found[], offset: number): Found | undefined {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ranges[middle]?.end ?? 0) > offset) high = middle;
    else low = middle + 1;
  }
  return ranges[low];
}

/** The pieces that are in none of the ranges. Both lists are in order, and ranges don't overlap. */
export function notWithin<Found extends TextRange>(
  pieces: readonly Found[],
  ranges: readonly TextRange[],
): readonly Found[] {
  let next = 0;
  return pieces.filter(({ start, end }) => {
    while (next < ranges.length && (ranges[next]?.end ?? 0) < end) next++;
    const range = ranges[next];
    return range === undefined || range.start > start;
  });
}

/** Tests that kill processes hundreds of times, or run thousands of seeds, try a share of that each day, and all of it here. */
export const isWhole = process.env.KAMADO_TEST_EXTENT === 'all';

const DAY_MS = 86_400_000;

/** Which share is tried: another one each day; KAMADO_TEST_ROTATION repeats the one of another day. */
export const rotation = Number(process.env.KAMADO_TEST_ROTATION ?? Math.floor(Date.now() / DAY_MS));

/** Which share was tried, for the output of a test: how to repeat it. */
export const extentText = isWhole
  ? 'all are tried'
  : `KAMADO_TEST_ROTATION=${rotation} tries these again, KAMADO_TEST_EXTENT=all tries all`;

/** The first item of a share, and the distance to the next: every `parts`-th item is in it. */
export function shareOf(parts: number): { readonly first: number; readonly step: number } {
  return isWhole ? { first: 0, step: 1 } : { first: rotation % parts, step: parts };
}

/** One of `parts` shares of the items, in their order. */
export function shared<Item>(items: readonly Item[], parts: number): readonly Item[] {
  const { first, step } = shareOf(parts);
  return items.filter((_, i) => i % step === first);
}

import type { RecordedTurn } from './recorded-writes.ts';

/** Records about jobs of one resource, in their order, assigned to the jobs that they may be about. */
export interface Assignment<Item> {
  readonly of: ReadonlyMap<RecordedTurn, Item>;
  /** Items of no known job. */
  readonly strays: readonly Item[];
}

/**
 * Pairs items with the jobs of their resource: in order if the numbers are equal. Otherwise an item that names a job
 * gets that job, and the others get, in order, the next job that they fit.
 */
export function assign<Item>(
  turns: readonly RecordedTurn[],
  items: readonly Item[],
  jobOf: (item: Item) => string | null,
  fits: (item: Item, turn: RecordedTurn) => boolean,
): Assignment<Item> {
  const of = new Map<RecordedTurn, Item>();
  const strays: Item[] = [];
  if (turns.length === items.length) {
    for (const [i, turn] of turns.entries()) {
      const item = items[i];
      if (item !== undefined) of.set(turn, item);
    }
    return { of, strays };
  }
  const named = new Map(items.map((item) => [item, turns.find(({ job }) => job.id === jobOf(item))]));
  const taken = new Set(named.values());
  let from = 0;
  for (const item of items) {
    const known = named.get(item);
    const next = turns.findIndex((turn, i) => i >= from && !taken.has(turn) && fits(item, turn));
    const turn = known ?? turns[next];
    if (turn === undefined || of.has(turn)) {
      strays.push(item);
      continue;
    }
    of.set(turn, item);
    from = turns.indexOf(turn) + 1;
  }
  return { of, strays };
}

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { seeds } from './seeds.ts';
import { type Outcome, simulate } from './simulation.ts';

/** Seeds of one test, so that a failure is seen early. */
const SEEDS_AT_ONCE = 25;

/** What somebody needs to see who broke something: the rule, the last events, and how to see it again. */
function report({ seed, failure, lines }: Outcome): string {
  const again = `npm run simulate -- --seed ${seed} --trace`;
  return [`seed ${seed}: ${failure?.invariant}: ${failure?.message}`, ...lines, `again: ${again}`].join('\n');
}

/** What has to happen in the runs, so that they prove something: each of it in half as many as there are seeds, or more often in fewer. */
const wanted = [
  'a process dies',
  'a controller takes the lead',
  'a lease is lost',
  'a watch repeats itself',
  'a watch has lost history',
  'the store goes down',
  'a request is crashBefore',
  'a request is crashSent',
  'a request is crashAfter',
  'a request is lost',
  'a request is unanswered',
  'a request is late',
  'a job is begun',
  'a job comes again',
  'a handler throws',
  'a job is superseded',
  'a job is cancelled',
];

describe('two controllers, three workers and a store, and everything that can go wrong', () => {
  const seen = new Map<string, number>();
  for (let from = 0; from < seeds.length; from += SEEDS_AT_ONCE) {
    const some = seeds.slice(from, from + SEEDS_AT_ONCE);
    test(`seeds ${some[0]} to ${some.at(-1)}`, async () => {
      for (const seed of some) {
        const outcome = await simulate(seed);
        assert.equal(outcome.failure, null, report(outcome));
        for (const [what, times] of outcome.seen) seen.set(what, (seen.get(what) ?? 0) + times);
      }
    });
  }

  test('all of it happened', () => {
    const rare = wanted.filter((what) => (seen.get(what) ?? 0) < seeds.length / 2);
    assert.deepEqual(rare, [], JSON.stringify([...seen]));
  });
});

test('the same seed gives the same run, to the last event', async () => {
  for (const seed of [3, 14, 60]) {
    const [one, other] = [await simulate(seed), await simulate(seed)];
    assert.deepEqual(one, other, `seed ${seed}`);
  }
  assert.notEqual((await simulate(1)).digest, (await simulate(2)).digest);
});

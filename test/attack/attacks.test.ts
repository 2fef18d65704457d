import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { attacks } from '../../tools/attack/attacks.ts';
import { perform } from '../../tools/attack/perform.ts';

/** What each attack must have come to at least: one that does nothing would find nothing. */
const LEAST: { readonly [attack: string]: { readonly [count: string]: number } } = {
  fuzzing: { requests: 2_900, 'status 201': 50, 'status 400': 500, 'kept resources': 10 },
  pipelining: { requests: 900 },
  'large-lists': { pages: 2, rows: 60 },
  'unread-watches': { watches: 20 },
  patterns: { 'texts for a schema': 3 },
  'hostile-devices': { devices: 10, channels: 10 },
  'hostile-heat': { things: 12 },
  'full-store': { 'created: 507': 1, 'written again': 1 },
};

describe('an attacked Kamado lives, and answers as documented', { concurrency: 1 }, () => {
  for (const attack of attacks) {
    test(`${attack.name}: ${attack.about}`, async () => {
      const { counts, violations, liveness, memoryMib } = await perform(attack, 1, 'small');
      assert.deepEqual(violations, []);
      const least = LEAST[attack.name];
      assert.ok(least !== undefined, 'nothing is said of how much of it there must be');
      for (const [name, count] of Object.entries(least))
        assert.ok((counts.get(name) ?? 0) >= count, `${name}: ${count}`);
      assert.equal(liveness.failures, 0);
      assert.ok(liveness.answers > 0);
      // What the system doesn't say can't be too much.
      assert.ok((memoryMib ?? 0) <= 600, `${memoryMib} MiB`);
    });
  }
});

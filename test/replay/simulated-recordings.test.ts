import assert from 'node:assert/strict';
import { test } from 'node:test';
import { replayController } from '../../src/replay/controller/controller-replay.ts';
import type { RecordedEvent } from '../../src/replay/recorded-event.ts';
import type { LogRecord } from '../../src/store/embedded/persistence.ts';
import { model } from '../simulation/model.ts';
import { seeds } from '../simulation/seeds.ts';
import { simulate } from '../simulation/simulation.ts';

/** A share of the seeds that are tried: a replay takes longer. */
const replayed = seeds.filter((_, i) => i % 3 === 0);

/** The store's log as the events of a run. */
function eventsOf(records: readonly LogRecord[]): readonly RecordedEvent[] {
  return records.map(({ row, revision, key, entry }) => ({
    index: row,
    transaction: revision,
    kind: entry === null ? 'delete' : 'put',
    key,
    value: entry?.value ?? '',
    timeMs: 0,
  }));
}

test('what controllers do while everything goes wrong is replayed from the log of the store', async () => {
  let matched = 0;
  for (const seed of replayed) {
    const records: LogRecord[] = [];
    await simulate(seed, {
      commit: (more) => records.push(...more),
      // What the store has lost is no part of its history.
      goBack: (held) => records.splice(0, records.length, ...held),
    });
    const run = { path: `seed ${seed}`, generation: 'kamado', lossless: true, levelTriggered: true, model };
    const report = await replayController({ ...run, events: eventsOf(records) }, []);
    assert.deepEqual(report.mismatches, [], `seed ${seed}`);
    matched += report.families.reduce((sum, family) => sum + family.matched, 0);
  }
  assert.ok(matched > 33 * replayed.length, `${matched} matched`);
});

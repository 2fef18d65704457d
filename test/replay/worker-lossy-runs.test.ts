import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { RecordedRun } from '../../src/replay/run-folder.ts';
import { readWorkerRun, replayWorker } from '../../src/replay/worker/worker-replay.ts';
import { skipWithoutTraces, traces } from '../schema/recordings.ts';
import { apart, lossyRuns, lossyStore, polled, repeated } from './lossy-runs.ts';

const names = ['2017_vpn_gateway', '2018_vpn_gateway', '2019_logical_network', '2019_firewall'];
const options = { skip: skipWithoutTraces };
const SEEDS = 5;

/** What pollers tell in another order, or twice, they tell. */
const whole: readonly (readonly [string, (run: RecordedRun, seed: number) => RecordedRun])[] = [
  ['only what pollers see is told', (run) => polled(run)],
  ['configs are missing', lossyRuns(0.25, /^\/config\/(?!v2.0\/heat_templates)/)],
  ['the pollers are apart', apart],
  ['events are told twice', repeated],
];

for (const [what, change] of whole) {
  test(`where ${what}, the worker's jobs match wholly`, options, async () => {
    for (const name of names) {
      const recorded = await readWorkerRun(join(traces, name));
      const counts = (await replayWorker(recorded)).families.map(({ matched }) => matched);
      for (let seed = 1; seed <= SEEDS; seed++) {
        const { mismatches, excused, families } = await replayWorker({ ...recorded, run: change(recorded.run, seed) });
        assert.deepEqual([...mismatches, ...excused], [], `${name}, seed ${seed}`);
        assert.deepEqual(
          families.map(({ matched }) => matched),
          counts,
        );
      }
    }
  });
}

const lossy: readonly (readonly [string, (run: RecordedRun, seed: number) => RecordedRun])[] = [
  ['templates are missing', lossyRuns(0.1, /^\/config\/v2.0\/heat_templates/)],
  ['jobs are missing', lossyRuns(0.2, /^\/jobs\//)],
  ['what workers wrote is missing', lossyRuns(0.2, /^\/(?:esi-worker|state)\//)],
  ['anything is missing', lossyRuns(0.2, /./)],
  ['anything is missing, of all families', lossyStore],
];

for (const [what, change] of lossy) {
  test(`where ${what}, every miss of the worker is excused, and something matches`, options, async () => {
    for (const name of names) {
      const recorded = await readWorkerRun(join(traces, name));
      for (let seed = 1; seed <= SEEDS; seed++) {
        const { mismatches, families } = await replayWorker({ ...recorded, run: change(recorded.run, seed) });
        assert.deepEqual(mismatches, [], `${name}, seed ${seed}`);
        assert.ok(families.some(({ matched }) => matched > 0));
      }
    }
  });
}

test('what is missing in a lossless run is no excuse for the worker', options, async () => {
  const recorded = await readWorkerRun(join(traces, '2019_firewall'));
  for (const lost of [
    /^\/config\/v2.0\/heat_templates\/port$/,
    /^\/esi-worker\/heat_stacks\/v2.0\/ports\//,
    /^\/state\/v2.0\/ports\//,
  ]) {
    const events = recorded.run.events.filter(({ key }) => !lost.test(key));
    const { mismatches, excused } = await replayWorker({ ...recorded, run: { ...recorded.run, events } });
    assert.ok(mismatches.length > 0, String(lost));
    assert.deepEqual(excused, []);
  }
});

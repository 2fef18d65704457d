import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { kamado } from '../cli/helpers.ts';
import { skipWithoutTraces, traces } from '../schema/recordings.ts';
import { changeLine, copyOf } from './run-copies.ts';

test('the room that is replayed is the controller or the worker', async (t) => {
  const other = await kamado(t, ['replay', '--component', 'kitchen', 'run']);
  assert.deepEqual([other.code, /controller, worker/.test(other.stderr)], [2, true], other.stderr);
  const against = await kamado(t, ['replay', '--component', 'worker', '--against', 'catalog', 'run']);
  assert.deepEqual([against.code, /--against/.test(against.stderr)], [2, true], against.stderr);
  const nowhere = await kamado(t, ['replay', '--component', 'worker', 'nowhere']);
  assert.deepEqual([nowhere.code, /nowhere.*not there/.test(nowhere.stderr)], [1, true], nowhere.stderr);
});

test('a run is replayed to the worker, and a difference fails with its line', {
  skip: skipWithoutTraces,
}, async (t) => {
  const whole = await kamado(t, ['replay', '--component', 'worker', join(traces, '2019_logical_network')]);
  assert.equal(whole.code, 0, whole.stdout);
  assert.match(whole.stdout, /^heat_calls +7 +7 +0 +0$/m);
  const folder = copyOf(t, '2019_logical_network', {
    heatCalls: (lines) => {
      const isPost = ({ method }: { readonly [name: string]: unknown }) => method === 'POST';
      return changeLine(lines, isPost, (line) => ({ ...line, path: '/v1/other/stacks' })).lines;
    },
  });
  const differs = await kamado(t, ['replay', '--component', 'worker', folder]);
  assert.equal(differs.code, 1);
  assert.match(differs.stdout, /^ {2}heat_calls\.jsonl, line 2 {2}POST ese_device_/m);
});

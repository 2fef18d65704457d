import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseJson } from '../../src/kernel/json.ts';
import { kamado, packageRoot } from '../cli/helpers.ts';
import { objectOf, skipWithoutTraces, traces } from '../schema/recordings.ts';

const options = { skip: skipWithoutTraces };

test('a run is replayed to the API, a line per family and per resource', options, async (t) => {
  const whole = await kamado(t, ['replay', '--component', 'api', join(traces, '2018_vpn_gateway')]);
  assert.equal(whole.code, 0, whole.stdout + whole.stderr);
  assert.match(whole.stdout, /^requests +20 +20 +0 +0$/m);
  assert.match(whole.stdout, /^\/v2\.0\/vpn_gateways\/\S+ +2 +2$/m);
});

test('the catalogue that is served is the one that ships, if it serves what was asked for', options, async (t) => {
  const firewall = join(traces, '2019_firewall');
  const refused = await kamado(t, ['replay', '--component', 'api', firewall]);
  assert.deepEqual([refused.code, /\/v2\.0\/firewalls.*--catalog/.test(refused.stderr)], [2, true], refused.stderr);
});

test('what differs fails, with its line, and without secrets', options, async (t) => {
  const catalog = join(packageRoot, 'catalog', 'network-2018');
  const args = ['replay', '--component', 'api', '--catalog', catalog, join(traces, '2018_vpn_gateway')];
  const differs = await kamado(t, args);
  assert.equal(differs.code, 1);
  assert.match(differs.stdout, /^ {2}requests\.jsonl, line 1 {2}POST \/v2\.0\/ese_devices$/m);
  assert.doesNotMatch(differs.stdout, /"password":"password"|umgxbr/);
  const json = await kamado(t, [...args, '--json']);
  assert.equal(json.code, 1);
  const { families, configs } = objectOf(parseJson(json.stdout));
  assert.ok(Array.isArray(families) && Array.isArray(configs) && configs.length === 28);
  const none = await kamado(t, ['replay', '--component', 'api', join(traces, 'ha_router')]);
  assert.deepEqual([none.code, /run\.json/.test(none.stderr)], [1, true], none.stderr);
});

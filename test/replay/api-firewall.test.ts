import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { JsonObject } from '../../src/kernel/json.ts';
import { type ApiReport, replayApi } from '../../src/replay/api/api-replay.ts';
import { catalogFor } from '../../src/replay/api/replay-catalog.ts';
import { readScenario } from '../../src/replay/api/scenario.ts';
import { shipped } from '../schema/catalog-files.ts';
import { objectOf, skipWithoutTraces, traces } from '../schema/recordings.ts';
import { changeLine, copyOf, withPart } from './run-copies.ts';

const options = { skip: skipWithoutTraces };

async function replayOf(path: string): Promise<ApiReport> {
  const scenario = await readScenario(path);
  return await replayApi(scenario, await catalogFor(scenario, shipped('firewall')));
}

function matched({ families }: ApiReport): readonly (readonly [string, number, number])[] {
  return families.map(({ family, matched, recorded }) => [family, matched, recorded]);
}

test('firewalls are served as they were recorded, what the compute service asked for included', options, async () => {
  const report = await replayOf(join(traces, '2019_firewall'));
  assert.deepEqual([report.mismatches, report.excused], [[], []]);
  assert.deepEqual(matched(report), [
    // 11 of the client, 6 of the compute service
    ['requests', 17, 17],
    ['configs', 44, 44],
    ['order', 7, 7],
    ['resources', 11, 11],
    ['reports', 53, 53],
  ]);
  assert.equal(report.configs.length, 27);
});

test('the logical network of the same generation is served as it was recorded', options, async () => {
  const report = await replayOf(join(traces, '2019_logical_network'));
  assert.deepEqual([report.mismatches, report.excused, report.unansweredRequests], [[], [], 0]);
  assert.deepEqual(matched(report), [
    ['requests', 6, 6],
    ['configs', 12, 12],
    ['order', 4, 4],
    ['resources', 6, 6],
    ['reports', 13, 13],
  ]);
});

test('where a port that a hook makes had another address, that is found, and nothing else', options, async (t) => {
  const isManagementPort = ({ key, value }: JsonObject): boolean => {
    const { body, version } = objectOf(value);
    return (
      String(key).startsWith('/config/v2.0/ports/') && version === 1 && String(body).includes('firewall-management')
    );
  };
  const copy = copyOf(t, '2019_firewall', {
    events: (lines) =>
      changeLine(lines, isManagementPort, (line) => {
        return objectOf(
          withPart(line, ['value', 'body'], (body) => String(body).replace('100.64.194.3', '100.64.194.9')),
        );
      }).lines,
  });
  const { mismatches } = await replayOf(copy);
  assert.deepEqual(
    mismatches.map(({ differences }) => differences.map(({ pointer }) => pointer)),
    [['/body/fixed_ips/0/ip_address']],
  );
});

test('without what the compute service asked for nothing is made up in its stead', options, async (t) => {
  const { mismatches } = await replayOf(copyOf(t, '2019_firewall', { notes: () => null }));
  const second = mismatches.filter(
    ({ family, subject }) => family === 'configs' && /ports\/.*, version 2$/.test(subject),
  );
  assert.equal(second.length, 4);
});

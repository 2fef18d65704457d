import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Json, JsonObject } from '../../src/kernel/json.ts';
import { type ApiReport, replayApi } from '../../src/replay/api/api-replay.ts';
import { catalogFor, vpnGatewayCatalog } from '../../src/replay/api/replay-catalog.ts';
import { readScenario } from '../../src/replay/api/scenario.ts';
import type { Comparison } from '../../src/replay/replay-report.ts';
import { objectOf, skipWithoutTraces, traces } from '../schema/recordings.ts';
import { type Changes, changeLine, copyOf, withPart } from './run-copies.ts';

const RUN = '2018_vpn_gateway';
const options = { skip: skipWithoutTraces };

async function replayOf(path: string): Promise<ApiReport> {
  const scenario = await readScenario(path);
  return await replayApi(scenario, await catalogFor(scenario, vpnGatewayCatalog));
}

async function changed(t: TestContext, changes: Changes): Promise<ApiReport> {
  return await replayOf(copyOf(t, RUN, { ...changes, run: { lossless: true, ...changes.run } }));
}

function isVersion(type: string, version: number, holds: (body: JsonObject) => boolean = () => true) {
  return ({ key, value }: JsonObject): boolean => {
    const record = objectOf(value);
    const isOfType = String(key).startsWith('/config/') && String(key).split('/').at(-2) === type;
    return isOfType && record.version === version && holds(objectOf(record.body));
  };
}

const isDhcpPort = isVersion('ports', 1, ({ device_owner: owner }) => owner === 'network:dhcp');
const isFirstPort = isVersion('ports', 1, ({ name }) => String(name).startsWith('Port for'));

/** What was found, in short: subject, and the pointers at which it differs. */
function shortly(found: readonly Comparison[]) {
  return found.map(({ subject, recorded, differences }) => {
    return [subject.replaceAll(/\/[0-9a-f-]{36}/g, ''), recorded, differences.map(({ pointer }) => pointer)];
  });
}

test('the VPN gateway is served as it was recorded', options, async () => {
  const report = await replayOf(join(traces, RUN));
  assert.deepEqual([report.mismatches, report.excused, report.unansweredRequests], [[], [], 0]);
  const found = report.families.map(({ family, matched, recorded }) => [family, matched, recorded]);
  assert.deepEqual(found, [
    ['requests', 20, 20],
    ['configs', 31, 31],
    ['order', 5, 5],
    ['resources', 20, 20],
    ['reports', 45, 45],
  ]);
  assert.equal(report.configs.length, 28);
  assert.deepEqual(
    report.configs.filter(({ matched, versions }) => matched !== versions),
    [],
  );
});

test('the newer generation is read as well, and differs where its schemas do', options, async () => {
  const { families, mismatches } = await replayOf(join(traces, '2019_logical_network'));
  for (const { family, matched } of families) assert.ok(matched > 0, family);
  const places = new Set(mismatches.flatMap(({ differences }) => differences.map(({ pointer }) => pointer)));
  for (const place of places) assert.match(place, /\/dns_nameservers$|^\/body\/physical_port\/status$/);
});

/** Another value of the same kind. */
function value(recorded: Json): Json {
  return recorded === '00:00:5e:00:01:00' ? '00:00:5e:00:01:01' : `${recorded}, changed`;
}

const oneField: readonly (readonly [
  what: string,
  file: 'requests' | 'events',
  isMeant: (line: JsonObject) => boolean,
  path: readonly (string | number)[],
  subject: string,
  pointer: string,
])[] = [
  [
    'an answer',
    'requests',
    ({ method, type }) => method === 'POST' && type === 'vpn_gateway',
    ['response', 'vpn_gateway', 'vrf_name'],
    'POST /v2.0/vpn_gateways',
    '/body/vpn_gateway/vrf_name',
  ],
  [
    'a config that was asked for',
    'events',
    isVersion('ha_interfaces', 1),
    ['value', 'body', 'vlan_pool_state'],
    '/config/v2.0/ha_interfaces, version 1',
    '/body/vlan_pool_state',
  ],
  [
    'a second version',
    'events',
    isVersion('vpn_gateways', 2),
    ['value', 'body', 'status'],
    '/config/v2.0/vpn_gateways, version 2',
    '/body/status',
  ],
  [
    'a MAC address that is always the same',
    'events',
    isDhcpPort,
    ['value', 'body', 'mac_address'],
    '/config/v2.0/ports, version 1',
    '/body/mac_address',
  ],
];

for (const [what, file, isMeant, path, subject, pointer] of oneField) {
  test(`where ${what} was another, that is found, and nothing else`, options, async (t) => {
    let line = 0;
    const change = (lines: readonly string[]): readonly string[] => {
      const one = changeLine(lines, isMeant, (recorded) => objectOf(withPart(recorded, path, value)));
      line = one.number;
      return one.lines;
    };
    const { mismatches } = await changed(t, { [file]: change });
    assert.deepEqual(shortly(mismatches), [[subject, true, [pointer]]]);
    assert.equal(mismatches[0]?.index, line);
  });
}

test(
  'where a resource was seen otherwise the last time, that is found; the polls before don’t count',
  options,
  async (t) => {
    const isLook = ({ method, type }: JsonObject): boolean => method === 'GET' && type === 'gw_interface';
    const status = (line: JsonObject): JsonObject =>
      objectOf(withPart(line, ['response', 'gw_interface', 'status'], value));
    const first = await changed(t, { requests: (lines) => changeLine(lines, isLook, status).lines });
    assert.deepEqual(first.mismatches, []);
    const last = await changed(t, {
      requests: (lines) => changeLine([...lines].reverse(), isLook, status).lines.toReversed(),
    });
    assert.deepEqual(
      last.mismatches.map(({ family, differences }) => [family, differences.map(({ pointer }) => pointer)]),
      [['resources', ['/body/gw_interface/status']]],
    );
  },
);

test('an id that stands for another resource than it did is found', options, async (t) => {
  const { mismatches } = await changed(t, {
    events: (lines) => {
      const [, network] = /networks\/([0-9a-f-]{36})/.exec(lines.join('\n')) ?? [];
      return changeLine(lines, isVersion('ese_logical_ports', 1), (line) => {
        return objectOf(withPart(line, ['value', 'body', 'port_ids', 0], () => network ?? ''));
      }).lines;
    },
  });
  assert.deepEqual(shortly(mismatches), [['/config/v2.0/ese_logical_ports, version 1', true, ['/body/port_ids/0']]]);
});

test('a name that the server made is the same wherever it stands', options, async (t) => {
  const other = (lines: readonly string[], isMeant: (line: JsonObject) => boolean): readonly string[] =>
    changeLine(lines, isMeant, (line) => {
      return objectOf(withPart(line, ['value', 'body', 'mac_address'], () => 'fa:16:3e:ff:ff:ff'));
    }).lines;
  const once = await changed(t, { events: (lines) => other(lines, isFirstPort) });
  assert.deepEqual(shortly(once.mismatches), [['/config/v2.0/ports, version 2', true, ['/body/mac_address']]]);
  const everywhere = await changed(t, {
    events: (lines) => {
      const line = lines.find((one) => isFirstPort(objectOf(JSON.parse(one)))) ?? '';
      const mac = /fa:16:3e:[0-9a-f:]{8}/.exec(line)?.[0] ?? '';
      return lines.map((one) => one.replaceAll(mac, 'fa:16:3e:ff:ff:ff'));
    },
  });
  assert.deepEqual(everywhere.mismatches, []);
});

test('a config too many is found, be it a new resource or a version', options, async (t) => {
  const again = (change: (line: string) => string, isMeant = isFirstPort): Changes => ({
    events: (lines) => {
      const place = lines.findIndex((line) => isMeant(objectOf(JSON.parse(line))));
      return lines.toSpliced(place + 1, 0, change(lines[place] ?? ''));
    },
  });
  const id = 'abcdabcd-0000-4000-8000-abcdabcdabcd';
  const resource = await changed(
    t,
    again((line) =>
      line.replaceAll(/ports\/[0-9a-f-]{36}/g, `ports/${id}`).replaceAll(/"id":"[0-9a-f-]{36}"/g, `"id":"${id}"`),
    ),
  );
  assert.deepEqual(shortly(resource.mismatches), [['/config/v2.0/ports, version 1', true, ['']]]);
  const version = await changed(
    t,
    again((line) => line.replace('"version":2', '"version":3'), isVersion('vpn_gateways', 2)),
  );
  assert.deepEqual(shortly(version.mismatches), [['/config/v2.0/vpn_gateways, version 3', true, ['']]]);
});

for (const [what, isMeant, subject] of [
  ['a child', isDhcpPort, '/config/v2.0/ports, version 1'],
  ['a bump', isVersion('vpn_gateways', 2), '/config/v2.0/vpn_gateways, version 2'],
] as const) {
  test(
    `${what} that was not recorded is found; a run that may lack it proves that it was there`,
    options,
    async (t) => {
      const events = (lines: readonly string[]): readonly string[] =>
        lines.filter((line) => !isMeant(objectOf(JSON.parse(line))));
      const missing = await changed(t, { events });
      assert.deepEqual(shortly(missing.mismatches), [[subject, false, ['']]]);
      const lossy = await changed(t, { events, run: { lossless: false } });
      assert.deepEqual(lossy.mismatches, []);
      assert.deepEqual(shortly(lossy.excused), [[subject, false, ['']]]);
      assert.match(lossy.excused[0]?.excuse ?? '', /is in no event/);
    },
  );
}

test('a change that nothing else speaks of has no excuse', options, async (t) => {
  const { mismatches, excused } = await changed(t, {
    run: { lossless: false },
    events: (lines) => lines.filter((line) => !line.includes('/v2.0/quotas/default')),
  });
  assert.deepEqual([shortly(mismatches), excused], [[['/config/v2.0/quotas/default, version 1', false, ['']]], []]);
});

test('the order of what one request writes is compared', options, async (t) => {
  const { mismatches } = await changed(t, {
    events: (lines) => {
      const [subnet, port] = [isVersion('subnets', 1), isDhcpPort].map((isMeant) =>
        lines.findIndex((line) => isMeant(objectOf(JSON.parse(line)))),
      );
      assert.ok(subnet !== undefined && port === subnet + 1);
      return lines.toSpliced(subnet, 2, lines[port] ?? '', lines[subnet] ?? '');
    },
  });
  assert.deepEqual(
    mismatches.map(({ family, file, subject }) => [family, file, subject]),
    [['order', 'requests.jsonl', 'the order of 2 writes under /config']],
  );
});

test('a report that means nothing to this system is found', options, async (t) => {
  const isState = ({ key }: JsonObject): boolean => String(key).startsWith('/state/v2.0/static_routes/');
  const { mismatches } = await changed(t, {
    events: (lines) => {
      const place = lines.findIndex((line) => isState(objectOf(JSON.parse(line))));
      return [...lines, (lines[place] ?? '').replace('"version":1', '"version":7')];
    },
  });
  assert.deepEqual(
    mismatches.map(({ family, differences }) => [family, differences]),
    [['reports', [{ pointer: '', recorded: 'taken', planned: 'refused' }]]],
  );
});

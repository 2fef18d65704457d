import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { createDiagram, type DiagramOptions } from '../../src/cli/timeline/diagram.ts';
import { entryOf } from '../../src/cli/timeline/entries.ts';
import { describeKey, describeValue } from '../../src/cli/timeline/key-text.ts';
import type { Json } from '../../src/kernel/json.ts';

const resource = { url: '/v2.0/ha_routers', id: '8c23' };
const job = 'create:monitoring_worker:ha_router:8c23:1:6vfw0';
const options: DiagramOptions = { resource, writers: ['worker', 'sync', 'controller'], width: 100, colour: false };

const recorded: readonly Json[] = [
  entry('00.000000', 18, 'sync', 'create', '/config/v2.0/ha_routers/8c23', '{"body":"{}","version":1}'),
  entry('00.008712', 19, 'controller', 'create', `/jobs/all/${job}`, '["monitoring_worker",{},0]'),
  entry('00.008712', 19, 'controller', 'create', `/jobs/waiting/${job}`, 'monitoring_worker'),
  entry(
    '00.299600',
    29,
    'worker',
    'create',
    '/state/v2.0/ha_routers/8c23',
    '{"error":"","state":{"state_monitoring":"{\\"primary\\": \\"ACTIVE\\"}"},"version":1}',
  ),
  entry('00.299600', 29, 'worker', 'delete', `/jobs/working/${job}`, ''),
  entry('12.299600', 30, 'lease', 'expire', `/jobs/all/${job}`, ''),
];

function entry(second: string, revision: number, writer: string, action: string, key: string, value: string): Json {
  return { time: `2026-01-01T00:00:${second}Z`, revision, writer, action, key, value };
}

describe('the diagram', () => {
  it('has a lifeline per writer, an arrow per transaction, and the time of each step', () => {
    const lines = createDiagram(options).add(recorded.slice(0, 5).map(entryOf));
    assert.deepEqual(lines, [
      '      time      step    rev  sync  controller  worker    store',
      '    0.0 ms               18  ●─────┼───────────┼───────▶ create /config  version 1',
      '    8.7 ms    8.7 ms     19  │     ●───────────┼───────▶ create /jobs/all monitoring_worker',
      '                             │     │           │         create /jobs/waiting monitoring_worker',
      '  299.6 ms  290.9 ms     29  │     │           ●───────▶ create /state  state_monitoring={"primary"…',
      '                             │     │           │         delete /jobs/working monitoring_worker',
    ]);
  });

  it('grows, and gives a column to a writer that nobody expected', () => {
    const diagram = createDiagram(options);
    diagram.add(recorded.slice(0, 5).map(entryOf));
    assert.deepEqual(diagram.add(recorded.slice(5).map(entryOf)), [
      '      time      step    rev  sync  controller  worker  lease    store',
      '    12.3 s    12.0 s     30  │     │           │       ●──────▶ expire /jobs/all monitoring_worker',
    ]);
  });

  it('keeps to the width of the terminal', () => {
    for (const width of [70, 80, 100, 200]) {
      const lines = createDiagram({ ...options, width }).add(recorded.map(entryOf));
      for (const line of lines) assert.ok(line.length <= width, `${width}: ${line}`);
    }
  });

  it('is the same with colours', () => {
    const plain = createDiagram(options).add(recorded.map(entryOf));
    const coloured = createDiagram({ ...options, colour: true }).add(recorded.map(entryOf));
    assert.notDeepEqual(coloured, plain);
    assert.deepEqual(coloured.map(stripVTControlCharacters), plain);
  });

  it('lets no value reach the terminal as a command', () => {
    const evil = entry('00.0', 1, 'sync\u001b[2J', 'create', '/x\u001b[2J', '{"error":"\\u001b[2J"}');
    const lines = createDiagram(options).add([entryOf(evil)]);
    assert.ok(!lines.join('').includes('\u001b'), lines.join('\n'));
  });
});

describe('what a line says', () => {
  it('of a key is what differs', () => {
    assert.equal(describeKey('/esi-worker/config/v2.0/ha_routers/8c23', resource), '/esi-worker/config');
    assert.equal(describeKey(`/jobs/ready/${job}`, resource), '/jobs/ready monitoring_worker');
    assert.equal(describeKey('/config/v2.0/edge_routers/1', resource), '/config/v2.0/edge_routers/1');
    assert.equal(describeKey('/jobs/odd', resource), '/jobs/odd');
  });

  it('of a value is the error, the version or the state', () => {
    assert.equal(describeValue('{"error":"no answer","state":{},"version":1}'), 'error: no answer');
    assert.equal(describeValue('{"body":{},"version":3}'), 'version 3');
    assert.equal(describeValue('{"error":"","state":{"a":1},"version":1}'), 'a=1');
    assert.equal(describeValue('{"a":{"b":[1]}}'), 'a={"b":[1]}');
    assert.equal(describeValue('["monitoring_worker",{},0]'), '');
    assert.equal(describeValue('monitoring_worker'), '');
  });

  it('of time has microseconds', () => {
    const { timeMs } = entryOf(entry('01.853640', 1, 'sync', 'create', '/x', ''));
    assert.equal(timeMs.toFixed(3), `${Date.UTC(2026, 0, 1, 0, 0, 1) + 853}.640`);
    assert.throws(() => entryOf({ time: 'yesterday', revision: 1, writer: '', action: '', key: '', value: '' }));
  });
});

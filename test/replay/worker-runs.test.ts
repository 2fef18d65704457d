import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Json, type JsonObject, parseJson } from '../../src/kernel/json.ts';
import type { RecordedEvent } from '../../src/replay/recorded-event.ts';
import type { Comparison, ReplayReport } from '../../src/replay/replay-report.ts';
import type { RecordedRun } from '../../src/replay/run-folder.ts';
import { readWorkerRun, replayWorker } from '../../src/replay/worker/worker-replay.ts';
import { objectOf, skipWithoutTraces, traces } from '../schema/recordings.ts';
import { type Changes, changeLine, copyOf, withPart } from './run-copies.ts';

/** matched = recorded, of each family in this order; null: the run doesn't hold it. */
const families = ['jobs', 'heat_calls', 'heat_stacks', 'job_state', 'state', 'job_results'] as const;
const runs = [
  ['2017_vpn_gateway', [16, 16, 16, 31, 2, null]],
  ['2018_vpn_gateway', [22, 22, 22, 66, 22, 22]],
  ['2019_logical_network', [7, 7, 7, 21, 7, 7]],
  ['2019_firewall', [30, 30, 30, 90, 30, 30]],
] as const;

const options = { skip: skipWithoutTraces };

for (const [name, counts] of runs) {
  test(`${name}: the worker does what was recorded`, options, async () => {
    assertWhole(await replayWorker(await readWorkerRun(join(traces, name))), counts);
  });

  test(`${name}: without the log of Heat, or without that of the worker, the rest matches`, options, async (t) => {
    const none = () => null;
    const [jobs, calls, stacks, jobStates, states, results] = counts;
    const without = (changes: Changes) => replayed(t, name, changes);
    assertWhole(await without({ heatCalls: none }), [jobs, null, stacks, jobStates, states, results]);
    assertWhole(await without({ worker: none }), [jobs, calls, stacks, jobStates, states, null]);
    assertWhole(await without({ heatCalls: none, worker: none }), [jobs, null, stacks, jobStates, states, null]);
  });
}

function assertWhole(report: ReplayReport, counts: readonly (number | null)[]): void {
  assert.deepEqual(report.mismatches, []);
  assert.deepEqual(report.excused, []);
  assert.deepEqual(
    report.families.map(({ family, isRecorded, matched, recorded }) => [
      family,
      isRecorded ? matched : null,
      isRecorded ? recorded : null,
    ]),
    families.map((family, i) => [family, counts[i], counts[i]]),
  );
}

async function replayed(t: TestContext, name: string, changes: Changes): Promise<ReplayReport> {
  return await replayWorker(await readWorkerRun(copyOf(t, name, changes)));
}

/** The one mismatch of a report. */
function theMismatch({ mismatches, excused }: ReplayReport): Comparison {
  const [found] = mismatches;
  assert.equal(mismatches.length, 1, JSON.stringify(mismatches));
  assert.deepEqual(excused, []);
  assert.ok(found !== undefined);
  return found;
}

/** A lie about a call: which one, what part of its line, and what it is then. */
interface Lie {
  readonly run: string;
  readonly isMeant: (line: JsonObject) => boolean;
  readonly path: readonly string[];
  readonly change: (part: Json) => Json;
  readonly pointer: RegExp;
}

const another = (part: Json): Json => (typeof part === 'number' ? part + 1 : `${part} `);
const isPost = ({ method }: JsonObject): boolean => method === 'POST';
const isPut = (status: number | null) => (line: JsonObject) => line.method === 'PUT' && line.status === status;
const isOf = (type: string) => (line: JsonObject) => isPost(line) && String(line.stack_name).startsWith(`${type}_`);
const inTemplate = (part: Json): Json => String(part).replace('Virtual', 'virtual');

const lies: readonly (readonly [string, Lie])[] = [
  [
    'a character of a template',
    {
      run: '2019_firewall',
      isMeant: isOf('port'),
      path: ['body', 'template'],
      change: inTemplate,
      pointer: /^\/template\/4$/,
    },
  ],
  [
    'a character of a template in the second half of an update',
    {
      run: '2018_vpn_gateway',
      isMeant: isPut(202),
      path: ['body', 'template'],
      change: (part) => `${part}#`,
      pointer: /^\/template\/\d+$/,
    },
  ],
  [
    'a parameter',
    {
      run: '2017_vpn_gateway',
      isMeant: isOf('port'),
      path: ['body', 'parameters', 'name'],
      change: another,
      pointer: /^\/parameters\/name$/,
    },
  ],
  [
    'a parameter of an update by name',
    {
      run: '2018_vpn_gateway',
      isMeant: isPut(302),
      path: ['body', 'parameters', 'vrf_name'],
      change: another,
      pointer: /^\/parameters\/vrf_name$/,
    },
  ],
  [
    'a parameter more',
    {
      run: '2019_firewall',
      isMeant: isPut(null),
      path: ['body', 'parameters', 'more'],
      change: () => 1,
      pointer: /^\/parameters\/more$/,
    },
  ],
  [
    'a masked parameter that is no text at all',
    {
      run: '2019_firewall',
      isMeant: isPost,
      path: ['body', 'parameters', 'more'],
      change: () => '***',
      pointer: /^\/parameters\/more$/,
    },
  ],
  [
    'a time-out',
    {
      run: '2019_firewall',
      isMeant: isPost,
      path: ['body', 'timeout_mins'],
      change: another,
      pointer: /^\/timeout_mins$/,
    },
  ],
  [
    'the project',
    {
      run: '2018_vpn_gateway',
      isMeant: isPost,
      path: ['path'],
      change: () => '/v1/other/stacks',
      pointer: /^\/project$/,
    },
  ],
];

for (const [what, { run, isMeant, path, change, pointer }] of lies) {
  test(`${what} that was recorded otherwise is a mismatch, named with its line`, options, async (t) => {
    let number = 0;
    const heatCalls = (lines: readonly string[]) => {
      const changed = changeLine(lines, isMeant, (line) => objectOf(withPart(line, path, change)));
      number = changed.number;
      return changed.lines;
    };
    const { family, index, file, differences } = theMismatch(await replayed(t, run, { heatCalls }));
    assert.deepEqual([family, file, index], ['heat_calls', 'heat_calls.jsonl', number]);
    assert.equal(differences.length, 1);
    assert.match(differences[0]?.pointer ?? '', pointer);
  });
}

test('the time that a stack was seen to have is compared where the call does not tell it', options, async (t) => {
  const heatCalls = (lines: readonly string[]) =>
    lines.map((line) =>
      line.includes('"port_33907bcb') ? line.replaceAll('"timeout_mins":10', '"timeout_mins":11') : line,
    );
  const report = await replayed(t, '2017_vpn_gateway', { heatCalls });
  assert.deepEqual(
    report.mismatches.map(({ family, differences }) => [family, differences]),
    [1, 2].map(() => ['heat_calls', [{ pointer: '/timeout_mins', recorded: 11, planned: 10 }]]),
  );
});

test('calls of a stack in another order are mismatches', options, async (t) => {
  const heatCalls = (lines: readonly string[]) => {
    const [post = 0, put = 0] = ['POST', 'PUT'].map((method) =>
      lines.findIndex((line) => {
        const { method: own, stack_name: stack } = objectOf(parseJson(line));
        return own === method && stack === 'firewall_interface_1fbbd8eb-0e12-4178-96e8-7454faed5f82';
      }),
    );
    return lines.with(post, lines[put] ?? '').with(put, lines[post] ?? '');
  };
  const { mismatches } = await replayed(t, '2019_firewall', { heatCalls });
  const calls = mismatches.filter(({ family }) => family === 'heat_calls');
  assert.deepEqual(
    calls.map(({ differences }) => differences.map(({ pointer }) => pointer)),
    [['/kind'], ['/kind']],
  );
});

test('a call that is not recorded, and one that nobody makes, are mismatches', options, async (t) => {
  const isDelete = (line: string) => line.includes('"method":"DELETE"');
  const lost = (lines: readonly string[]) => lines.filter((line) => !isDelete(line));
  const { subject, recorded } = theMismatch(await replayed(t, '2019_firewall', { heatCalls: lost }));
  assert.deepEqual([subject.startsWith('DELETE port_160234ca'), recorded], [true, false]);
  const more = (lines: readonly string[]) => lines.flatMap((line) => (isDelete(line) ? [line, line] : [line]));
  const mismatch = theMismatch(await replayed(t, '2019_firewall', { heatCalls: more }));
  assert.deepEqual([mismatch.file, mismatch.recorded], ['heat_calls.jsonl', true]);
});

const writes: readonly (readonly [string, string, string, (value: string) => string, RegExp])[] = [
  [
    'an output',
    '2019_firewall',
    'heat_stacks',
    (v) => v.replace('"output_value":"', '"output_value":"another '),
    /^\/output/,
  ],
  [
    'a status',
    '2018_vpn_gateway',
    'heat_stacks',
    (v) => v.replace('UPDATE_COMPLETE', 'UPDATE_FAILED'),
    /^\/stack_status$/,
  ],
  [
    'a reason',
    '2017_vpn_gateway',
    'heat_stacks',
    (v) => v.replace('completed successfully', 'completed'),
    /^\/status_reason$/,
  ],
  ['a tenant', '2018_vpn_gateway', 'heat_stacks', (v) => v.replace('"tenant_id":"', '"tenant_id":"x'), /^\/tenant_id$/],
  [
    'a handed-on output',
    '2018_vpn_gateway',
    'job_state',
    (v) => v.replace('"output_value":"', '"output_value":"another '),
    /^\/heat_outputs/,
  ],
  ['what a workflow begins with', '2019_firewall', 'job_state', (v) => v.replace(/^\{\}$/, '{"more":1}'), /.*/],
  [
    'an output in a state',
    '2019_logical_network',
    'state',
    (v) => v.replace(/output_value\\": ?\\"/, '$&another '),
    /^\/state\/heat_outputs/,
  ],
  [
    'how a job is told to have ended',
    '2018_vpn_gateway',
    'state',
    (v) => v.replace('MODIFY_COMPLETED', 'CREATE_COMPLETED'),
    /^\/state\/worker_state$/,
  ],
  [
    'an error',
    '2019_firewall',
    'state',
    (v) => v.replace('"error":""', '"error":"no"').replace('"READ', ''),
    /^\/error$/,
  ],
];

for (const [what, name, family, lie, pointer] of writes) {
  test(`${what} in ${family} that was recorded otherwise is a mismatch, named with its event`, options, async () => {
    const recorded = await readWorkerRun(join(traces, name));
    const [run, event] = changed(recorded.run, `/${family}/`, lie);
    const { mismatches } = await replayWorker({ ...recorded, run });
    const found = mismatches.find(({ index }) => index === event.index);
    assert.equal(found?.family, family, JSON.stringify(mismatches));
    assert.match(found?.differences[0]?.pointer ?? '', pointer);
  });
}

/** The run with one event of a family that a worker's job wrote changed. */
function changed(run: RecordedRun, part: string, change: (value: string) => string): [RecordedRun, RecordedEvent] {
  const compact = (value: string): string => JSON.stringify(parseJson(value) ?? null);
  const place = run.events.findIndex(({ kind, key, value }) => {
    const isRead = value.includes('READ_COMPLETE');
    return kind === 'put' && !isRead && key.includes(part) && change(compact(value)) !== compact(value);
  });
  const event = run.events[place];
  assert.ok(event, part);
  return [{ ...run, events: run.events.with(place, { ...event, value: change(compact(event.value)) }) }, event];
}

test('a result in the log of the worker that differs is a mismatch, named with its line', options, async (t) => {
  let number = 0;
  const worker = (lines: readonly string[]) => {
    const isMeant = ({ event, action }: JsonObject) => event === 'job_results' && action === 'modify';
    const path = ['results', 'orchestration_state'];
    const change = changeLine(lines, isMeant, (line) => objectOf(withPart(line, path, () => 'CREATE_COMPLETE')));
    number = change.number;
    return change.lines;
  };
  const { family, file, index } = theMismatch(await replayed(t, '2018_vpn_gateway', { worker }));
  assert.deepEqual([family, file, index], ['job_results', 'worker.jsonl', number]);
});

test('what is masked in a call matches any text', options, async (t) => {
  const heatCalls = (lines: readonly string[]) => {
    const named = changeLine(lines, isOf('port'), (line) =>
      objectOf(withPart(line, ['body', 'parameters', 'name'], () => '***')),
    );
    const isNetwork = isOf('network');
    return changeLine(named.lines, isNetwork, (line) => {
      return objectOf(
        withPart(line, ['body', 'template'], (text) => String(text).replace('Virtual Network', '*** N***')),
      );
    }).lines;
  };
  const report = await replayed(t, '2019_firewall', { heatCalls });
  assert.deepEqual(report.mismatches, []);
});

test('a secret equals any text, and none is shown', options, async (t) => {
  const password = 'primary_device_password';
  const lying = (value: Json) => (lines: readonly string[]) =>
    changeLine(lines, isOf('vpn_gateway'), (line) =>
      objectOf(withPart(line, ['body', 'parameters', password], () => value)),
    ).lines;
  assert.deepEqual((await replayed(t, '2018_vpn_gateway', { heatCalls: lying('another') })).mismatches, []);
  const found = theMismatch(await replayed(t, '2018_vpn_gateway', { heatCalls: lying(['hush']) }));
  assert.deepEqual(found.differences, [{ pointer: `/parameters/${password}`, recorded: '***', planned: '***' }]);
});

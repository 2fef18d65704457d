import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { isJsonObject, type Json, type JsonObject, parseJson } from '../../src/kernel/json.ts';
import { replayController } from '../../src/replay/controller/controller-replay.ts';
import type { RecordedEvent } from '../../src/replay/recorded-event.ts';
import type { ReplayReport } from '../../src/replay/replay-report.ts';
import { type RecordedRun, readRunFolder } from '../../src/replay/run-folder.ts';
import { shippedHandlers } from '../../src/worker/index.ts';
import { skipWithoutTraces, traces } from '../schema/recordings.ts';
import { apart, lossyRuns, lossyStore, repeated } from './lossy-runs.ts';

/** matched = recorded, of jobs, READ_COMPLETE and processed configs; null: the run doesn't hold them. */
const runs = [
  ['2017_vpn_gateway', [42, 6, 31]],
  ['2018_vpn_gateway', [22, 9, null]],
  ['2019_logical_network', [7, 5, 12]],
  ['2019_firewall', [30, 13, 44]],
] as const;

const options = { skip: skipWithoutTraces };

for (const [name, counts] of runs) {
  test(`${name} is replayed as it was recorded`, options, async () => {
    const report = await replayController(await readRunFolder(join(traces, name)), shippedHandlers);
    assert.deepEqual(report.mismatches, []);
    assert.deepEqual(report.excused, []);
    assert.deepEqual(
      report.families.map(({ isRecorded, matched }) => (isRecorded ? matched : null)),
      counts,
    );
    for (const { matched, recorded } of report.families) assert.equal(matched, recorded);
  });
}

const lossy: readonly (readonly [string, (run: RecordedRun, seed: number) => RecordedRun])[] = [
  ['configs are missing', lossyRuns(0.05, /^\/config\/(?!v2.0\/heat_templates)/)],
  ['many configs are missing', lossyRuns(0.25, /^\/config\/(?!v2.0\/heat_templates)/)],
  ['templates are missing', lossyRuns(0.1, /^\/config\/v2.0\/heat_templates/)],
  ['anything is missing', lossyRuns(0.2, /./)],
  ['anything is missing, of all families', lossyStore],
  ['the pollers are apart', apart],
  ['events are told twice', repeated],
];

for (const [what, change] of lossy) {
  test(`where ${what}, every miss is excused, and something matches`, options, async () => {
    for (const [name] of runs) {
      const run = await readRunFolder(join(traces, name));
      for (let seed = 1; seed <= 12; seed++) {
        const report = await replayController(change(run, seed), shippedHandlers);
        assert.deepEqual(report.mismatches, [], `${name}, seed ${seed}`);
        assert.ok(matchedOf(report) > 0);
      }
    }
  });
}

test('what is missing in a lossless run is no excuse', options, async () => {
  const run = await readRunFolder(join(traces, '2019_firewall'));
  const place = run.events.findIndex(({ key }) => key.startsWith('/config/v2.0/subnets/'));
  const events = run.events.filter((_, i) => i !== place);
  const { mismatches, excused } = await replayController({ ...run, events }, shippedHandlers);
  assert.ok(mismatches.length > 0);
  assert.deepEqual(excused, []);
});

/** The run with the value of one event changed: the first that `matches` and that `change` changes. */
function changed(run: RecordedRun, matches: RegExp, change: (value: string) => string): [RecordedRun, RecordedEvent] {
  const place = run.events.findIndex(({ key, value }) => matches.test(key) && change(value) !== value);
  const event = run.events[place];
  assert.ok(event, `${matches}`);
  const events = run.events.with(place, { ...event, value: change(event.value) });
  return [{ ...run, events }, event];
}

/** A change of a recorded job that has params and waits for nothing. */
function inJob(change: (job: JsonObject) => JsonObject): (value: string) => string {
  return (value) => {
    const queued = parseJson(value);
    const [handler = null, job, attempt = null] = Array.isArray(queued) ? queued : [];
    if (!isJsonObject(job) || !Array.isArray(job.params) || !job.params.some(isResourceful)) return value;
    return JSON.stringify([handler, change(job), attempt]);
  };
}

function isResourceful(param: unknown): param is JsonObject {
  return isJsonObject(param) && Array.isArray(param.resources) && param.resources.length > 0;
}

function inParam(change: (param: JsonObject) => JsonObject): (value: string) => string {
  return inJob((job) => {
    const params: readonly Json[] = Array.isArray(job.params) ? job.params : [];
    const place = params.findIndex(isResourceful);
    return { ...job, params: params.map((param, i) => (i === place && isJsonObject(param) ? change(param) : param)) };
  });
}

function withResource(param: JsonObject): JsonObject {
  const resources: readonly Json[] = Array.isArray(param.resources) ? param.resources : [];
  return { ...param, resources: [...resources, { resource_type: 'network', resource_id: 'nowhere' }] };
}

function twice(params: Json | undefined): Json {
  return Array.isArray(params) ? [...params, ...params.slice(0, 1)] : null;
}

const JOB = /^\/jobs\/all\//;
/** Of a job that is recorded, and has left. */
const ANOTHER_JOB = 'create:heat_worker:network:3ad67159-9f73-404a-94da-582bda1641fb:1:abcde';

const lies: readonly (readonly [string, RegExp, (value: string) => string, RegExp])[] = [
  ['a value', JOB, inParam((param) => ({ ...param, value: 'another' })), /^\/params\/\w+\/value/],
  ['a resource', JOB, inParam((param) => ({ ...param, resources: [] })), /^\/params\/\w+\/resources$/],
  ['a kind of value', JOB, inParam((param) => ({ ...param, type: 'list' })), /^\/params\/\w+\/type$/],
  ['a place in the workflow', JOB, inJob((job) => ({ ...job, is_last: false })), /^\/is_last$/],
  ['what to do on failure', JOB, inJob((job) => ({ ...job, on_failure: 'ignore' })), /^\/on_failure$/],
  ['a resource that is nowhere', JOB, inParam(withResource), /^\/params\/\w+\/resources/],
  ['a parameter told twice', JOB, inJob((job) => ({ ...job, params: twice(job.params) })), /^\/params\/\d+$/],
  ['a fourteenth field', JOB, inJob((job) => ({ ...job, more: 1 })), /^\/more$/],
  ['the input', JOB, inJob((job) => ({ ...job, resource_input: {} })), /^\/resource_input\//],
  ['a dependency', JOB, inJob((job) => ({ ...job, dependency: [ANOTHER_JOB] })), /^\/dependency$/],
  ['a READ_COMPLETE', /^\/state\//, (v) => v.replace('"READ_COMPLETE"', '"READ_COMPLETE","more":1'), /^\/state\/more$/],
  [
    'a processed config',
    /^\/esi-worker\/config\//,
    (v) => v.replace('"deleted":false', '"deleted":true'),
    /^\/deleted$/,
  ],
];

for (const [what, key, lie, pointer] of lies) {
  test(`${what} that was recorded otherwise is a mismatch, named with its event`, options, async () => {
    for (const lossless of what === 'a dependency' ? [true] : [true, false]) {
      const [run, event] = changed(await readRunFolder(join(traces, '2019_firewall')), key, lie);
      const { mismatches } = await replayController({ ...run, lossless }, shippedHandlers);
      assert.equal(mismatches.length, 1, JSON.stringify(mismatches));
      assert.equal(mismatches[0]?.index, event.index);
      for (const difference of mismatches[0]?.differences ?? []) assert.match(difference.pointer, pointer);
    }
  });
}

for (const [what, lie] of [
  ['names another handler than its key', inJob((job) => ({ ...job, handler: 'another' }))],
  ['lacks a field', inJob(({ on_failure: _, ...job }) => job)],
] as const) {
  test(`a recorded job that ${what} is no lost event`, options, async () => {
    const [run] = changed(await readRunFolder(join(traces, '2019_firewall')), JOB, lie);
    const { mismatches } = await replayController({ ...run, lossless: false }, shippedHandlers);
    assert.ok(mismatches.some(({ family }) => family === 'jobs'));
  });
}

test('a secret equals any text, and none is shown', options, async () => {
  const run = await readRunFolder(join(traces, '2017_vpn_gateway'));
  const [other] = changed(run, /^\/jobs\/all\/.*edge_router/, (value) =>
    value.replaceAll(/("password":)"[^"]*"/g, '$1"another"'),
  );
  assert.deepEqual((await replayController(other, shippedHandlers)).mismatches, []);
  const [none] = changed(run, /^\/jobs\/all\/.*edge_router/, (value) =>
    value.replaceAll(/("password":)"([^"]*)"/g, '$1["$2"]'),
  );
  const secret = secretOf(run);
  const { mismatches } = await replayController(none, shippedHandlers);
  assert.equal(mismatches.length, 1);
  assert.ok(!JSON.stringify(mismatches).includes(secret));
});

test('a part of a secret is none that is shown', options, async () => {
  const run = await readRunFolder(join(traces, '2019_firewall'));
  const credentials = /("credentials":)\{[^}]*\}/;
  const [texts] = changed(run, /^\/esi-worker\/config\/.*vnf_template/, (value) =>
    value.replace(credentials, '$1{"password":"hush","username":"hush"}'),
  );
  assert.deepEqual((await replayController(texts, shippedHandlers)).mismatches, []);
  const [shapes] = changed(run, /^\/esi-worker\/config\/.*vnf_template/, (value) =>
    value.replace(credentials, '$1{"password":["hush"],"username":7654321}'),
  );
  const { mismatches } = await replayController(shapes, shippedHandlers);
  assert.equal(mismatches.length, 1);
  assert.doesNotMatch(JSON.stringify(mismatches), /hush|7654321|vfwadmin/);
});

test('what a parameter holds that was not planned is not shown', options, async () => {
  const run = await readRunFolder(join(traces, '2017_vpn_gateway'));
  const more = [{ param: 'password', type: 'value', value: 'hush', resources: [] }];
  const [surplus] = changed(
    run,
    JOB,
    inJob((job) => ({ ...job, params: [...(Array.isArray(job.params) ? job.params : []), ...more, ...more] })),
  );
  const { mismatches } = await replayController(surplus, shippedHandlers);
  assert.equal(mismatches.length, 1);
  assert.doesNotMatch(JSON.stringify(mismatches), /hush/);
});

function secretOf(run: RecordedRun): string {
  const event = run.events.find(({ key }) => key.startsWith('/config/v2.0/edge_routers/'));
  const config = parseJson(event?.value ?? '');
  const body = isJsonObject(config) && typeof config.body === 'string' ? parseJson(config.body) : null;
  const password = isJsonObject(body) ? body.password : null;
  assert.ok(typeof password === 'string' && password.length > 3);
  return password;
}

function matchedOf({ families }: ReplayReport): number {
  return families.reduce((sum, { matched }) => sum + matched, 0);
}

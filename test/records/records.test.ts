import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { limits } from '../../src/kernel/limits.ts';
import {
  decodeConfig,
  decodeProcessed,
  encodeConfig,
  encodeProcessed,
  sameBody,
} from '../../src/records/config-record.ts';
import { decodeHandler, encodeHandler } from '../../src/records/handler-record.ts';
import {
  decodeFinished,
  decodeJob,
  encodeFinished,
  encodeJob,
  type Job,
  newJobId,
  parseJobId,
} from '../../src/records/job.ts';
import { families, jobKey, parseJobKey, parseResourceKey, resourceKey } from '../../src/records/keys.ts';
import {
  completedState,
  decodeMonitoring,
  decodeState,
  encodeState,
  failedState,
  readComplete,
} from '../../src/records/state-record.ts';

const job: Job = {
  id: 'create:monitoring_worker:ha_router:h1:1:w4ig8',
  action: 'create',
  handler: 'monitoring_worker',
  resource_type: 'ha_router',
  resource_id: 'h1',
  version: 1,
  job_name: 'ha_router:h1:1',
  is_first: true,
  is_last: true,
  on_failure: 'fail',
  dependency: [],
  params: [{ param: 'a', type: 'value', value: 1, resources: [{ resource_type: 't', resource_id: 'i' }] }],
  resource_input: { id: 'h1' },
};

test('keys of every family are taken apart as they were put together', () => {
  for (const family of Object.keys(families) as (keyof typeof families)[]) {
    const key = resourceKey(family, '/v2.0/ha_routers', 'h1');
    assert.deepEqual(parseResourceKey(key), { family, url: '/v2.0/ha_routers', id: 'h1' });
  }
  assert.equal(resourceKey('processed', '/v2.0/ports', 'p'), '/esi-worker/config/v2.0/ports/p');
  for (const key of ['', '/', '/config', '/config/', '/config/x', '/other/v2.0/x/y', '/config/v2.0/x/']) {
    assert.equal(parseResourceKey(key), null, key);
  }
  assert.deepEqual(parseJobKey(jobKey('ready', job.id)), { queue: 'ready', jobId: job.id });
  for (const key of ['/jobs/ready', '/jobs/other/x', '/jobs/ready/a/b', 'jobs/ready/a', '/x/jobs/ready/a']) {
    assert.equal(parseJobKey(key), null, key);
  }
});

test('a config holds its body as text, a processed one as an object', () => {
  const value = encodeConfig('{"a":1}', 3, true);
  assert.equal(value, '{"body":"{\\"a\\":1}","marked_for_deletion":true,"version":3}');
  assert.deepEqual(decodeConfig(value), { body: { a: 1 }, version: 3, markedForDeletion: true });
  const processed = encodeProcessed({ body: { a: 1 }, version: 3, deleted: false });
  assert.equal(processed, '{"body":{"a":1},"deleted":false,"version":3}');
  assert.deepEqual(decodeProcessed(processed), { body: { a: 1 }, version: 3, deleted: false });
});

test('bodies are the same where they differ by nulls alone', () => {
  assert.ok(sameBody({ a: 1, b: null }, { a: 1 }));
  assert.ok(sameBody({}, { a: null }));
  assert.ok(!sameBody({ a: 1 }, { a: 2 }));
  assert.ok(!sameBody({ a: { b: null } }, { a: {} }));
  assert.ok(!sameBody({}, { toString: 'x' }));
});

test('a job is read as it was written', () => {
  assert.deepEqual(decodeJob(encodeJob({ job, attempt: 2 })), { job, attempt: 2 });
  assert.deepEqual(JSON.parse(encodeJob({ job, attempt: 0 })), ['monitoring_worker', job, 0]);
  assert.deepEqual(JSON.parse(encodeJob({ job, attempt: 3, failures: 2 })), ['monitoring_worker', job, 3, 2]);
  assert.deepEqual(decodeJob(encodeJob({ job, attempt: 3, failures: 2 })), { job, attempt: 3, failures: 2 });
  assert.deepEqual(decodeJob(encodeJob({ job, attempt: 3, failures: 9 })), { job, attempt: 3, failures: 3 });
  assert.deepEqual(parseJobId(job.id), { handler: 'monitoring_worker', type: 'ha_router', resourceId: 'h1' });
  assert.match(
    newJobId(job, (below) => below - 1),
    /^create:monitoring_worker:ha_router:h1:1:9{5}$/,
  );
});

test('what somebody else wrote is never taken for a job', () => {
  const wrong: Record<string, unknown>[] = [
    { params: [null] },
    { params: [{ param: 'a', type: 'value', value: 1 }] },
    { params: [{ param: 'a', type: 'value', value: 1, resources: [7] }] },
    { params: [{ param: 'a', type: 'else', value: 1, resources: [] }] },
    { dependency: [1] },
    { dependency: 'x' },
    { version: 2 },
    { resource_id: 'h2' },
    { job_name: 'ha_router:h2:1' },
    { handler: 'heat_worker' },
    { action: 'destroy' },
    { on_failure: 'retry' },
    { resource_input: [] },
    { id: 'create:monitoring_worker:ha_router:h1:1:a:b' },
    { resource_id: { toString: 1 } },
    { version: { toString: 1 } },
  ];
  for (const change of wrong) {
    assert.equal(
      decodeJob(JSON.stringify([change.handler ?? job.handler, { ...job, ...change }, 0])),
      null,
      JSON.stringify(change),
    );
  }
  assert.equal(decodeJob(JSON.stringify(['heat_worker', job, 0])), null);
});

test('no value makes a decoder throw', () => {
  const decoders = [
    decodeConfig,
    decodeProcessed,
    decodeJob,
    decodeState,
    decodeMonitoring,
    decodeHandler,
    decodeFinished,
  ];
  const values = fc.oneof(
    fc.string(),
    fc.json(),
    fc.json().map((json) => `[null,${json},0]`),
  );
  fc.assert(
    fc.property(values, (value) => {
      for (const decode of decoders) decode(value);
    }),
    { numRuns: 2_000 },
  );
  fc.assert(
    fc.property(fc.string(), (key) => {
      parseJobKey(key);
      parseResourceKey(key);
      parseJobId(key);
    }),
  );
});

test('states are as recorded: members as JSON text, what the last job was', () => {
  const state = completedState('create', 1, {
    state_monitoring: { primary: 'ACTIVE', secondary: 'ACTIVE' },
    orchestration_state: 'CREATE_COMPLETE',
    heat_outputs: [],
  });
  assert.deepEqual(state, {
    error: '',
    state: {
      state_monitoring: '{"primary": "ACTIVE", "secondary": "ACTIVE"}',
      orchestration_state: 'CREATE_COMPLETE',
      heat_outputs: '[]',
      worker_state: 'CREATE_COMPLETED',
    },
    version: 1,
  });
  assert.deepEqual(completedState('logical_delete', 4, { state_monitoring: {} }).state, {
    state_monitoring: '{}',
    worker_state: 'DELETE_COMPLETED',
  });
  assert.deepEqual(decodeState(encodeState(state)), state);
  assert.equal(encodeState(readComplete(7)), '{"error":"","state":{"worker_state":"READ_COMPLETE"},"version":7}');
  const failed = failedState('modify', 2, 'x'.repeat(limits.stateErrorLength + 1));
  assert.equal(failed.error.length, limits.stateErrorLength);
  assert.equal(failed.state.worker_state, 'MODIFY_ERROR');
  assert.notEqual(failedState('delete', 2, '').error, '');
  assert.deepEqual(decodeMonitoring('{"version":2,"operational_state":"UP"}'), {
    version: 2,
    fields: { operational_state: 'UP' },
  });
  // Whoever wrote it can't be asked to write it otherwise.
  assert.deepEqual(decodeMonitoring('{"version":2,"octets":18446744073709551615}')?.fields, {
    octets: '18446744073709551615',
  });
  assert.deepEqual(decodeState('{"version":2,"error":"","state":{"n":[9007199254740993]}}')?.state, {
    n: ['9007199254740993'],
  });
});

test('K10: a finish is empty where it succeeded, else the errors', () => {
  assert.equal(encodeFinished([]), '');
  assert.deepEqual(decodeFinished(encodeFinished(['a', 'b'])), ['a', 'b']);
  assert.deepEqual(decodeFinished('{'), ['{']);
  assert.deepEqual(decodeFinished('[{"toString":1},null]'), ['{"toString":1}', 'null']);
  assert.deepEqual(decodeHandler(encodeHandler({ handler: 'h', canModify: false })), {
    handler: 'h',
    canModify: false,
  });
});

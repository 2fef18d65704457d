import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ErrorCode, errorCatalogue } from '../../../src/kernel/error-catalogue.ts';
import { kamadoError } from '../../../src/kernel/errors.ts';
import { limits } from '../../../src/kernel/limits.ts';
import { withPrefix } from '../../../src/store/store.ts';
import { fastRuntime } from '../../support/fast-runtime.ts';
import { until } from '../../support/until.ts';
import { heatDesk } from './heat-jobs.ts';
import { outputs, PaperEngine } from './paper-engine.ts';

/** A message, and what to do about it. */
const says = (message: string, code: ErrorCode) => `${message}. ${errorCatalogue[code].remedy}`;

/** For what is about seconds: a machine that is busy must not let them pass. */
const UNHURRIED = 10;

const away = (reason: string) => kamadoError('STACK_UNAVAILABLE', { service: 'Heat', endpoint: 'http://heat', reason });

test('K6, K8, W3: a create: what is asked for, and the records as recorded', async (t) => {
  const engine = new PaperEngine();
  const { run, value } = await heatDesk(t, engine);
  assert.deepEqual(
    await run({}, { name: 'n', count: 3, none: null, heat_timeout: '13', jinja_name: 'it', rollback: false }),
    [],
  );
  assert.deepEqual(engine.asked, ['create part_x']);
  assert.deepEqual(engine.requests, [
    {
      ref: { project: 'p', name: 'part_x' },
      revision: '1.0.aaaa1',
      template:
        'heat_template_version: 2015-04-30\nparameters:\n  name: { type: string }\nresources:\n  it: { type: OS::Heat::None }',
      parameters: { name: 'n', count: 3, none: null },
      timeoutMinutes: 13,
    },
  ]);
  assert.deepEqual(await value('heatStack'), {
    id: 'part:x',
    stack_id: 'part_x',
    tenant_id: 'p',
    stack_status: 'CREATE_COMPLETE',
    status_reason: 'CREATE is over',
    output: outputs('part_x 1.0.aaaa1'),
  });
  assert.deepEqual(await value('state'), {
    error: '',
    state: {
      heat_outputs: '[{"output_key": "shows", "output_value": "part_x 1.0.aaaa1", "description": "What it shows."}]',
      orchestration_state: 'CREATE_COMPLETE',
      worker_state: 'CREATE_COMPLETED',
    },
    version: 1,
  });
});

test('S3: in the form of 2017 no orchestration_state is told, of a success or of a failure', async (t) => {
  const engine = new PaperEngine();
  const { run, value } = await heatDesk(t, engine, { stateForm: '2017' });
  assert.deepEqual(await run(), []);
  const state = async (id: string) => (await value('state', id)) as { readonly state: object };
  assert.deepEqual(Object.keys((await state('x')).state).sort(), ['heat_outputs', 'worker_state']);
  engine.courses.push({ progress: 'FAILED', reason: 'resources.it broke' });
  await run({ resource_id: 'y', resource_input: { id: 'y', tenant_id: 'p' } });
  assert.deepEqual((await state('y')).state, { heat_outputs: '[]', worker_state: 'CREATE_ERROR' });
});

test('W3: a modify is a full update; a logical delete ends in empty records', async (t) => {
  const engine = new PaperEngine();
  const { run, value } = await heatDesk(t, engine);
  await run();
  assert.deepEqual(await run({ action: 'modify', version: 2 }, { name: 'new', jinja_name: 'that' }), []);
  assert.deepEqual(engine.requests[1]?.parameters, { name: 'new' });
  assert.match(engine.requests[1]?.template ?? '', /that: /);
  assert.deepEqual(await run({ action: 'logical_delete', version: 3 }), []);
  assert.deepEqual(engine.asked, ['create part_x', 'update part_x', 'delete part_x']);
  assert.deepEqual(await value('heatStack'), {
    id: 'part:x',
    stack_id: '',
    tenant_id: 'p',
    stack_status: 'DELETE_COMPLETE',
    status_reason: '',
    output: [],
  });
  assert.deepEqual(await value('state'), {
    error: '',
    state: { heat_outputs: '[]', orchestration_state: 'DELETE_COMPLETE', worker_state: 'DELETE_COMPLETED' },
    version: 3,
  });
});

test('what is undone while the resource stays is a modification of that', async (t) => {
  const engine = new PaperEngine();
  const { run, value } = await heatDesk(t, engine);
  await run();
  assert.deepEqual(await run({ action: 'delete', version: 2 }), []);
  assert.deepEqual(await value('state'), {
    error: '',
    state: { heat_outputs: '[]', orchestration_state: 'UPDATE_COMPLETE', worker_state: 'MODIFY_COMPLETED' },
    version: 2,
  });
});

test('a stack that is there already is taken over; one that is absent is made, and needs no deletion', async (t) => {
  const engine = new PaperEngine();
  const { run, value } = await heatDesk(t, engine);
  engine.put('part_x', 'CREATE_COMPLETE');
  assert.deepEqual(await run(), []);
  assert.deepEqual(engine.asked, ['create part_x', 'update part_x']);
  assert.match(JSON.stringify(await value('state')), /UPDATE_COMPLETE.*CREATE_COMPLETED/);
  engine.stacks.clear();
  assert.deepEqual(await run({ action: 'modify', version: 2 }), []);
  assert.deepEqual(await run({ action: 'logical_delete', version: 3 }), []);
  assert.deepEqual(await run({ action: 'logical_delete', version: 3 }), []);
  assert.deepEqual(engine.asked.slice(2), ['create part_x', 'delete part_x']);
});

test('a job that a lost worker had begun goes on with what is there', async (t) => {
  const engine = new PaperEngine();
  const { run } = await heatDesk(t, engine);
  engine.put('part_x', 'CREATE_COMPLETE', { revision: '1.0.aaaa1', outputs: outputs('ready') });
  assert.deepEqual(await run({}, { name: 'n', jinja_name: 'it' }, 1), []);
  engine.put('part_x', 'UPDATE_COMPLETE', { revision: '2.0.aaaa2' });
  assert.deepEqual(await run({ action: 'modify', version: 2 }, { name: 'n', jinja_name: 'it' }, 1), []);
  engine.stacks.clear();
  assert.deepEqual(await run({ action: 'logical_delete', version: 3 }, {}, 1), []);
  assert.deepEqual(engine.asked, []);
});

test('what is still seen of the request before is not taken for the answer', async (t) => {
  const engine = new PaperEngine();
  const { run, value } = await heatDesk(t, engine, { runtime: fastRuntime(UNHURRIED) });
  const old = engine.put('part_x', 'UPDATE_COMPLETE', { revision: '1.0', outputs: outputs('old') });
  engine.observed.push(old, old, old, old);
  assert.deepEqual(await run({ action: 'modify', version: 2 }), []);
  assert.deepEqual(engine.asked, ['update part_x']);
  assert.match(JSON.stringify(await value('heatStack')), /part_x 2\.0\.aaaa1/);
});

test('a stack that fails is told with the reason that the engine gives, and mended by the next version', async (t) => {
  const engine = new PaperEngine();
  const { run, value } = await heatDesk(t, engine);
  engine.courses.push({ progress: 'FAILED', reason: 'Resource CREATE failed: resources.it: no quota' });
  const error = says('Stack part_x is CREATE_FAILED: Resource CREATE failed: resources.it: no quota', 'STACK_FAILED');
  assert.deepEqual(await run(), [error]);
  assert.deepEqual(await value('state'), {
    error,
    state: { heat_outputs: '[]', orchestration_state: 'CREATE_ERROR', worker_state: 'CREATE_ERROR' },
    version: 1,
  });
  assert.equal(await value('heatStack'), undefined);
  assert.deepEqual(await run({ version: 2 }), []);
  assert.deepEqual(engine.asked, ['create part_x', 'create part_x', 'update part_x']);
});

test('W4: a failure is handed on as a success is, before the state tells it', async (t) => {
  const engine = new PaperEngine();
  const { run, desk } = await heatDesk(t, engine);
  const written: string[] = [];
  const watch = desk.store.watch(
    withPrefix('/esi-worker/job_state/'),
    {},
    {
      onEvents: (events) => {
        for (const event of events) written.push(event.type === 'put' ? event.entry.value : 'deleted');
      },
      onCompacted: () => {},
    },
  );
  engine.courses.push({ progress: 'FAILED', reason: 'resources.it' });
  await run();
  await until(() => written.length === 3, 'three writes');
  watch.close();
  assert.deepEqual(written, ['{}', '{"heat_outputs":[],"orchestration_state":"CREATE_ERROR"}', 'deleted']);
});

test('where the reason names no resource, the events tell on which it hangs', async (t) => {
  const engine = new PaperEngine();
  const { run } = await heatDesk(t, engine);
  engine.courses.push({ progress: 'FAILED', reason: 'Timed out' });
  const event = (resource: string, status: string) => ({ id: '', time: '', reason: 'state changed', resource, status });
  engine.reported.push(
    event('part_x', 'CREATE_FAILED'),
    event('slow', 'CREATE_IN_PROGRESS'),
    event('quick', 'CREATE_COMPLETE'),
  );
  engine.reported.push(event('quick', 'CREATE_IN_PROGRESS'));
  assert.deepEqual(await run(), [
    says('Stack part_x is CREATE_FAILED: Timed out (slow is CREATE_IN_PROGRESS)', 'STACK_FAILED'),
  ]);
});

test('a try after a failure asks again, one after a crash does not', async (t) => {
  const engine = new PaperEngine();
  const { run } = await heatDesk(t, engine, { retry: { attempts: 2, first_delay_seconds: 1 } });
  engine.courses.push({ progress: 'FAILED', reason: 'resources.it' });
  assert.deepEqual(await run(), []);
  assert.deepEqual(engine.asked, ['create part_x', 'update part_x']);
  assert.deepEqual(
    engine.requests.map(({ revision }) => revision),
    ['1.0.aaaa1', '1.1.aaaa1'],
  );
});

test('what may pass is tried again: whether or not a request got through, one stack comes of it', async (t) => {
  const engine = new PaperEngine();
  const { run } = await heatDesk(t, engine);
  engine.errors.push(away('connection reset'));
  engine.observed.push(away('503'), away('503'));
  assert.deepEqual(await run(), []);
  assert.deepEqual(engine.asked, ['create part_x', 'create part_x']);
  engine.stacks.clear();
  // The first request got through, its answer did not.
  engine.errors.push(away('connection reset'));
  engine.put('part_x', 'CREATE_IN_PROGRESS', { revision: '1.0.aaaa2' });
  engine.observed.push(engine.put('part_x', 'CREATE_IN_PROGRESS', { revision: '1.0.aaaa2' }));
  engine.put('part_x', 'CREATE_COMPLETE', { revision: '1.0.aaaa2' });
  assert.deepEqual(await run(), []);
  assert.equal(engine.asked.length, 3);
});

test('an engine that fails is tried a few times, one that refuses is not', async (t) => {
  const engine = new PaperEngine();
  const { run } = await heatDesk(t, engine);
  const broken = kamadoError('STACK_SERVER_ERROR', { service: 'Heat', endpoint: 'http://heat', reason: 'it broke' });
  engine.errors.push(...Array.from({ length: limits.stackServerErrors + 1 }, () => broken));
  assert.deepEqual(await run(), [says('Heat at http://heat failed: it broke', 'STACK_SERVER_ERROR')]);
  assert.equal(engine.asked.length, limits.stackServerErrors);
  engine.errors.length = 0;
  engine.errors.push(kamadoError('STACK_REFUSED', { stack: 'part_x', reason: 'no such type' }));
  assert.deepEqual(await run(), [says('Stack part_x was refused: no such type', 'STACK_REFUSED')]);
  assert.equal(engine.asked.length, limits.stackServerErrors + 1);
});

test('an engine that stays away, or a stack that never ends, ends the job when its time is up', async (t) => {
  const engine = new PaperEngine();
  const { run } = await heatDesk(t, engine);
  const timeoutMs = 60_000 + limits.stackGraceMs;
  engine.errors.push(...Array.from({ length: 1_000 }, () => away('no route')));
  const params = { name: 'n', jinja_name: 'it', heat_timeout: 1 };
  const late = (reason: string) => says(`Stack part_x was not done within ${timeoutMs} ms: ${reason}`, 'STACK_TIMEOUT');
  const gone = late('Heat at http://heat is not available: no route');
  assert.deepEqual(await run({}, params), [gone]);
  engine.errors.length = 0;
  engine.put('part_x', 'CREATE_COMPLETE');
  engine.courses.push({ progress: 'IN_PROGRESS', reason: 'Stack UPDATE started' });
  engine.reported.push({ id: '', time: '', resource: 'net', status: 'UPDATE_IN_PROGRESS', reason: '' });
  const hangs = 'it is UPDATE_IN_PROGRESS: Stack UPDATE started (net is UPDATE_IN_PROGRESS)';
  assert.deepEqual(await run({ action: 'modify' }, params), [late(hangs)]);
});

test('what somebody else has asked for is waited for a minute; an engine that was killed leaves it so for ever', async (t) => {
  const engine = new PaperEngine();
  const { run } = await heatDesk(t, engine);
  engine.put('part_x', 'CREATE_IN_PROGRESS', { revision: 'other' });
  assert.deepEqual(await run({ action: 'modify', version: 2 }), []);
  engine.put('part_x', 'DELETE_IN_PROGRESS');
  assert.deepEqual(await run({ action: 'logical_delete', version: 3 }), []);
  engine.put('part_x', 'DELETE_IN_PROGRESS');
  assert.deepEqual(await run({ version: 4 }), []);
  assert.deepEqual(engine.asked, ['update part_x', 'delete part_x', 'create part_x', 'delete part_x', 'create part_x']);
});

test('a stack that somebody removes while it is made is not made again', async (t) => {
  const engine = new PaperEngine();
  const { run } = await heatDesk(t, engine);
  engine.courses.push('removed');
  assert.deepEqual(await run(), [says('Stack part_x is gone: it was removed while it was worked on', 'STACK_FAILED')]);
  assert.deepEqual(engine.asked, ['create part_x']);
});

test('a deletion that fails is told; asked for again, its failure is not taken for that of the new one', async (t) => {
  const engine = new PaperEngine();
  const { run, value } = await heatDesk(t, engine, { runtime: fastRuntime(UNHURRIED) });
  engine.put('part_x', 'CREATE_COMPLETE');
  engine.courses.push({ progress: 'FAILED', reason: 'resources.it: in use' });
  assert.deepEqual(await run({ action: 'logical_delete' }), [
    says('Stack part_x is DELETE_FAILED: resources.it: in use', 'STACK_FAILED'),
  ]);
  assert.match(
    JSON.stringify(await value('state')),
    /"orchestration_state":"DELETE_ERROR","worker_state":"DELETE_ERROR"/,
  );
  const old = engine.stacks.get('part_x');
  assert.ok(old);
  engine.observed.push(old, old, old);
  assert.deepEqual(await run({ action: 'logical_delete', version: 2 }), []);
  assert.deepEqual(engine.asked, ['delete part_x', 'delete part_x']);
});

test('a stack that could not be removed is, before another one is made; a busy one is waited for', async (t) => {
  const engine = new PaperEngine();
  const { run } = await heatDesk(t, engine);
  engine.put('part_x', 'DELETE_FAILED');
  assert.deepEqual(await run({ action: 'modify', version: 2 }), []);
  assert.deepEqual(engine.asked, ['delete part_x', 'create part_x']);
  engine.errors.push(kamadoError('STACK_BUSY', { stack: 'part_x', reason: 'UPDATE_IN_PROGRESS' }));
  assert.deepEqual(await run({ action: 'modify', version: 3 }), []);
  assert.deepEqual(engine.asked.slice(2), ['update part_x', 'update part_x']);
});

test('W1: outputs of other stacks are bound when the job runs, also in lists', async (t) => {
  const engine = new PaperEngine();
  const { run, template } = await heatDesk(t, engine);
  await template('heat_template_version: 2015-04-30\n# {{ jinja_all | tojson }}\n');
  const other = { resource_id: 'y', resource_input: { id: 'y', tenant_id: 'p' } };
  const output = (output_key: string) => {
    return { type: 'output_key', value: { output_key, resource_type: 'part', resource_id: 'y' } };
  };
  const params = {
    below: output('shows'),
    jinja_all: { type: 'list', value: [output('shows'), { type: 'value', value: 1 }] },
  };
  const missing =
    'Parameter below is the output shows of part y, whose stack has none. ' +
    'Check the outputs of the template of part, and the state of part y.';
  assert.deepEqual(await run({}, params), [missing]);
  await run(other, { jinja_all: [] });
  assert.deepEqual(await run({}, params), []);
  assert.deepEqual(engine.requests[1]?.parameters, { below: 'part_y 1.0.aaaa2' });
  assert.match(engine.requests[1]?.template ?? '', /# \["part_y 1\.0\.aaaa2", 1\]$/);
  assert.match(String(await run({ version: 2 }, { below: output('else') })), /the output else of part y/);
  assert.match(String(await run({ version: 3 }, { below: { type: 'output_key', value: 'y' } })), /names no output/);
});

test('errors repeat no secret: none of the schema, and none that the template hides', async (t) => {
  const engine = new PaperEngine();
  const { run, template, value } = await heatDesk(t, engine);
  await template('parameters: { hush: { type: string, hidden: true } }\n', {
    name: 'Pname',
    password: 'Ppassword',
    hush: 'Pname',
  });
  const refused = (reason: string) => kamadoError('STACK_REFUSED', { stack: 'part_x', reason });
  engine.errors.push(refused("'s3cret' of 'open' is too short, and so is ['quiet', 7]"));
  const params = { name: 'open', password: 's3cret', hush: ['quiet'] };
  assert.deepEqual(await run({}, params), [
    says("Stack part_x was refused: '***' of 'open' is too short, and so is ['***', 7]", 'STACK_REFUSED'),
  ]);
  assert.doesNotMatch(JSON.stringify(await value('state')), /s3cret|quiet/);
});

test('parameters and templates that cannot be used fail the job at once', async (t) => {
  const engine = new PaperEngine();
  const { run, template } = await heatDesk(t, engine);
  assert.match(String(await run({}, { heat_timeout: 0 })), /heat_timeout: an integer from 1 to 110/);
  assert.match(String(await run({}, { heat_timeout: 'soon' })), /heat_timeout: an integer/);
  assert.match(String(await run({}, { rollback: true })), /rollback: stacks are not rolled back/);
  assert.match(String(await run({ resource_input: { id: 'x' } })), /has no tenant_id/);
  assert.match(String(await run({}, { jinja_name: 'a: b\n  c' })), /a value would change the structure/);
  await template('{% for x in %}');
  assert.match(String(await run()), /Template part, line 1/);
  await template('a: [1\n');
  assert.match(String(await run()), /Template part, line/);
  assert.deepEqual(engine.asked, []);
});

test('who waits for a stack holds no slot', async (t) => {
  const engine = new PaperEngine();
  const { run } = await heatDesk(t, engine);
  for (let i = 0; i < limits.workerSlots; i++) engine.courses.push({ progress: 'IN_PROGRESS' });
  const long = Array.from({ length: limits.workerSlots }, (_, i) => {
    return run({ resource_id: `l${i}`, resource_input: { id: `l${i}`, tenant_id: 'p' } });
  });
  assert.deepEqual(await run({ resource_id: 'short', resource_input: { id: 'short', tenant_id: 'q' } }), []);
  for (const [name, stack] of engine.stacks) engine.stacks.set(name, { ...stack, progress: 'COMPLETE' });
  assert.deepEqual((await Promise.all(long)).flat(), []);
});

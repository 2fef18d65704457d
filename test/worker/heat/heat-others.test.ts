import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kamadoError } from '../../../src/kernel/errors.ts';
import { limits } from '../../../src/kernel/limits.ts';
import type { JobTools } from '../../../src/worker/handler.ts';
import { recordingLog } from '../../support/work.ts';
import { heatDesk } from './heat-jobs.ts';
import { outputs, PaperEngine } from './paper-engine.ts';

const refused = (reason: string) => kamadoError('STACK_REFUSED', { stack: 'part_x', reason });
const failed = (reason: string) => kamadoError('STACK_SERVER_ERROR', { service: 'Heat', endpoint: 'http://h', reason });

test('a stack of the same version of a job before is not taken for what this one asked for', async (t) => {
  const engine = new PaperEngine();
  const { run, value } = await heatDesk(t, engine);
  assert.deepEqual(await run(), []);
  // The resource was made anew, or its database was restored: version 1 is another one now.
  assert.deepEqual(await run({}, { name: 'other', jinja_name: 'that' }), []);
  assert.deepEqual(engine.asked, ['create part_x', 'create part_x', 'update part_x']);
  assert.deepEqual(engine.requests[1]?.parameters, { name: 'other' });
  assert.match(JSON.stringify(await value('heatStack')), /part_x 1\.0\.aaaa2/);
});

test('what somebody has done to a stack besides is no state that schemas know: it is updated', async (t) => {
  const engine = new PaperEngine();
  const { run, value } = await heatDesk(t, engine);
  engine.put('part_x', 'CHECK_COMPLETE', { revision: '1.0.aaaa1', outputs: outputs('checked') });
  assert.deepEqual(await run({}, { name: 'n', jinja_name: 'it' }, 1), []);
  assert.match(JSON.stringify(await value('state')), /"orchestration_state":"UPDATE_COMPLETE"/);
});

test('what was refused when it was to be built can be removed', async (t) => {
  const engine = new PaperEngine();
  const { run, value } = await heatDesk(t, engine);
  const deletion = { action: 'logical_delete', version: 2 } as const;
  for (const heat_timeout of [0, 'soon', 1_000]) {
    assert.match(String(await run({}, { name: 'n', jinja_name: 'it', heat_timeout })), /heat_timeout: an integer/);
    assert.deepEqual(await run(deletion, { name: 'n', jinja_name: 'it', heat_timeout }), []);
  }
  const resource_input = { id: 'x', tenant_id: null };
  assert.match(String(await run({ resource_input })), /has no tenant_id/);
  assert.deepEqual(await run({ ...deletion, resource_input }), []);
  assert.deepEqual(await value('heatStack'), {
    id: 'part:x',
    stack_id: '',
    tenant_id: '',
    stack_status: 'DELETE_COMPLETE',
    status_reason: '',
    output: [],
  });
});

test('outputs that the store can hold once but not in the state, too, fail the job, visibly', async (t) => {
  const engine = new PaperEngine();
  const { run, value } = await heatDesk(t, engine);
  for (const letters of [limits.transactionBytes / 2, limits.transactionBytes, 4 * limits.transactionBytes]) {
    engine.courses.push({ progress: 'COMPLETE', outputs: outputs('x'.repeat(letters)) });
    assert.match(String(await run()), /bytes/);
    assert.match(JSON.stringify(await value('state')), /"heat_outputs":"\[\]","orchestration_state":"CREATE_ERROR"/);
  }
});

test('errors and logs repeat no secret, however it is quoted, also where a stack is removed', async (t) => {
  const engine = new PaperEngine();
  const { run } = await heatDesk(t, engine);
  const password = 'BEGIN\n"first" line\n\'last\' line\\END';
  const params = { name: 'n', jinja_name: 'it', password };
  const quotes = [
    password,
    password.replaceAll('\n', ' '),
    JSON.stringify(password),
    'BEGIN\\n"first" line\\n\\\'last\\\' line\\\\END',
  ];
  for (const quote of quotes) {
    engine.errors.push(refused(`not ${quote}!`));
    assert.match(String(await run({}, params)), /was refused: not "?\*\*\*"?! Correct/, quote);
    engine.put('part_x', 'CREATE_COMPLETE');
    engine.errors.push(refused(`not ${quote}!`));
    assert.match(
      String(await run({ action: 'logical_delete' }, params)),
      /was refused: not "?\*\*\*"?! Correct/,
      quote,
    );
    engine.stacks.clear();
  }
  const reason = `${'x'.repeat(limits.stackReasonLength)} ${password.slice(0, 9)}`;
  engine.errors.push(refused(reason));
  assert.match(String(await run({}, params)), /xx \*\*\*\. Correct/);
});

test('the log repeats no secret', async (t) => {
  const engine = new PaperEngine();
  const { log, lines } = recordingLog();
  const { run } = await heatDesk(t, engine, { log });
  engine.errors.push(failed("cannot log in with 's3cret'"));
  assert.deepEqual(await run({}, { name: 'n', jinja_name: 'it', password: 's3cret' }), []);
  assert.match(JSON.stringify(lines), /cannot log in with '\*\*\*'/);
  assert.doesNotMatch(JSON.stringify(lines), /s3cret/);
});

test('where too many jobs wait without a slot, one that waits for a stack keeps its own', async (t) => {
  const engine = new PaperEngine();
  const full = kamadoError('OVERLOADED', { queue: 'the jobs that wait without a slot', limit: 0 });
  const tools = (given: JobTools): JobTools => ({ ...given, releaseSlot: () => Promise.reject(full) });
  const { run } = await heatDesk(t, engine, { tools });
  engine.errors.push(failed('busy'));
  assert.deepEqual(await run(), []);
});

test('a parameter may have any name', async (t) => {
  const engine = new PaperEngine();
  const { run } = await heatDesk(t, engine);
  assert.deepEqual(await run({}, JSON.parse('{"__proto__": "odd", "jinja_name": "it", "constructor": 1}')), []);
  assert.equal(JSON.stringify(engine.requests[0]?.parameters), '{"__proto__":"odd","constructor":1}');
});

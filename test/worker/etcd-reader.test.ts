import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../src/kernel/limits.ts';
import { redactorOf } from '../../src/kernel/redactor.ts';
import { redactedText } from '../../src/worker/job-secrets.ts';
import { withCode } from '../store/helpers.ts';
import { manualRuntime } from '../support/manual-runtime.ts';
import { until } from '../support/until.ts';
import { type Desk, keyOf } from '../support/work.ts';
import { monitoring } from './monitoring.ts';

const template = `primary:
  type: etcd_reader
  etcd_type: part
  etcd_id: {{ id }}
`;

const state = (desk: Desk, version: number, error = ''): Promise<number> =>
  desk.put(keyOf('state', 'part', 'a'), JSON.stringify({ error, state: {}, version }));

test('W7: complete: the other resource has a successful state of its version', async (t) => {
  const { desk, run } = await monitoring(t);
  await desk.config('part', 'a', 2);
  await state(desk, 2);
  assert.deepEqual(await run(template, { id: 'a' }), { state_monitoring: { primary: 'ACTIVE' } });
});

test('W7: waits by watch, without a slot, until it is complete', async (t) => {
  const { desk, run, outside } = await monitoring(t);
  await desk.config('part', 'a', 1);
  const done = run(template, { id: 'a' });
  await until(() => outside() === 1, 'it waits');
  await desk.put('/state/v2.0/parts/other', '{}');
  await state(desk, 1);
  assert.deepEqual(await done, { state_monitoring: { primary: 'ACTIVE' } });
});

test('W7: a newer version that comes while it waits is the one that counts', async (t) => {
  const { desk, run, outside } = await monitoring(t);
  await desk.config('part', 'a', 1);
  const done = run(template, { id: 'a' });
  await until(() => outside() === 1, 'it waits');
  await desk.config('part', 'a', 2);
  await state(desk, 1);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(outside(), 1);
  await state(desk, 2);
  await done;
});

test('W7: an error of the current version fails at once, one of an older version doesn’t', async (t) => {
  const { desk, run, outside } = await monitoring(t);
  await desk.config('part', 'a', 2);
  await state(desk, 1, 'old trouble');
  const done = run(template, { id: 'a' });
  await until(() => outside() === 1, 'it waits');
  await state(desk, 2, 'no route');
  await assert.rejects(
    done,
    (error) => withCode('CHECK_FAILED')(error) && /part a failed: no route/.test(String(error)),
  );
  await assert.rejects(run(template, { id: 'a' }), withCode('CHECK_FAILED'));
});

test('an error that is quoted shows no secret of the other resource, nor of the one that asks', async (t) => {
  const { desk, run } = await monitoring(t);
  await desk.config('part', 'a', 2, { secret: 'geheim-of-part-1' });
  // As a worker of somebody else writes it, or one that knew only its own secrets.
  await state(desk, 2, 'login geheim-of-part-1 refused, then geheim-of-look-2: no route');
  const error: unknown = await run(template, { id: 'a' }).catch((thrown) => thrown);
  assert.ok(withCode('CHECK_FAILED')(error));
  assert.match(String(error), /part a failed: login \*\*\* refused, then geheim-of-look-2: no route/);
  const reported = redactedText(error, redactorOf(new Set(['geheim-of-look-2'])));
  assert.match(reported, /part a failed: login \*\*\* refused, then \*\*\*: no route/);
});

test('a resource that isn’t there, or goes while it is waited for, fails at once', async (t) => {
  const { desk, run, outside } = await monitoring(t);
  await assert.rejects(run(template, { id: 'a' }), withCode('CHECK_FAILED'));
  await desk.config('part', 'a', 1);
  const done = run(template, { id: 'a' });
  await until(() => outside() === 1, 'it waits');
  await desk.removeConfig('part', 'a');
  await assert.rejects(done, withCode('CHECK_FAILED'));
});

test('W7: it gives up after its time: the default, or the template’s', async (t) => {
  const runtime = manualRuntime();
  const { desk, run, outside } = await monitoring(t, runtime);
  await desk.config('part', 'a', 1);
  for (const [text, timeoutMs] of [
    [template, limits.etcdReaderTimeoutMs],
    [`${template}  timeout: 3\n`, 3_000],
  ] as const) {
    const done = run(text, { id: 'a' });
    await until(() => outside() === 1, 'it waits');
    runtime.advance(timeoutMs - 1);
    await new Promise(setImmediate);
    assert.equal(outside(), 1);
    runtime.advance(1);
    await assert.rejects(done, withCode('CHECK_TIMEOUT'));
    assert.equal(runtime.timers(), 0);
  }
});

test('history that is compacted while it waits is looked at again', async (t) => {
  const { desk, run, outside } = await monitoring(t);
  await desk.config('part', 'a', 1);
  const done = run(template, { id: 'a' });
  await until(() => outside() === 1, 'it waits');
  await state(desk, 1);
  await desk.store.compact(await desk.revision());
  await done;
});

test('when one check fails the others are ended, and none is left behind', async (t) => {
  const { desk, run, outside } = await monitoring(t);
  await desk.config('part', 'a', 1);
  const two = `${template}secondary:\n  type: etcd_reader\n  etcd_type: part\n  etcd_id: b\n`;
  await assert.rejects(run(two, { id: 'a' }), withCode('CHECK_FAILED'));
  assert.equal(outside(), 0);
});

test('the loss of the claim ends the wait', async (t) => {
  const { desk, run, outside, stop } = await monitoring(t);
  await desk.config('part', 'a', 1);
  const done = run(template, { id: 'a' });
  await until(() => outside() === 1, 'it waits');
  stop();
  await assert.rejects(done);
  assert.equal(outside(), 0);
});

test('what a template can’t mean fails with the entry’s name', async (t) => {
  const { run } = await monitoring(t);
  for (const [text, pattern] of [
    ['x:\n  type: no_such\n', /x.*no_such/],
    ['x: 7\n', /x/],
    ['- a\n', /map/],
    ['x:\n  type: etcd_reader\n  etcd_type: alien\n  etcd_id: a\n', /alien/],
    ['x:\n  type: etcd_reader\n  etcd_type: part\n', /etcd_id/],
    ['x:\n  type: etcd_reader\n  etcd_type: part\n  etcd_id: a\n  timeout: never\n', /timeout/],
  ] as const) {
    await assert.rejects(run(text), (error) => withCode('CHECK_FAILED')(error) && pattern.test(String(error)), text);
  }
});

test('the leg that tears down sees to nothing', async (t) => {
  const { run } = await monitoring(t);
  assert.deepEqual(await run('x: {type: no_such}', {}, 'delete'), { state_monitoring: {} });
  assert.deepEqual(await run('x: {type: no_such}', {}, 'logical_delete'), { state_monitoring: {} });
});

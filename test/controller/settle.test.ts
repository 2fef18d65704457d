import assert from 'node:assert/strict';
import { test } from 'node:test';
import { promoteIfFree, settleFinished, sweep } from '../../src/controller/settle.ts';
import { limits } from '../../src/kernel/limits.ts';
import { encodeProcessed } from '../../src/records/config-record.ts';
import { encodeJob, type Job } from '../../src/records/job.ts';
import { failureKey } from '../../src/records/job-failure.ts';
import { jobKey, parseJobKey } from '../../src/records/keys.ts';
import { decodeState } from '../../src/records/state-record.ts';
import { keyOf as resourceKeyOf } from '../support/work.ts';
import { keyOf, plannedJob, Queue, short } from './queue.ts';

function only(jobs: readonly Job[]): Job {
  const [job] = jobs;
  assert.ok(job);
  return job;
}

test('what waited for a job alone becomes ready, the others when their last one has finished', () => {
  const queue = new Queue();
  const a = only(queue.arrive(plannedJob('a', 1)));
  const b = only(queue.arrive(plannedJob('b', 1)));
  const onA = only(queue.arrive(plannedJob('onA', 1, ['a'])));
  const onBoth = only(queue.arrive(plannedJob('onBoth', 1, ['a', 'b'])));
  queue.claim(a.id);
  queue.finish(a.id);
  queue.settle(a.id);
  assert.deepEqual(queue.views.ids('ready').map(short).sort(), ['b1', 'onA1']);
  queue.claim(b.id);
  queue.finish(b.id);
  queue.settle(b.id);
  assert.deepEqual(queue.views.places(onBoth.id), ['ready']);
  assert.deepEqual(queue.views.places(onA.id), ['ready']);
});

test('promotions beyond one transaction are made up for one by one', () => {
  const queue = new Queue();
  const a = only(queue.arrive(plannedJob('a', 1)));
  for (let i = 0; i < 100; i++) queue.arrive(plannedJob(`u${i}`, 1, ['a']));
  queue.claim(a.id);
  queue.finish(a.id);
  for (const writes of queue.settle(a.id)) assert.ok(writes.operations.length <= limits.transactionOperations - 3);
  for (const id of queue.views.ids('waiting')) queue.apply(promoteIfFree(queue, id));
  assert.equal(queue.views.ids('ready').length, 100);
  assert.deepEqual(queue.views.ids('waiting'), []);
});

test('two versions of a resource that are cancelled at once leave one state: a transaction writes a key once', () => {
  const queue = new Queue();
  const a = only(queue.arrive(plannedJob('a', 1)));
  queue.arrive(plannedJob('b', 1, ['a']));
  // More than a newer version can take over: both run, one after the other.
  for (let i = 0; i < limits.enqueueOperations; i++) queue.arrive(plannedJob(`u${i}`, 1, ['b']));
  queue.arrive(plannedJob('b', 2, ['a']));
  assert.equal(queue.views.ofResource('part:b').length, 2);
  const planned = encodeProcessed({ body: { id: 'b' }, version: 2, deleted: false });
  queue.put(resourceKeyOf('processed', 'part', 'b'), planned, 1);
  queue.claim(a.id);
  queue.finish(a.id, 'it broke');
  const states = queue.settle(a.id).flatMap(({ operations }) => operations.map(keyOf));
  assert.equal(states.filter((key) => key === resourceKeyOf('state', 'part', 'b')).length, 1);
  assert.deepEqual(queue.views.ids('all'), []);
});

test('J3, S2: a failure cancels all that depend on it, leaves first, in chunks', () => {
  const queue = new Queue();
  const a = only(queue.arrive(plannedJob('a', 1)));
  let above = 'a';
  for (let i = 0; i < 70; i++) {
    const id = `u${i}`;
    queue.arrive(plannedJob(id, 1, [above]));
    if (i % 2 === 0) above = id;
  }
  const other = only(queue.arrive(plannedJob('other', 1)));
  queue.claim(a.id);
  queue.finish(a.id, 'it broke');
  const transactions = queue.settle(a.id);
  assert.ok(transactions.length > 3);
  const gone = new Set<string>();
  for (const { operations } of transactions) {
    assert.ok(operations.length <= limits.transactionOperations - 3);
    for (const operation of operations) {
      const left = parseJobKey(keyOf(operation));
      if (left?.queue !== 'all') continue;
      gone.add(left.jobId);
    }
  }
  assert.equal(gone.size, 71);
  assert.deepEqual(queue.views.ids('all'), [other.id]);
  const states = transactions.flatMap(({ operations }) =>
    operations.flatMap((operation) =>
      operation.type === 'put' && operation.key.startsWith('/state/') ? [operation] : [],
    ),
  );
  assert.equal(states.length, 70);
  for (const { value } of states) {
    assert.equal(decodeState(value)?.error, `canceled: dependency ${a.id} failed`);
    assert.equal(decodeState(value)?.version, 1);
  }
});

test('J3: a chunk that is repeated does no harm: the next one takes what is left', () => {
  const queue = new Queue();
  const a = only(queue.arrive(plannedJob('a', 1)));
  for (let i = 0; i < 30; i++) queue.arrive(plannedJob(`u${i}`, 1, ['a']));
  queue.claim(a.id);
  queue.finish(a.id, 'it broke');
  queue.apply(settleFinished(queue, a.id));
  assert.ok(queue.views.entry('finished', a.id));
  queue.settle(a.id);
  assert.deepEqual(queue.views.ids('all'), []);
});

test('a version is cancelled when the older one that is worked on has ended: its state comes last', () => {
  const queue = new Queue();
  const a = only(queue.arrive(plannedJob('a', 1)));
  const older = only(queue.arrive(plannedJob('b', 1)));
  queue.claim(older.id);
  const between = only(queue.arrive(plannedJob('between', 1, ['a'])));
  const newer = only(queue.arrive(plannedJob('b', 2, ['between'])));
  queue.claim(a.id);
  queue.finish(a.id, 'it broke');
  assert.deepEqual(queue.settle(a.id), []);
  assert.deepEqual(queue.views.ids('waiting').toSorted(), [between.id, newer.id].toSorted());
  // Who comes now doesn't wait for what has failed.
  assert.deepEqual(only(queue.arrive(plannedJob('a', 2))).dependency, [between.id]);
  queue.finish(older.id);
  const written = queue.settle(older.id).flatMap((writes) => writes.operations.map(keyOf));
  assert.ok(written.includes(resourceKeyOf('state', 'part', 'b')));
  assert.ok(written.includes(resourceKeyOf('state', 'part', 'between')));
  assert.deepEqual(queue.views.ids('all').map(short), ['a2']);
});

test('two that have failed never wait for each other', () => {
  const queue = new Queue();
  const a = only(queue.arrive(plannedJob('a', 1)));
  const b = only(queue.arrive(plannedJob('b', 1)));
  queue.claim(a.id);
  queue.claim(b.id);
  queue.arrive(plannedJob('a', 2, ['b']));
  queue.arrive(plannedJob('b', 2, ['a']));
  queue.finish(a.id, 'it broke');
  queue.finish(b.id, 'it broke');
  queue.settle(a.id);
  assert.deepEqual(queue.views.ids('finished'), []);
});

test('what is cancelled or given up leaves no job state that a lost worker may have begun', () => {
  const queue = new Queue();
  const a = only(queue.arrive(plannedJob('a', 1)));
  queue.arrive(plannedJob('user', 1, ['a']));
  const written: string[] = [];
  for (let lost = 0; lost < limits.claimAttempts; lost++) {
    queue.claim(a.id);
    written.push(...queue.lose(a.id).operations.map(keyOf));
    queue.tryLost();
  }
  assert.ok(written.includes(resourceKeyOf('jobState', 'part', 'a')));
  const cancelled = queue.settle(a.id).flatMap(({ operations }) => operations.map(keyOf));
  assert.ok(cancelled.includes(resourceKeyOf('jobState', 'part', 'user')));
});

test('the rest of a failed workflow leaves without a word: its state is written already', () => {
  const queue = new Queue();
  const [first] = queue.arrive(
    plannedJob('a', 1, [], { is_last: false }),
    plannedJob('a', 1, [], { is_first: false, handler: 'second' }),
  );
  assert.ok(first);
  queue.claim(first.id);
  queue.finish(first.id, 'it broke');
  const operations = queue.settle(first.id).flatMap((writes) => writes.operations);
  const written = operations.flatMap((operation) => (operation.type === 'delete' ? [] : [keyOf(operation)]));
  // What is kept of the failure is ours.
  assert.deepEqual(written, [failureKey('part:a')]);
  assert.deepEqual(queue.views.ids('all'), []);
});

test('a failure that is to be ignored cancels nothing', () => {
  const queue = new Queue();
  const [down, up] = queue.arrive(
    plannedJob('a', 2, [], { action: 'delete', on_failure: 'ignore', is_last: false }),
    plannedJob('a', 2, [], { action: 'create', is_first: false }),
  );
  assert.ok(down && up);
  queue.claim(down.id);
  queue.finish(down.id, 'there was nothing to take down');
  queue.settle(down.id);
  assert.deepEqual(queue.views.places(up.id), ['ready']);
});

test('J14: the next version starts again where the one before it failed', () => {
  const queue = new Queue();
  const first = only(queue.arrive(plannedJob('a', 1)));
  queue.claim(first.id);
  const user = only(queue.arrive(plannedJob('user', 1, ['a'])));
  const second = only(queue.arrive(plannedJob('a', 2)));
  const later = only(queue.arrive(plannedJob('later', 1, ['a'])));
  assert.deepEqual(second.dependency.map(short).sort(), ['a1', 'user1']);
  queue.finish(first.id, 'it broke');
  queue.settle(first.id);
  assert.equal(queue.views.get(user.id), undefined);
  assert.deepEqual(queue.views.places(second.id), ['ready']);
  assert.equal(queue.views.get(later.id), undefined, 'it waited for the failed version too');
});

test('P9: what is applied is kept where something newer was planned meanwhile', () => {
  const queue = new Queue();
  const first = only(queue.arrive(plannedJob('a', 1)));
  queue.claim(first.id);
  const processed = resourceKeyOf('processed', 'part', 'a');
  queue.put(processed, encodeProcessed({ body: { id: 'a', name: 'new' }, version: 2, deleted: false }), 9);
  queue.finish(first.id);
  const [writes] = queue.settle(first.id);
  const applied = resourceKeyOf('applied', 'part', 'a');
  assert.deepEqual(
    writes?.operations.filter((operation) => keyOf(operation) === applied),
    [{ type: 'put', key: applied, value: encodeProcessed({ body: { id: 'a' }, version: 1, deleted: false }) }],
  );
});

test('J7: a job whose worker was lost goes back, and is given up after so many', () => {
  const queue = new Queue();
  const a = only(queue.arrive(plannedJob('a', 1)));
  for (let attempt = 1; attempt < limits.claimAttempts; attempt++) {
    queue.claim(a.id);
    queue.lose(a.id);
    assert.equal(queue.views.get(a.id)?.queued.attempt, attempt);
    assert.deepEqual(queue.views.places(a.id), ['waiting']);
    queue.tryLost();
    assert.deepEqual(queue.views.places(a.id), ['ready']);
  }
  queue.claim(a.id);
  const { operations } = queue.lose(a.id);
  assert.deepEqual(queue.views.places(a.id), ['finished']);
  const state = operations.find((operation) => keyOf(operation).startsWith('/state/'));
  assert.match(
    state?.type === 'put' ? (decodeState(state.value)?.error ?? '') : '',
    new RegExp(`${limits.claimAttempts} times`),
  );
  queue.settle(a.id);
  assert.deepEqual(queue.views.ids('all'), []);
});

test('tries whose handler failed take nothing from the workers that may be lost', () => {
  const queue = new Queue();
  const { id } = only(queue.arrive(plannedJob('a', 1)));
  queue.claim(id);
  const job = queue.job(id);
  const failures = limits.retryAttempts;
  const record = {
    type: 'put',
    key: jobKey('all', id),
    value: encodeJob({ job, attempt: failures, failures }),
  } as const;
  queue.apply({ compare: [], operations: [record] });
  for (let lost = 1; lost < limits.claimAttempts; lost++) {
    queue.lose(id);
    assert.deepEqual(queue.views.get(id)?.queued, { job, attempt: failures + lost, failures });
    queue.tryLost();
    assert.deepEqual(queue.views.places(id), ['ready']);
    queue.claim(id);
  }
  queue.lose(id);
  assert.deepEqual(queue.views.places(id), ['finished']);
});

test('a job that was finished or claimed meanwhile is not put back', () => {
  const queue = new Queue();
  const a = only(queue.arrive(plannedJob('a', 1)));
  assert.deepEqual(queue.lose(a.id).operations, []);
  queue.claim(a.id);
  queue.finish(a.id);
  assert.deepEqual(queue.lose(a.id).operations, []);
});

test('what stands in a list without a record is swept away, except claims', () => {
  const queue = new Queue();
  const orphan = 'create:builder:part:a:1:abcde';
  for (const list of ['waiting', 'ready', 'working'] as const) {
    queue.put(jobKey(list, orphan), 'builder', 1);
  }
  queue.apply(sweep(queue, orphan));
  assert.deepEqual(queue.views.places(orphan), ['working']);
  const a = only(queue.arrive(plannedJob('a', 1)));
  assert.deepEqual(sweep(queue, a.id).operations, []);
  queue.put(jobKey('finished', orphan), '', 2);
  queue.settle(orphan);
  assert.equal(queue.views.entry('finished', orphan), undefined);
});

test('a job of a type that there is no more leaves, unless a worker has it', () => {
  const queue = new Queue();
  const gone = { resource_type: 'gone', job_name: 'gone:a:1' };
  const a = only(queue.arrive(plannedJob('a', 1, [], gone)));
  const b = only(queue.arrive(plannedJob('b', 1, [], { ...gone, job_name: 'gone:b:1' })));
  queue.claim(b.id);
  queue.apply(sweep(queue, a.id));
  assert.deepEqual(sweep(queue, b.id).operations, []);
  assert.deepEqual(queue.views.ids('all'), [b.id]);
  queue.lose(b.id);
  assert.deepEqual(queue.views.ids('all'), []);
});

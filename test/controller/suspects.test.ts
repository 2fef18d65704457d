import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextTrialMs, trySuspects } from '../../src/controller/suspects.ts';
import { limits } from '../../src/kernel/limits.ts';
import { encodeLoss, freeFromMs, lossKey } from '../../src/records/job-loss.ts';
import { jobKey } from '../../src/records/keys.ts';
import type { Operation } from '../../src/store/store.ts';
import { plannedJob, Queue } from './queue.ts';

const known = (queue: Queue) => ({ views: queue.views, hasWorker: () => true, nowMs: queue.nowMs });

function tryNow(queue: Queue): readonly string[] {
  const before = new Set(queue.views.ids('ready'));
  queue.apply(trySuspects(known(queue)));
  return queue.views.ids('ready').filter((id) => !before.has(id));
}

/** All that are under way lose their worker at once. */
function crash(queue: Queue): void {
  for (const id of queue.views.ids('working')) queue.lose(id);
}

function arrive(queue: Queue, count: number, first = 0): readonly string[] {
  return Array.from({ length: count }, (_, i) => queue.arrive(plannedJob(`r${first + i}`, 1))[0]?.id ?? '');
}

test('a job that lost its worker is tried after a pause that grows', () => {
  const queue = new Queue();
  const [id = ''] = arrive(queue, 1);
  const pauses: number[] = [];
  for (let lost = 1; lost < limits.claimAttempts; lost++) {
    queue.claim(id);
    crash(queue);
    const waitMs = nextTrialMs(known(queue)) ?? 0;
    queue.timeMs += waitMs - 1;
    assert.deepEqual(tryNow(queue), []);
    queue.timeMs += 1;
    assert.deepEqual(tryNow(queue), [id]);
    pauses.push(waitMs);
  }
  assert.deepEqual(
    pauses,
    [1, 2, 4, 8].map((times) => times * limits.lossPauseFirstMs),
  );
  queue.claim(id);
  crash(queue);
  assert.deepEqual(queue.views.places(id), ['finished']);
});

test('the pause has an end, and a clock that went back doesn\u2019t make it longer', () => {
  const atMs = 5_000_000;
  assert.equal(freeFromMs({ lost: 30, atMs, triedMs: null }) - atMs, limits.lossPauseLongestMs);
  const queue = new Queue();
  const [id = ''] = arrive(queue, 1);
  queue.claim(id);
  crash(queue);
  queue.timeMs -= 500_000;
  assert.deepEqual(tryNow(queue), [id]);
});

test('all others that are ready go first, as long as there is patience', () => {
  const queue = new Queue();
  const [lost = '', other = ''] = arrive(queue, 2);
  queue.claim(lost);
  crash(queue);
  queue.timeMs += limits.lossPauseFirstMs;
  assert.deepEqual(tryNow(queue), []);
  assert.equal(nextTrialMs(known(queue)), limits.lossPauseFirstMs * limits.lossPatiencePauses);
  queue.claim(other);
  assert.deepEqual(tryNow(queue), [lost]);
});

test('what no worker takes holds nobody up', () => {
  const queue = new Queue();
  const [lost = '', other = ''] = arrive(queue, 2);
  queue.claim(lost);
  crash(queue);
  queue.timeMs += limits.lossPauseFirstMs;
  // Nobody has the handler of those that are ready.
  queue.apply(trySuspects({ ...known(queue), hasWorker: () => false }));
  assert.deepEqual(queue.views.places(lost), ['ready']);
  assert.deepEqual(queue.views.places(other), ['ready']);
});

test('a suspect that no worker takes stands in the way for a while only', () => {
  const queue = new Queue();
  const loss = encodeLoss({ lost: limits.claimAttempts - 1, atMs: queue.timeMs, triedMs: null });
  const operations = arrive(queue, 2).flatMap((id): Operation[] => [
    { type: 'delete', range: { from: jobKey('ready', id) } },
    { type: 'put', key: jobKey('waiting', id), value: 'builder' },
    { type: 'put', key: lossKey(id), value: loss },
  ]);
  queue.apply({ compare: [], operations });
  queue.timeMs += limits.lossPauseLongestMs + limits.lossPatienceMs;
  assert.equal(tryNow(queue).length, 1);
  assert.deepEqual(tryNow(queue), []);
  queue.timeMs += limits.lossTrialMs;
  assert.equal(tryNow(queue).length, 1);
});

test('what is lost once is tried beside what is tried alone', () => {
  const queue = new Queue();
  const [often = '', once = ''] = arrive(queue, 2);
  for (const [id, lost] of [
    [often, limits.claimAttempts - 1],
    [once, 1],
  ] as const) {
    const loss = encodeLoss({ lost, atMs: queue.timeMs, triedMs: null });
    queue.apply({
      compare: [],
      operations: [
        { type: 'delete', range: { from: jobKey('ready', id) } },
        { type: 'put', key: jobKey('waiting', id), value: 'builder' },
        { type: 'put', key: lossKey(id), value: loss },
      ],
    });
  }
  queue.timeMs += limits.lossPauseLongestMs;
  assert.deepEqual(tryNow(queue).toSorted(), [often, once].toSorted());
});

test('what ends its process is found among many, and nothing else is given up', () => {
  const queue = new Queue();
  const ids = arrive(queue, 40);
  const guilty = new Set([ids[7], ids[23]]);
  for (const id of ids) queue.claim(id);
  crash(queue);
  let crashes = 1;
  for (let rounds = 0; queue.views.ids('all').length > 0; rounds++) {
    assert.ok(rounds < 500, 'it never ends');
    queue.tryLost();
    const running = queue.views.ids('ready');
    for (const id of running) queue.claim(id);
    if (running.some((id) => guilty.has(id))) {
      crash(queue);
      crashes++;
      for (const id of queue.views.ids('finished')) {
        assert.ok(guilty.has(id), `${id} is given up`);
        queue.settle(id);
      }
    } else {
      for (const id of running) {
        queue.finish(id);
        queue.settle(id);
      }
    }
  }
  // Two in the dark, and then for each one with its group and alone.
  assert.ok(crashes <= 2 + guilty.size * (limits.claimAttempts - 2), `${crashes} crashes`);
});

test('a newer version takes over what is known of the older one', () => {
  const queue = new Queue();
  const [id = ''] = arrive(queue, 1);
  queue.claim(id);
  crash(queue);
  const [newer] = queue.arrive(plannedJob('r0', 2));
  assert.ok(newer);
  assert.equal(queue.views.get(id), undefined);
  assert.deepEqual(queue.views.lossIds(), [newer.id]);
  assert.equal(queue.views.loss(newer.id)?.lost, 1);
  assert.equal(queue.views.get(newer.id)?.queued.attempt, 1);
  assert.deepEqual(queue.views.places(newer.id), ['waiting']);
  queue.timeMs += limits.lossPauseFirstMs;
  assert.deepEqual(tryNow(queue), [newer.id]);
  queue.claim(newer.id);
  queue.finish(newer.id);
  queue.settle(newer.id);
  assert.deepEqual(queue.views.lossIds(), []);
});

test('nothing is waited for where nothing was lost', () => {
  const queue = new Queue();
  arrive(queue, 3);
  assert.equal(nextTrialMs(known(queue)), null);
  assert.deepEqual(trySuspects(known(queue)), { compare: [], operations: [] });
});

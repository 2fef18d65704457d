import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { enqueue } from '../../src/controller/enqueue.ts';
import type { PlannedJob } from '../../src/controller/plan.ts';
import { limits } from '../../src/kernel/limits.ts';
import type { Job } from '../../src/records/job.ts';
import { withCode } from '../store/helpers.ts';
import { plannedJob, Queue, short } from './queue.ts';

function only(jobs: readonly Job[]): Job {
  const [job] = jobs;
  assert.ok(job !== undefined && jobs.length === 1, `${jobs.length} jobs`);
  return job;
}

const waitsFor = (job: Job): readonly string[] => job.dependency.map(short);

describe('dependencies', () => {
  test('forward: a job waits for pending jobs of what it reads', () => {
    const queue = new Queue();
    const a = only(queue.arrive(plannedJob('a', 1)));
    const b = only(queue.arrive(plannedJob('b', 1, ['a', 'nothing-pending'])));
    assert.deepEqual(b.dependency, [a.id]);
    assert.deepEqual(queue.views.places(a.id), ['ready']);
    assert.deepEqual(queue.views.places(b.id), ['waiting']);
  });

  test('reverse: a job waits for pending jobs that read its resource', () => {
    const queue = new Queue();
    const user = only(queue.arrive(plannedJob('user', 1, ['a'])));
    const a = only(queue.arrive(plannedJob('a', 2)));
    assert.deepEqual(a.dependency, [user.id]);
  });

  test('two jobs that read the same resource do not wait for each other', () => {
    const queue = new Queue();
    queue.arrive(plannedJob('user', 1, ['a']));
    assert.deepEqual(only(queue.arrive(plannedJob('other', 1, ['a']))).dependency, []);
  });

  test('same resource: a job waits for one that is worked on', () => {
    const queue = new Queue();
    const first = only(queue.arrive(plannedJob('a', 1)));
    queue.claim(first.id);
    assert.deepEqual(only(queue.arrive(plannedJob('a', 2))).dependency, [first.id]);
  });

  test('J1: the jobs of a workflow wait for all before them; who reads it waits for those that build it', () => {
    const queue = new Queue();
    queue.arrive(plannedJob('a', 1));
    const jobs = queue.arrive(
      plannedJob('b', 1, ['a'], { is_last: false }),
      plannedJob('b', 1, ['a'], { is_first: false, is_last: false, handler: 'second' }),
      plannedJob('b', 1, [], { is_first: false, handler: 'third' }),
    );
    assert.deepEqual(
      jobs.map((job) => job.dependency.length),
      [1, 1, 2],
    );
    assert.deepEqual(jobs[2]?.dependency, [jobs[0]?.id, jobs[1]?.id]);
    // Who reads b later waits for what builds it, not for monitoring that follows.
    const watched = queue.arrive(
      plannedJob('c', 1, [], { is_last: false }),
      plannedJob('c', 1, [], { is_first: false, handler: 'monitoring_worker' }),
    );
    assert.deepEqual(only(queue.arrive(plannedJob('user', 1, ['c']))).dependency, [watched[0]?.id]);
  });
});

describe('superseding', () => {
  test('J4: a version that is ready gives way', () => {
    const queue = new Queue();
    queue.arrive(plannedJob('a', 1));
    const next = only(queue.arrive(plannedJob('a', 2)));
    assert.deepEqual(queue.views.ids('all'), [next.id]);
    assert.deepEqual(queue.views.ids('ready'), [next.id]);
  });

  test('J4: a version that is waiting gives way, and what waited for it waits for the newer one', () => {
    const queue = new Queue();
    const a = only(queue.arrive(plannedJob('a', 1)));
    queue.arrive(plannedJob('b', 1, ['a']));
    const user = only(queue.arrive(plannedJob('user', 1, ['b'])));
    const next = only(queue.arrive(plannedJob('b', 2, ['a'])));
    assert.deepEqual(next.dependency, [a.id]);
    assert.deepEqual(queue.job(user.id).dependency, [next.id]);
    assert.deepEqual(queue.views.ids('waiting').map(short).sort(), ['b2', 'user1']);
  });

  test('J4: one that is worked on doesn’t, nor one that has begun', () => {
    const queue = new Queue();
    const [first, second] = queue.arrive(
      plannedJob('a', 1, [], { is_last: false }),
      plannedJob('a', 1, [], { is_first: false, handler: 'second' }),
    );
    assert.ok(first && second);
    queue.claim(first.id);
    assert.deepEqual(waitsFor(only(queue.arrive(plannedJob('a', 2)))), ['a1', 'a1']);
    queue.finish(first.id);
    queue.settle(first.id);
    const third = only(queue.arrive(plannedJob('a', 3)));
    assert.deepEqual(third.dependency, [second.id]);
    assert.deepEqual(queue.views.ids('all').map(short), ['a1', 'a3']);
  });

  test('J4: where more waits for the older one than one transaction can hold, both run', () => {
    const queue = new Queue();
    queue.arrive(plannedJob('a', 1));
    const users = Array.from({ length: limits.transactionOperations }, (_, i) => `u${i}`);
    for (const user of users) queue.arrive(plannedJob(user, 1, ['a']));
    const next = only(queue.arrive(plannedJob('a', 2)));
    assert.equal(next.dependency.length, users.length + 1);
    assert.equal(queue.views.ids('all').length, users.length + 2);
  });

  test('J4: who is overtaken waits for the newer version also when what lies between gives way', () => {
    const queue = new Queue();
    queue.arrive(plannedJob('a', 1));
    queue.arrive(plannedJob('b', 1, ['a']));
    const c = only(queue.arrive(plannedJob('c', 1, ['b'])));
    // It reads c, which waits for the version before it by way of b.
    const newer = only(queue.arrive(plannedJob('a', 2, ['c'])));
    assert.deepEqual(newer.dependency, []);
    const between = only(queue.arrive(plannedJob('b', 2)));
    assert.deepEqual(between.dependency, []);
    assert.deepEqual(queue.job(c.id).dependency.toSorted(), [newer.id, between.id].toSorted());
  });

  test('J4: a claim that came in between is compared', () => {
    const queue = new Queue();
    const a = only(queue.arrive(plannedJob('a', 1)));
    const ready = queue.views.entry('ready', a.id);
    const { compare } = enqueue(queue.views, [plannedJob('a', 2)], () => 0);
    assert.deepEqual(compare, [{ key: ready?.key, target: 'modRevision', is: '=', value: ready?.modRevision }]);
  });
});

/** The end of a resource that reads others. */
function deletion(id: string, references: readonly string[] = [], more: Partial<PlannedJob> = {}): PlannedJob {
  return plannedJob(id, 9, references, { action: 'logical_delete', ...more });
}

describe('deletions', () => {
  test('J2: what is deleted waits for the deletion of what reads it, whichever came first', () => {
    for (const parentFirst of [true, false]) {
      const queue = new Queue();
      const arrivals = [deletion('parent'), deletion('child', ['parent'])];
      for (const one of parentFirst ? arrivals : arrivals.toReversed()) queue.arrive(one);
      assert.deepEqual(queue.views.ids('ready').map(short), ['child9']);
      assert.deepEqual(queue.views.ids('waiting').map(short), ['parent9']);
      const [child] = queue.views.ids('ready');
      assert.ok(child);
      queue.claim(child);
      queue.finish(child);
      queue.settle(child);
      assert.deepEqual(queue.views.ids('ready').map(short), ['parent9']);
    }
  });

  test('J2: it waits for all of the other workflow, with its first job', () => {
    const queue = new Queue();
    const [first] = queue.arrive(
      deletion('parent', [], { is_last: false, handler: 'second' }),
      deletion('parent', [], { is_first: false }),
    );
    queue.arrive(deletion('other', ['parent']));
    const child = queue.arrive(
      deletion('child', ['parent'], { is_last: false, handler: 'second' }),
      deletion('child', ['parent'], { is_first: false }),
    );
    assert.ok(first);
    assert.deepEqual(waitsFor(queue.job(first.id)), ['other9', 'child9']);
    assert.equal(queue.job(first.id).dependency[1], child[1]?.id);
    assert.deepEqual(child[0]?.dependency, []);
  });

  test('J2: where a worker has begun with what is read, they are deleted side by side', () => {
    const queue = new Queue();
    const parent = only(queue.arrive(deletion('parent')));
    queue.claim(parent.id);
    const child = only(queue.arrive(deletion('child', ['parent'])));
    assert.deepEqual([queue.job(parent.id).dependency, child.dependency], [[], []]);
    assert.deepEqual(queue.views.places(parent.id), ['working']);
  });

  test('J2: a claim that comes in between is compared', () => {
    const queue = new Queue();
    const parent = only(queue.arrive(deletion('parent')));
    const ready = queue.views.entry('ready', parent.id);
    const { compare } = enqueue(queue.views, [deletion('child', ['parent'])], () => 0);
    assert.deepEqual(compare, [{ key: ready?.key, target: 'modRevision', is: '=', value: ready?.modRevision }]);
  });

  test('J2: those that read each other end all the same', () => {
    const queue = new Queue();
    queue.arrive(deletion('a', ['b']));
    queue.arrive(deletion('b', ['c']));
    queue.arrive(deletion('c', ['a']));
    assertSound(queue);
    const order: string[] = [];
    for (let id = next(queue); id !== undefined; id = next(queue)) {
      claim(queue, id);
      end(queue, id, { kind: 'finish', fails: false });
      order.push(short(id));
    }
    assert.equal(order.length, 3);
  });

  test('J2: a deletion waits for what is made of what it reads, as any other job', () => {
    const queue = new Queue();
    const parent = only(queue.arrive(plannedJob('parent', 2)));
    const gone = only(queue.arrive(deletion('child', ['parent'])));
    assert.deepEqual(gone.dependency, [parent.id]);
  });

  test('J2: what waits for a version that gives way isn’t pointed to the newer one twice', () => {
    const queue = new Queue();
    queue.arrive(plannedJob('child', 1, ['parent']));
    const parent = only(queue.arrive(deletion('parent')));
    const child = only(queue.arrive(deletion('child', ['parent'])));
    assert.deepEqual(queue.job(parent.id).dependency, [child.id]);
    assert.deepEqual(queue.views.ids('ready'), [child.id]);
  });
});

test('a workflow that no transaction can hold is refused', () => {
  const queue = new Queue();
  const resource_input = { id: 'a', text: 'é'.repeat(limits.workflowBytes / 6) };
  queue.arrive(plannedJob('b', 1, [], { resource_input }));
  const jobs = [
    plannedJob('a', 1, [], { resource_input, is_last: false }),
    plannedJob('a', 1, [], { resource_input, is_first: false, handler: 'second' }),
  ];
  assert.throws(() => queue.arrive(...jobs), withCode('JOB_TOO_LARGE'));
  assert.equal(queue.views.ids('all').length, 1);
});

/** Arrivals, claims and ends, of few resources that refer to each other at random. */
const resource = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
const events = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('arrive' as const),
        id: resource,
        references: fc.uniqueArray(resource, { maxLength: 3 }),
        jobs: fc.integer({ min: 1, max: 3 }),
      }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('claim' as const), pick: fc.nat() }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('finish' as const), pick: fc.nat(), fails: fc.boolean() }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('lose' as const), pick: fc.nat() }) },
  ),
  { maxLength: 60 },
);

test('never a cycle, never a job before what it waits for, and nothing stays in the queue', () => {
  fc.assert(
    fc.property(events, (given) => {
      const queue = new Queue();
      const versions = new Map<string, number>();
      for (const event of given) {
        play(queue, versions, event);
        assertSound(queue);
      }
      for (let id = next(queue); id !== undefined; id = next(queue)) {
        if (queue.views.entry('ready', id) !== undefined) claim(queue, id);
        end(queue, id, { kind: 'finish', fails: false });
        assertSound(queue);
      }
      for (const list of ['all', 'waiting', 'ready', 'working', 'finished'] as const) {
        assert.deepEqual(queue.views.ids(list), [], list);
      }
    }),
    { numRuns: 400 },
  );
});

type Event = typeof events extends fc.Arbitrary<(infer One)[]> ? One : never;

function play(queue: Queue, versions: Map<string, number>, event: Event): void {
  if (event.kind === 'arrive') {
    arrive(queue, versions, event);
    return;
  }
  const ids = queue.views.ids(event.kind === 'claim' ? 'ready' : 'working');
  const id = ids[event.pick % Math.max(ids.length, 1)];
  if (id === undefined) return;
  if (event.kind === 'claim') claim(queue, id);
  else end(queue, id, event);
}

function arrive(queue: Queue, versions: Map<string, number>, event: Extract<Event, { kind: 'arrive' }>): void {
  const version = (versions.get(event.id) ?? 0) + 1;
  versions.set(event.id, version);
  const references = event.references.filter((id) => id !== event.id);
  const jobs = Array.from({ length: event.jobs }, (_, i) =>
    plannedJob(event.id, version, references, {
      is_first: i === 0,
      is_last: i === event.jobs - 1,
      handler: `h${i}`,
    }),
  );
  for (const { dependency } of queue.arrive(...jobs)) {
    for (const id of dependency) assert.ok(queue.views.get(id), `${id} doesn't exist`);
  }
}

function next(queue: Queue): string | undefined {
  const now = () => queue.views.ids('working')[0] ?? queue.views.ids('ready')[0];
  if (now() === undefined) queue.tryLost();
  return now();
}

function claim(queue: Queue, id: string): void {
  for (const before of queue.job(id).dependency)
    assert.equal(queue.views.get(before), undefined, `${id} before ${before}`);
  queue.claim(id);
}

function end(
  queue: Queue,
  id: string,
  event: { readonly kind: 'finish'; readonly fails: boolean } | { readonly kind: 'lose' },
): void {
  if (event.kind === 'lose') {
    queue.lose(id);
    if (queue.views.entry('finished', id) === undefined) return;
  } else queue.finish(id, event.fails ? 'it broke' : null);
  queue.settle(id);
}

/** No cycle; each job in one list; whatever waits has something to wait for, or has lost a worker. */
function assertSound(queue: Queue): void {
  for (const id of queue.views.ids('all')) {
    assert.equal(queue.views.places(id).length, 1, `${id} in ${queue.views.places(id)}`);
    const pending = queue.job(id).dependency.filter((other) => queue.views.get(other) !== undefined);
    const isWaiting = queue.views.entry('waiting', id) !== undefined;
    const isHeld = isWaiting && queue.views.loss(id) !== undefined;
    assert.ok(isWaiting === pending.length > 0 || isHeld, `${id} waits for ${pending}`);
  }
  const done = new Set<string>();
  const visit = (id: string, above: ReadonlySet<string>): void => {
    assert.ok(!above.has(id), `a cycle through ${id}`);
    if (done.has(id)) return;
    done.add(id);
    for (const before of queue.views.get(id)?.queued.job.dependency ?? []) visit(before, new Set([...above, id]));
  };
  for (const id of queue.views.ids('all')) visit(id, new Set());
}

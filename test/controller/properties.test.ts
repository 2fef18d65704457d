import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Writes } from '../../src/controller/writes.ts';
import type { JsonObject } from '../../src/kernel/json.ts';
import { parseJobId } from '../../src/records/job.ts';
import { decodeFailure, failureKey } from '../../src/records/job-failure.ts';
import { jobQueues, keys } from '../../src/records/keys.ts';
import { Accounts, reads } from './accounts.ts';
import { keyOf } from './queue.ts';
import { World } from './world.ts';

/** The resources of a run: parts that can build on each other, also in circles, and users of parts of other kinds. */
const parts = ['a', 'b', 'c', 'd'] as const;
const typeOf: { readonly [id: string]: string } = { a: 'part', b: 'part', c: 'part', d: 'part', e: 'both', f: 'look' };
const resources = Object.keys(typeOf);

const resource = fc.constantFrom(...resources);
const target = fc.option(fc.constantFrom(...parts));
const pick = fc.nat({ max: 20 });

/** What can come to pass. Numbers pick one of the jobs that there are. */
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('write' as const), id: resource, on: target, also: target }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('mark' as const), id: resource }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('remove' as const), id: resource }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('claim' as const), job: pick }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('finish' as const), job: pick, fails: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('lose' as const), job: pick }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('claim between' as const), job: pick }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('look' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer One> ? One : never;
const steps = fc.array(step, { maxLength: 60, size: 'max' });

/** A world whose accounts are kept. */
function watched(): { readonly world: World; readonly accounts: Accounts } {
  const world = new World();
  const accounts = new Accounts();
  world.onWritten = (operations) => accounts.hear(operations);
  return { world, accounts };
}

function play(world: World, given: Step): void {
  switch (given.do) {
    case 'write':
      write(world, given.id, bodyOf(given.id, given.on, given.also));
      return;
    case 'mark':
      mark(world, given.id);
      return;
    case 'remove':
      world.remove(kindOf(given.id), given.id);
      return;
    case 'claim':
      onOneOf(world.jobs('ready'), given.job, (id) => world.claim(id));
      return;
    case 'finish':
      onOneOf(world.jobs('working'), given.job, (id) => world.finish(id, given.fails ? 'it broke' : null));
      return;
    case 'lose':
      onOneOf(world.jobs('working'), given.job, (id) => world.lose(id));
      return;
    case 'claim between':
      world.onTheWay = () => onOneOf(world.jobs('ready'), given.job, (id) => world.claim(id));
      return;
    case 'look':
      world.look();
      sync(world);
      return;
    case 'restart':
      world.restart();
  }
}

function kindOf(id: string): string {
  const type = typeOf[id];
  assert.ok(type);
  return type;
}

function bodyOf(id: string, on: string | null, also: string | null): JsonObject {
  switch (kindOf(id)) {
    case 'part':
      return { on_id: on, also_id: also };
    case 'both':
      return { on_id: on };
    default:
      return { at_id: on ?? 'a' };
  }
}

/** What the API lets through: a resource that is marked changes no more. */
function write(world: World, id: string, body: JsonObject): void {
  if (world.config(kindOf(id), id)?.markedForDeletion !== true) world.configure(kindOf(id), id, body);
}

function mark(world: World, id: string): void {
  const config = world.config(kindOf(id), id);
  if (config !== null && !isUnderDeletion(world, id)) world.configure(kindOf(id), id, config.body, true);
}

/** Marked, and not failed: then it can be marked again. */
function isUnderDeletion(world: World, id: string): boolean {
  const config = world.config(kindOf(id), id);
  const state = world.stateOf(kindOf(id), id);
  return config?.markedForDeletion === true && !(state?.version === config.version && state.error !== '');
}

/** Rows go whose deletion has ended. */
function sync(world: World): void {
  for (const id of resources) {
    const config = world.config(kindOf(id), id);
    const state = world.stateOf(kindOf(id), id);
    if (config?.markedForDeletion && state?.version === config.version && state.error === '') {
      world.remove(kindOf(id), id);
    }
  }
}

function onOneOf(ids: readonly string[], pickOne: number, act: (id: string) => void): void {
  const id = ids[pickOne % Math.max(ids.length, 1)];
  if (id !== undefined) act(id);
}

/** Workers and the controller go on without a failure until nothing moves. */
function drain(world: World): void {
  for (let round = 0; ; round++) {
    assert.ok(round < 200, `it never ends: ${world.jobs('all')}`);
    world.look();
    sync(world);
    world.look();
    for (const id of world.jobs('ready')) world.claim(id);
    const working = world.jobs('working');
    if (working.length === 0) return;
    for (const id of working) world.finish(id, null);
  }
}

/** How a run ended: every list empty, every resource answered or gone without a trace. */
function assertAtRest(world: World): void {
  for (const queue of jobQueues) assert.deepEqual(world.jobs(queue), [], queue);
  for (const id of resources) {
    const config = world.config(kindOf(id), id);
    if (config === null) assert.deepEqual(world.traces(kindOf(id), id), [], id);
    else assert.equal(world.stateOf(kindOf(id), id)?.version, config.version, `the version of ${id}'s state`);
  }
  const written: unknown[] = [];
  world.onPlanned = (...planned) => written.push(planned);
  world.restart();
  world.look();
  assert.deepEqual(written, [], 'another controller finds something to do');
}

/** One job waits for another that is cancelled meanwhile, and what that one waited for comes to wait for the first. */
const waitsForCancelled: readonly Step[] = [
  { do: 'write', id: 'd', on: null, also: null },
  { do: 'write', id: 'a', on: 'c', also: null },
  { do: 'look' },
  { do: 'write', id: 'b', on: 'd', also: null },
  { do: 'claim', job: 0 },
  { do: 'mark', id: 'a' },
  { do: 'write', id: 'c', on: 'a', also: 'b' },
  { do: 'look' },
  { do: 'finish', job: 0, fails: true },
  { do: 'write', id: 'd', on: null, also: 'a' },
];

test('no cycle, no early start, one end for each version, and nothing is left', () => {
  fc.assert(
    fc.property(steps, (given) => {
      const { world, accounts } = watched();
      for (const one of given) play(world, one);
      drain(world);
      accounts.close();
      assertAtRest(world);
    }),
    { numRuns: 400, includeErrorInReport: true, examples: [[waitsForCancelled]] },
  );
});

/** What operators and workers do besides: jobs are cancelled and tried again, and handlers are away for a while. */
const more = fc.oneof(
  { weight: 5, arbitrary: step },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cancel' as const), job: pick }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('retry' as const), job: pick }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('serve' as const),
      handler: fc.constantFrom('builder', 'looker'),
      is: fc.boolean(),
    }),
  },
);

/** Jobs of the queue, and those that failed last. */
function jobsToAsk(world: World): readonly string[] {
  const failed = [...world.entries].flatMap(([key, { value }]) => {
    return key.startsWith(keys.jobFailures) ? (decodeFailure(value)?.jobId ?? []) : [];
  });
  return [...world.jobs('all'), ...failed].filter((id) => id !== '');
}

/** What is referred to can't be taken away: so the API has it. */
function isUsed(world: World, id: string): boolean {
  return resources.some((other) => Object.values(world.config(kindOf(other), other)?.body ?? {}).includes(id));
}

function playMore(world: World, given: typeof more extends fc.Arbitrary<infer One> ? One : never): void {
  switch (given.do) {
    case 'cancel':
      onOneOf(jobsToAsk(world), given.job, (jobId) => {
        const { type = '', resourceId = '' } = parseJobId(jobId) ?? {};
        // Who cancels the undoing of what nobody wants any more leaves it.
        if (world.config(type, resourceId) === null) return;
        const found = world.ask({ kind: 'cancel', jobId, dryRun: true, dependents: null });
        if (found.kind === 'refused') return;
        if (found.count > 0) {
          const unseen = world.ask({ kind: 'cancel', jobId, dryRun: false, dependents: found.count - 1 });
          assert.equal(unseen.kind === 'refused' && unseen.code, 'JOB_HAS_DEPENDENTS');
        }
        assert.equal(world.ask({ kind: 'cancel', jobId, dryRun: false, dependents: found.count }).kind, 'done');
      });
      return;
    case 'retry':
      onOneOf(jobsToAsk(world), given.job, (jobId) => world.ask({ kind: 'retry', jobId }));
      return;
    case 'serve':
      if (given.is) world.unserved.delete(given.handler);
      else world.unserved.add(given.handler);
      return;
    case 'remove':
      if (!isUsed(world, given.id)) play(world, given);
      return;
    default:
      if (given.do === 'claim' || given.do === 'claim between') {
        const served = world.jobs('ready').filter((id) => !world.unserved.has(world.job(id).handler));
        if (given.do === 'claim') onOneOf(served, given.job, (id) => world.claim(id));
      } else play(world, given);
  }
}

/** The cases of operators: the same ones each time, others by hand. */
const SEED = Number(process.env.KAMADO_PROPERTY_SEED ?? 1);

test('operators may cancel and try again, and workers be away: nothing stays, and nothing built is forgotten', () => {
  fc.assert(
    fc.property(fc.array(more, { maxLength: 60, size: 'max' }), (given) => {
      const world = new World();
      const built = new Set<string>();
      const note = (id: string): void => {
        const { action, handler, resource_type: type, resource_id } = world.job(id);
        const what = `${handler} ${type}:${resource_id}`;
        if (action === 'delete' || action === 'logical_delete') built.delete(what);
        else built.add(what);
      };
      const claim = world.claim.bind(world);
      // Whatever a worker has may be built, whether or not it says so.
      world.claim = (id) => {
        note(id);
        claim(id);
      };
      for (const one of given) playMore(world, one);
      world.unserved.clear();
      drain(world);
      // As the API has it: what is referred to is there until its users are gone.
      for (const id of parts) if (world.config('part', id) === null) world.configure('part', id, {});
      drain(world);
      for (const ids of [['e', 'f'], parts]) {
        for (const id of ids) mark(world, id);
        drain(world);
      }
      for (const queue of jobQueues) assert.deepEqual(world.jobs(queue), [], queue);
      for (const id of resources) {
        assert.deepEqual(world.traces(kindOf(id), id), [], id);
        assert.equal(world.entries.has(failureKey(`${kindOf(id)}:${id}`)), false, id);
      }
      assert.deepEqual([...built], [], 'what was built is left');
      assert.deepEqual(
        [...world.entries.keys()].filter((key) => key.startsWith(keys.jobLosses)),
        [],
      );
    }),
    { seed: SEED, numRuns: 300, includeErrorInReport: true },
  );
});

/** Writes with their operations in the order of the keys: a transaction is done at once. */
function text({ compare, operations }: Writes): string {
  return JSON.stringify([
    compare.toSorted((a, b) => (a.key < b.key ? -1 : 1)),
    operations.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)),
  ]);
}

/** A list of the store has the jobs of one transaction in the order of their keys, and a watch in that of the transaction. */
const jobsOfOneTransaction: readonly Step[] = [
  { do: 'write', id: 'e', on: 'b', also: null },
  { do: 'write', id: 'b', on: null, also: null },
  { do: 'look' },
  { do: 'mark', id: 'e' },
  { do: 'claim', job: 0 },
  { do: 'finish', job: 0, fails: true },
  { do: 'write', id: 'b', on: null, also: null },
  { do: 'look' },
  { do: 'claim', job: 0 },
  { do: 'finish', job: 0, fails: true },
  { do: 'look' },
];

test('the same store gives the same plan, whatever the controller has seen before', () => {
  fc.assert(
    fc.property(steps, (given) => {
      const { world } = watched();
      world.onPlanned = (item, writes, seed) => {
        assert.equal(JSON.stringify(world.writesFor(world.state, item, seed)), JSON.stringify(writes), 'asked again');
        assert.equal(text(world.writesFor(world.freshState(), item, seed)), text(writes), 'of another controller');
      };
      for (const one of given) play(world, one);
    }),
    { numRuns: 300, includeErrorInReport: true, examples: [[jobsOfOneTransaction]] },
  );
});

/** Parts that refer to earlier ones only, and the order in which they are deleted, all at once. */
const acyclic = fc.integer({ min: 2, max: 9 }).chain((count) =>
  fc.record({
    references: fc.tuple(
      ...Array.from({ length: count }, (_, n) =>
        fc.array(fc.nat({ max: Math.max(n - 1, 0) }), { maxLength: n === 0 ? 0 : 2 }),
      ),
    ),
    order: fc.shuffledSubarray([...Array(count).keys()], { minLength: count }),
    looks: fc.array(fc.boolean(), { minLength: count, maxLength: count }),
    first: fc.array(pick, { maxLength: 20 }),
  }),
);

test('what is deleted at once is deleted users first, in whatever order it comes', () => {
  fc.assert(
    fc.property(acyclic, ({ references, order, looks, first }) => {
      const { world, accounts } = watched();
      const body = ([on, also]: readonly number[]): JsonObject => ({
        on_id: on === undefined ? null : `p${on}`,
        also_id: also === undefined ? null : `p${also}`,
      });
      for (const [n, targets] of references.entries()) world.configure('part', `p${n}`, body(targets));
      drain(world);
      const created = accounts.claims.length;
      for (const n of order) {
        world.configure('part', `p${n}`, body(references[n] ?? []), true);
        if (looks[n]) world.look();
      }
      world.look();
      for (const one of first) {
        onOneOf(world.jobs('ready'), one, (id) => {
          world.claim(id);
          world.finish(id, null);
        });
        world.look();
      }
      drain(world);
      accounts.close();
      const ended = accounts.claims.slice(created);
      assert.equal(ended.length, references.length);
      for (const [place, job] of ended.entries()) {
        for (const later of ended.slice(place + 1)) {
          assert.ok(!reads([later], job), `${job.resource_id} before ${later.resource_id}, which reads it`);
        }
      }
    }),
    { numRuns: 200, includeErrorInReport: true },
  );
});

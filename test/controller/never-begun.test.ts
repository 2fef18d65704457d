import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JobViews } from '../../src/controller/job-view.ts';
import { isHandlerUnbegun, isNeverBegun } from '../../src/controller/never-begun.ts';
import type { ResourceView } from '../../src/controller/resource-view.ts';
import type { StoreEntry } from '../../src/controller/store-record.ts';
import { plannedJob, Queue } from './queue.ts';

const entry: StoreEntry = { key: '', value: { kind: 'unknown' }, modRevision: 1 };
/** A resource that was planned, and of which nothing was begun before. */
const view: ResourceView = {
  config: null,
  processed: { value: { version: 2, body: {}, deleted: true }, entry },
  applied: null,
  state: null,
  failure: { value: { jobId: '', version: 1, atMs: 0, begun: false }, entry },
};

test('whether a workflow was begun doesn’t depend on the order in which a controller hears of its jobs', () => {
  const queue = new Queue();
  const more = { action: 'logical_delete', is_first: false } as const;
  queue.arrive(
    plannedJob('p', 2, [], { ...more, handler: 'looker', is_first: true, is_last: false }),
    plannedJob('p', 2, [], { ...more, handler: 'builder' }),
  );
  const orders = [queue.views.ids('all'), queue.views.ids('all').toReversed()];
  for (const ids of orders) {
    const views = new JobViews();
    for (const list of ['all', 'ready', 'waiting'] as const) {
      for (const id of ids) {
        const known = queue.views.entry(list, id);
        if (known !== undefined) views.set(known);
      }
    }
    const jobs = views.ofResource('part:p');
    assert.deepEqual(
      jobs.map(({ handler }) => handler),
      ['looker', 'builder'],
      'in the order of their workflow',
    );
    assert.equal(isNeverBegun(views, view, jobs), true, ids.join());
    for (const handler of ['looker', 'builder']) {
      assert.equal(isHandlerUnbegun(views, view, jobs, handler), true, `${handler} in ${ids.join()}`);
    }
  }
});

import assert from 'node:assert/strict';
import { enqueue } from '../../src/controller/enqueue.ts';
import { JobViews } from '../../src/controller/job-view.ts';
import type { PlannedJob } from '../../src/controller/plan.ts';
import { readRecord } from '../../src/controller/read-record.ts';
import { ResourceViews } from '../../src/controller/resource-view.ts';
import { putBack, type SettleContext, settleFinished } from '../../src/controller/settle.ts';
import { trySuspects } from '../../src/controller/suspects.ts';
import type { Writes } from '../../src/controller/writes.ts';
import { limits } from '../../src/kernel/limits.ts';
import { encodeFinished, type Job, type JobAction } from '../../src/records/job.ts';
import { jobKey } from '../../src/records/keys.ts';
import type { Operation } from '../../src/store/store.ts';
import { workModel } from '../support/work.ts';

/** A job of a part, as it is planned: only what the queue looks at. */
export function plannedJob(
  id: string,
  version: number,
  references: readonly string[] = [],
  more: Partial<PlannedJob> = {},
): PlannedJob {
  const action: JobAction = version === 1 ? 'create' : 'modify';
  return {
    action,
    handler: 'builder',
    resource_type: 'part',
    resource_id: id,
    version,
    job_name: `part:${id}:${version}`,
    is_first: true,
    is_last: true,
    on_failure: 'fail',
    params: [
      {
        param: 'on',
        type: 'value',
        value: null,
        resources: references.map((resource_id) => ({ resource_type: 'part', resource_id })),
      },
    ],
    resource_input: { id },
    ...more,
  };
}

/** The queue by itself: what the controller writes is applied at once, and workers are played by the test. */
export class Queue implements SettleContext {
  readonly views = new JobViews();
  readonly model = workModel;
  readonly resources = new ResourceViews(workModel);
  readonly nowMs = (): number => this.timeMs;
  timeMs = 1_000_000;
  #revision = 0;
  #random = 0;

  /** Enqueues a workflow and returns its jobs. */
  arrive(...jobs: readonly PlannedJob[]): readonly Job[] {
    const before = new Set(this.views.ids('all'));
    this.apply(enqueue(this.views, jobs, (below) => this.#next() % below));
    return this.views.ids('all').flatMap((id) => (before.has(id) ? [] : (this.views.get(id)?.queued.job ?? [])));
  }

  #next(): number {
    this.#random = (this.#random * 31 + 7) % 1_000_003;
    return this.#random;
  }

  apply({ compare, operations }: Writes): void {
    const revision = ++this.#revision;
    for (const one of compare) {
      const known = this.#entryOf(one.key);
      if (one.target === 'modRevision') assert.equal(known, one.value, one.key);
      if (one.target === 'createRevision') assert.equal(known, one.value, one.key);
    }
    const written = new Set<string>();
    for (const operation of operations) {
      const key = keyOf(operation);
      assert.ok(!written.has(key) || operation.type === 'delete', `${key} is written twice`);
      written.add(key);
      if (operation.type === 'put') this.put(key, operation.value, revision);
      else this.views.delete(key);
    }
  }

  /** Shows a key as the store has it. */
  put(key: string, text: string, modRevision: number): void {
    const entry = { key, value: readRecord(this.resources, key, text), modRevision };
    this.resources.set(entry);
    this.views.set(entry);
  }

  claim(jobId: string): void {
    this.apply({
      compare: [],
      operations: [
        { type: 'put', key: jobKey('working', jobId), value: 'w' },
        { type: 'delete', range: { from: jobKey('ready', jobId) } },
      ],
    });
  }

  /** What a worker's end of a job writes, without the settling. */
  finish(jobId: string, error: string | null = null): void {
    this.apply({
      compare: [],
      operations: [
        { type: 'put', key: jobKey('finished', jobId), value: encodeFinished(error === null ? [] : [error]) },
        { type: 'delete', range: { from: jobKey('working', jobId) } },
      ],
    });
  }

  /** The end of a claim without a result. */
  lose(jobId: string): Writes {
    this.apply({ compare: [], operations: [{ type: 'delete', range: { from: jobKey('working', jobId) } }] });
    const writes = putBack(this, jobId);
    this.apply(writes);
    return writes;
  }

  /** Lets so much time pass that jobs which lost their worker are tried again, as many as may be at a time. */
  tryLost(): void {
    this.timeMs += limits.lossPauseLongestMs + limits.lossPatienceMs;
    this.apply(trySuspects({ views: this.views, hasWorker: () => true, nowMs: this.nowMs }));
  }

  /**
   * Settles a finished job, and those that may have waited for that, as far as it goes now; returns what was written, a
   * transaction each.
   */
  settle(jobId: string): readonly Writes[] {
    const transactions: Writes[] = [];
    const settleOne = (id: string): boolean => {
      const writes = settleFinished(this, id);
      if (writes.operations.length === 0) return false;
      transactions.push(writes);
      this.apply(writes);
      return true;
    };
    while (settleOne(jobId) || this.views.ids('finished').some(settleOne));
    return transactions;
  }

  job(jobId: string): Job {
    const job = this.views.get(jobId)?.queued.job;
    assert.ok(job, jobId);
    return job;
  }

  #entryOf(key: string): number {
    const [, , queue, jobId] = key.split('/');
    const known = (['all', 'waiting', 'ready', 'working', 'finished'] as const).find((name) => name === queue);
    return known === undefined || jobId === undefined ? 0 : (this.views.entry(known, jobId)?.modRevision ?? 0);
  }
}

export function keyOf(operation: Operation): string {
  return operation.type === 'put' ? operation.key : operation.range.from;
}

/** 'create:builder:part:a:1:xyz12' → 'a1'. */
export function short(jobId: string): string {
  const [, , , id, version] = jobId.split(':');
  return `${id}${version}`;
}

import assert from 'node:assert/strict';
import { decodeJob, type Job } from '../../src/records/job.ts';
import { type JobQueue, jobQueues, parseJobKey } from '../../src/records/keys.ts';
import { decodeState } from '../../src/records/state-record.ts';
import type { Operation } from '../../src/store/store.ts';
import { keyOf as resourceKeyOf } from '../support/work.ts';
import { keyOf } from './queue.ts';

type End = 'done' | 'failed' | 'cancelled' | 'superseded';

interface Workflow {
  readonly jobs: Job[];
  readonly ends: End[];
}

/**
 * Keeps the accounts of every workflow from what was written alone, and objects at once when a job starts too early, is
 * cancelled without reason, or when the jobs wait for each other in a circle.
 */
export class Accounts {
  /** All jobs that ever were, as they were written last. */
  readonly #records = new Map<string, Job>();
  readonly #workflows = new Map<string, Workflow>();
  readonly #pending = new Set<string>();
  readonly #claimed = new Set<string>();
  readonly #working = new Set<string>();
  readonly #failed = new Set<string>();
  readonly #places = new Map<string, Set<JobQueue>>();
  /** The jobs that were claimed first, in that order. */
  readonly claims: Job[] = [];

  hear(operations: readonly Operation[]): void {
    const added = this.#learn(operations);
    this.#move(operations);
    for (const jobId of named(operations, 'working', 'put')) this.#onClaim(jobId);
    for (const jobId of named(operations, 'working', 'delete')) this.#working.delete(jobId);
    for (const jobId of named(operations, 'finished', 'put')) this.#onFinish(jobId, operations);
    for (const jobId of named(operations, 'all', 'delete')) this.#onGone(jobId, operations, added);
    this.#checkCircles();
    for (const job of added) if (job.is_last && job.action === 'logical_delete') this.#checkOrderOf(job);
  }

  /** Whether every workflow came to exactly one end, and left nothing. */
  close(): void {
    assert.deepEqual([...this.#pending], [], 'jobs are left');
    for (const { jobs, ends } of this.#workflows.values()) {
      assert.equal(ends.length, 1, `${jobs[0]?.id} ended ${ends.length} times: ${ends}`);
    }
  }

  /** Takes over what was written about jobs; returns the new ones. */
  #learn(operations: readonly Operation[]): readonly Job[] {
    const written = operations.flatMap((operation) => {
      const isRecord = operation.type === 'put' && parseJobKey(operation.key)?.queue === 'all';
      return isRecord ? (decodeJob(operation.value)?.job ?? []) : [];
    });
    const added = written.filter((job) => !this.#records.has(job.id));
    for (const job of written) this.#records.set(job.id, job);
    const workflow: Workflow = { jobs: [...added], ends: [] };
    for (const job of added) {
      assert.equal(job.job_name, added[0]?.job_name, 'a transaction of the controller plans one workflow');
      this.#workflows.set(job.id, workflow);
      this.#pending.add(job.id);
    }
    return added;
  }

  /** A job stands in one list at a time, or in none where its worker was lost; one that is gone stands in none. */
  #move(operations: readonly Operation[]): void {
    for (const queue of jobQueues.filter((name) => name !== 'all')) {
      for (const jobId of named(operations, queue, 'delete')) this.#places.get(jobId)?.delete(queue);
      for (const jobId of named(operations, queue, 'put')) {
        this.#places.set(jobId, (this.#places.get(jobId) ?? new Set()).add(queue));
      }
    }
    const gone = named(operations, 'all', 'delete');
    for (const [jobId, places] of this.#places) {
      assert.ok(places.size <= (gone.includes(jobId) ? 0 : 1), `${jobId} stands in ${[...places]}`);
    }
    for (const jobId of gone) this.#places.delete(jobId);
  }

  #onClaim(jobId: string): void {
    const job = this.#job(jobId);
    for (const before of job.dependency) assert.ok(!this.#pending.has(before), `${jobId} starts before ${before}`);
    if (!this.#claimed.has(jobId)) this.claims.push(job);
    this.#claimed.add(jobId);
    this.#working.add(jobId);
  }

  #onFinish(jobId: string, operations: readonly Operation[]): void {
    const job = this.#job(jobId);
    const state = stateOf(job, operations);
    if (state === null) return;
    const fails = state.error !== '';
    assert.ok(job.is_last || fails, `${jobId} says a state too early`);
    assert.equal(state.version, job.version);
    if (fails) this.#failed.add(jobId);
    this.#workflow(jobId).ends.push(fails ? 'failed' : 'done');
  }

  #onGone(jobId: string, operations: readonly Operation[], added: readonly Job[]): void {
    const job = this.#job(jobId);
    const { ends } = this.#workflow(jobId);
    this.#pending.delete(jobId);
    const [newer] = added;
    if (newer !== undefined) {
      assert.ok(isOf(newer, job), `${jobId} gave way to ${newer.id}`);
      assert.ok(!this.#working.has(jobId), `${jobId} has begun`);
      if (!ends.includes('superseded')) ends.push('superseded');
      return;
    }
    const state = stateOf(job, operations);
    const culprit = /^canceled: dependency (.*) failed$/.exec(state?.error ?? '')?.[1];
    if (culprit !== undefined && state?.version === job.version) {
      this.#checkCulprit(job, culprit, named(operations, 'all', 'delete'));
      if (job.is_last) ends.push('cancelled');
    } else if (job.is_last && ends.length === 0 && this.#hasNewer(job)) ends.push('superseded');
  }

  /** Whether another workflow was planned for its resource since: then it is that one's end that counts. */
  #hasNewer(job: Job): boolean {
    const planned = [...this.#workflows].filter(([, { jobs }]) => jobs[0] !== undefined && isOf(jobs[0], job));
    return planned.at(-1)?.[1] !== this.#workflow(job.id);
  }

  /** Cancelled is what waits for a failed job, those that nothing waits for first; a newer version never is. */
  #checkCulprit(job: Job, culpritId: string, leaving: readonly string[]): void {
    const culprit = this.#job(culpritId);
    assert.ok(this.#failed.has(culpritId), `${culpritId} has not failed`);
    assert.ok(this.#isBefore(culpritId, job.id), `${job.id} doesn't wait for ${culpritId}`);
    assert.ok(!isOf(job, culprit), `${job.id} is cancelled by another version of its resource`);
    for (const id of this.#pending) {
      const other = this.#job(id);
      const waits = other.dependency.includes(job.id) && !leaving.includes(id);
      assert.ok(!waits || isOf(other, culprit), `${job.id} is cancelled before ${id}, which waits for it`);
    }
  }

  #checkCircles(): void {
    for (const id of this.#pending) {
      // What was cancelled is still named, and nothing waits for it any more.
      for (const before of this.#job(id).dependency.filter((one) => this.#pending.has(one))) {
        assert.ok(
          before !== id && !this.#isBefore(id, before, this.#pending),
          `${id} and ${before} wait for each other`,
        );
      }
    }
  }

  /** What is being deleted waits for the deletion of what reads it, unless a worker had begun with it. */
  #checkOrderOf(last: Job): void {
    const jobs = this.#workflow(last.id).jobs;
    const own = jobs[0] ?? last;
    for (const id of this.#pending) {
      const other = this.#job(id);
      const { jobs: others, ends } = this.#workflow(id);
      if (other.action !== 'logical_delete' || !other.is_first || isOf(other, own) || ends.length > 0) continue;
      const isFree = (workflow: readonly Job[]): boolean => !workflow.some((job) => this.#claimed.has(job.id));
      const related = (reads(jobs, other) && isFree(others)) || (reads(others, own) && isFree(jobs));
      const ordered = this.#isBefore(last.id, id) || others.some((job) => this.#isBefore(job.id, own.id));
      assert.ok(!related || ordered, `${own.id} and ${id} are deleted side by side`);
    }
  }

  /**
   * Whether `later` waits for `earlier`, directly or through others.
   * @param through the others; absent: also those that have left, for which it waited once
   */
  #isBefore(earlier: string, later: string, through?: ReadonlySet<string>): boolean {
    const seen = new Set([later]);
    for (const id of seen) {
      for (const before of this.#records.get(id)?.dependency ?? []) {
        if (before === earlier) return true;
        if (through?.has(before) ?? true) seen.add(before);
      }
    }
    return false;
  }

  #job(jobId: string): Job {
    const job = this.#records.get(jobId);
    assert.ok(job, `${jobId} was never planned`);
    return job;
  }

  #workflow(jobId: string): Workflow {
    const workflow = this.#workflows.get(jobId);
    assert.ok(workflow, jobId);
    return workflow;
  }
}

function isOf(a: Job, b: Job): boolean {
  return a.resource_type === b.resource_type && a.resource_id === b.resource_id;
}

/** Whether a workflow reads the resource of a job. */
export function reads(jobs: readonly Job[], { resource_type, resource_id }: Job): boolean {
  const references = jobs.flatMap((job) => job.params.flatMap((param) => param.resources));
  return references.some((one) => one.resource_type === resource_type && one.resource_id === resource_id);
}

/** The ids of jobs that are put into a list, or taken out of it. */
function named(operations: readonly Operation[], queue: JobQueue, type: 'put' | 'delete'): readonly string[] {
  return operations.flatMap((operation) => {
    const key = operation.type === type ? parseJobKey(keyOf(operation)) : null;
    return key?.queue === queue ? [key.jobId] : [];
  });
}

function stateOf(job: Job, operations: readonly Operation[]): ReturnType<typeof decodeState> {
  const key = resourceKeyOf('state', job.resource_type, job.resource_id);
  const put = operations.find((operation) => operation.type === 'put' && operation.key === key);
  return put?.type === 'put' ? decodeState(put.value) : null;
}

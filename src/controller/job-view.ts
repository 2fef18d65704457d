import {
  decodeFinished,
  type Job,
  type JobLoss,
  type JobQueue,
  jobQueues,
  parseJobKey,
  parseLossKey,
  type QueuedJob,
} from '../records/index.ts';
import { pathKey } from './resource-view.ts';
import type { StoreEntry } from './store-record.ts';
import { isLaterInWorkflow } from './workflow-order.ts';

/** A job that isn't settled: its record, and the lists that it stands in. */
export interface PendingJob {
  readonly queued: QueuedJob;
  /** The order of arrival. */
  readonly arrival: number;
}

/**
 * All jobs in the store, with what planning asks: who works on a resource, who reads it, who waits for a job. Fed by the
 * mirror, so that it holds after a restart exactly what it held before.
 */
export class JobViews {
  readonly #lists: { readonly [Queue in JobQueue]: Map<string, StoreEntry> };
  readonly #pending = new Map<string, PendingJob>();
  readonly #byOwner = new Map<string, Set<string>>();
  readonly #byReference = new Map<string, Set<string>>();
  readonly #byDependency = new Map<string, Set<string>>();
  /** What is known of jobs that lost a worker. */
  readonly #losses = new Map<string, JobLoss>();
  /** Those of them that wait. */
  readonly #held = new Set<string>();
  #arrivals = 0;
  /** The arrival of what was shown before: an entry that comes back, as it was, has its place again. */
  readonly #arrivalOf = new WeakMap<StoreEntry, number>();

  constructor() {
    this.#lists = { all: new Map(), waiting: new Map(), ready: new Map(), working: new Map(), finished: new Map() };
  }

  /** The entry of a job in a list, or undefined. */
  entry(queue: JobQueue, jobId: string): StoreEntry | undefined {
    return this.#lists[queue].get(jobId);
  }

  /** The errors with which a job has finished; none if it succeeded, or hasn't finished. */
  errorsOf(jobId: string): readonly string[] {
    const record = this.#lists.finished.get(jobId)?.value;
    return record?.kind === 'place' ? decodeFinished(record.text) : [];
  }

  ids(queue: JobQueue): readonly string[] {
    return [...this.#lists[queue].keys()];
  }

  get(jobId: string): PendingJob | undefined {
    return this.#pending.get(jobId);
  }

  get count(): number {
    return this.#pending.size;
  }

  /**
   * Jobs of a resource ('type:id') that aren't settled, in order of arrival; those of a workflow in its order, which a list
   * of the store doesn't tell.
   */
  ofResource(path: string): readonly Job[] {
    const ordered: Job[] = [];
    for (const job of this.#jobs(this.#byOwner.get(path))) {
      const next = ordered.findIndex((other) => isLaterInWorkflow(other, job));
      ordered.splice(next < 0 ? ordered.length : next, 0, job);
    }
    return ordered;
  }

  /** Jobs that read a resource, in order of arrival. */
  referringTo(path: string): readonly Job[] {
    return this.#jobs(this.#byReference.get(path));
  }

  /** Jobs that wait for a job, in order of arrival. */
  dependentsOf(jobId: string): readonly Job[] {
    return this.#jobs(this.#byDependency.get(jobId));
  }

  /**
   * Everything that waits for these jobs, directly or through others; each job after all that wait for it. Jobs that
   * are `apart` aren't among them, nor is what waits through these alone.
   */
  transitiveDependentsOf(jobIds: readonly string[], apart: (job: Job) => boolean = () => false): readonly Job[] {
    const seen = new Set(jobIds);
    const ordered: Job[] = [];
    const stack: { readonly job: Job | null; readonly next: Iterator<Job> }[] = jobIds.map((jobId) => ({
      job: null,
      next: this.dependentsOf(jobId).values(),
    }));
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const step = top.next.next();
      if (step.done) {
        stack.pop();
        if (top.job !== null) ordered.push(top.job);
      } else if (!seen.has(step.value.id) && !apart(step.value)) {
        seen.add(step.value.id);
        stack.push({ job: step.value, next: this.dependentsOf(step.value.id).values() });
      }
    }
    return ordered;
  }

  /** The workers that a job lost; undefined: none. */
  loss(jobId: string): JobLoss | undefined {
    return this.#losses.get(jobId);
  }

  /** The jobs that lost a worker, and may have left since. */
  lossIds(): readonly string[] {
    return [...this.#losses.keys()];
  }

  /** Jobs that lost a worker and wait. */
  held(): readonly Job[] {
    return this.#jobs(this.#held);
  }

  get hasHeld(): boolean {
    return this.#held.size > 0;
  }

  /** Whether a list has a job like that; it is gone through only as far as needed. */
  some(queue: JobQueue, isWanted: (job: Job) => boolean): boolean {
    for (const jobId of this.#lists[queue].keys()) {
      const job = this.#pending.get(jobId)?.queued.job;
      if (job !== undefined && isWanted(job)) return true;
    }
    return false;
  }

  /** Takes over what an entry says of a job. */
  set(entry: StoreEntry): void {
    const record = entry.value;
    switch (record.kind) {
      case 'loss':
        this.#setLoss(record.jobId, record.value);
        break;
      case 'job':
        this.#lists.all.set(record.jobId, entry);
        this.#add(record.jobId, entry, record.value);
        break;
      case 'place':
        this.#lists[record.queue].set(record.jobId, entry);
        if (record.queue === 'waiting') this.#noteHeld(record.jobId);
        break;
      default:
    }
  }

  delete(key: string): void {
    const lost = parseLossKey(key);
    if (lost !== null) this.#setLoss(lost, null);
    const parsed = parseJobKey(key);
    if (parsed === null) return;
    this.#lists[parsed.queue].delete(parsed.jobId);
    if (parsed.queue === 'all') this.#remove(parsed.jobId);
    if (parsed.queue === 'waiting') this.#noteHeld(parsed.jobId);
  }

  #setLoss(jobId: string, loss: JobLoss | null): void {
    if (loss === null) this.#losses.delete(jobId);
    else this.#losses.set(jobId, loss);
    this.#noteHeld(jobId);
  }

  #noteHeld(jobId: string): void {
    if (this.#losses.has(jobId) && this.#lists.waiting.has(jobId)) this.#held.add(jobId);
    else this.#held.delete(jobId);
  }

  /** The lists besides 'all' that a job stands in. */
  places(jobId: string): readonly JobQueue[] {
    return jobQueues.filter((queue) => queue !== 'all' && this.#lists[queue].has(jobId));
  }

  #add(jobId: string, entry: StoreEntry, queued: QueuedJob | null): void {
    // What somebody else wrote under another job's name is none: it would move keys that aren't its own.
    if (queued === null || queued.job.id !== jobId) {
      this.#remove(jobId);
      return;
    }
    const arrival = this.#pending.get(jobId)?.arrival ?? this.#arrivalOf.get(entry) ?? ++this.#arrivals;
    this.#arrivalOf.set(entry, arrival);
    this.#remove(jobId);
    this.#pending.set(jobId, { queued, arrival });
    for (const [index, key] of this.#indexKeys(queued.job)) {
      const ids = index.get(key);
      if (ids === undefined) index.set(key, new Set([jobId]));
      else ids.add(jobId);
    }
  }

  #remove(jobId: string): void {
    const pending = this.#pending.get(jobId);
    if (pending === undefined) return;
    this.#pending.delete(jobId);
    for (const [index, key] of this.#indexKeys(pending.queued.job)) {
      const ids = index.get(key);
      ids?.delete(jobId);
      if (ids?.size === 0) index.delete(key);
    }
  }

  #indexKeys(job: Job): readonly (readonly [Map<string, Set<string>>, string])[] {
    const references = job.params.flatMap((param) => param.resources);
    return [
      [this.#byOwner, pathKey(job.resource_type, job.resource_id)],
      ...references.map((r) => [this.#byReference, pathKey(r.resource_type, r.resource_id)] as const),
      ...job.dependency.map((dependency) => [this.#byDependency, dependency] as const),
    ];
  }

  #jobs(ids: ReadonlySet<string> | undefined): readonly Job[] {
    return [...(ids ?? [])]
      .flatMap((id) => this.#pending.get(id) ?? [])
      .sort((a, b) => a.arrival - b.arrival)
      .map((pending) => pending.queued.job);
  }
}

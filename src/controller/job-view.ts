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

/** A job that isn't settled: its record, and the lists that contain it. */
export interface PendingJob {
  readonly queued: QueuedJob;
  /** The order of arrival. */
  readonly arrival: number;
}

/**
 * All jobs in the store, indexed for planning: which jobs work on a resource, which read it, which wait for a job. The
 * mirror updates it, so that a restart rebuilds exactly the same content.
 */
export class JobViews {
  readonly #lists: { readonly [Queue in JobQueue]: Map<string, StoreEntry> };
  readonly #pending = new Map<string, PendingJob>();
  readonly #byOwner = new Map<string, Set<string>>();
  readonly #byReference = new Map<string, Set<string>>();
  readonly #byDependency = new Map<string, Set<string>>();
  /** The records of jobs that lost a worker. */
  readonly #losses = new Map<string, JobLoss>();
  /** The ids of those that wait. */
  readonly #held = new Set<string>();
  #arrivals = 0;
  /**
   * The arrival of entries that were set before: an entry that is set again unchanged, as after a rollback, keeps its
   * place.
   */
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
   * Unsettled jobs of a resource ('type:id'), in order of arrival; those of one workflow in its order, which a list of
   * the store doesn't tell.
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
   * All jobs that wait for these jobs, directly or through others; each job after all jobs that wait for it. Jobs that
   * are `apart` are left out, and so are jobs that wait only through them.
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

  /** The ids of jobs that lost a worker; they may have left the queue since. */
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

  /** Whether a list contains a matching job; the search stops at the first. */
  some(queue: JobQueue, isWanted: (job: Job) => boolean): boolean {
    for (const jobId of this.#lists[queue].keys()) {
      const job = this.#pending.get(jobId)?.queued.job;
      if (job !== undefined && isWanted(job)) return true;
    }
    return false;
  }

  /** Applies an entry to its job. */
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

  /** The lists besides 'all' that contain a job. */
  places(jobId: string): readonly JobQueue[] {
    return jobQueues.filter((queue) => queue !== 'all' && this.#lists[queue].has(jobId));
  }

  #add(jobId: string, entry: StoreEntry, queued: QueuedJob | null): void {
    // A record that another program wrote under another job's key is ignored: it would move keys of other jobs.
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

import { limits } from '../kernel/limits.ts';
import { decodeJob, type QueuedJob } from '../records/job.ts';
import { parseJobKey } from '../records/keys.ts';
import type { KeyValue, StoreEvent } from '../store/store.ts';

/** A job that may be claimed. */
export interface ReadyJob {
  readonly queued: QueuedJob;
  /** The revision that made it ready: a claim compares it. */
  readonly readyRevision: number;
}

/** The jobs for this worker's handlers that are ready, in the order in which they became so. */
export class ReadyJobs {
  readonly #handlers: ReadonlySet<string>;
  readonly #records = new Map<string, QueuedJob>();
  readonly #ready = new Map<string, number>();

  constructor(handlers: ReadonlySet<string>) {
    this.#handlers = handlers;
  }

  onSnapshot(entries: readonly KeyValue[]): void {
    this.#records.clear();
    this.#ready.clear();
    for (const entry of [...entries].sort((a, b) => a.modRevision - b.modRevision)) this.#put(entry);
  }

  onEvents(events: readonly StoreEvent[]): void {
    for (const event of events) {
      if (event.type === 'put') this.#put(event.entry);
      else this.#delete(event.key);
    }
  }

  /** Takes the first one out; it comes again when it becomes ready again. */
  shift(): ReadyJob | undefined {
    for (const [jobId, readyRevision] of this.#ready) {
      this.#ready.delete(jobId);
      const queued = this.#records.get(jobId);
      if (queued !== undefined) return { queued, readyRevision };
    }
    return undefined;
  }

  #put(entry: KeyValue): void {
    const job = parseJobKey(entry.key);
    if (job?.queue === 'ready' && this.#handlers.has(entry.value)) {
      // What doesn't fit is found again by the list that follows a restart, and by other workers.
      if (this.#ready.size < limits.workerQueueJobs) this.#ready.set(job.jobId, entry.modRevision);
    } else if (job?.queue === 'all') {
      const queued = decodeJob(entry.value);
      if (queued !== null && this.#handlers.has(queued.job.handler)) this.#records.set(job.jobId, queued);
    }
  }

  #delete(key: string): void {
    const job = parseJobKey(key);
    if (job?.queue === 'ready') this.#ready.delete(job.jobId);
    if (job?.queue === 'all') this.#records.delete(job.jobId);
  }
}

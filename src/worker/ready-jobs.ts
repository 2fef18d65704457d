import { KeyedFifo } from '../kernel/keyed-fifo.ts';
import { decodeJob, parseJobId, type QueuedJob } from '../records/job.ts';
import { parseJobKey } from '../records/keys.ts';
import type { KeyValue, StoreEvent } from '../store/store.ts';

/** A job that may be claimed. */
export interface ReadyJob {
  readonly queued: QueuedJob;
  /** The revision that made it ready: a claim compares it. */
  readonly readyRevision: number;
}

/** The jobs for a handler that are ready, in the order in which they became so. */
export class ReadyJobs {
  readonly #handler: string;
  readonly #records = new Map<string, QueuedJob>();
  readonly #ready = new KeyedFifo<number>();

  constructor(handler: string) {
    this.#handler = handler;
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
    for (let first = this.#ready.shift(); first !== undefined; first = this.#ready.shift()) {
      const [jobId, readyRevision] = first;
      const queued = this.#records.get(jobId);
      if (queued !== undefined) return { queued, readyRevision };
    }
    return undefined;
  }

  /** Puts one back that could not be claimed, unless it was heard of again. A claim of what is gone does nothing. */
  putBack({ queued, readyRevision }: ReadyJob): void {
    if (!this.#ready.has(queued.job.id)) this.#ready.set(queued.job.id, readyRevision);
  }

  #put(entry: KeyValue): void {
    const job = parseJobKey(entry.key);
    if (job?.queue === 'ready' && entry.value === this.#handler) {
      this.#ready.set(job.jobId, entry.modRevision);
    } else if (job?.queue === 'all' && parseJobId(job.jobId)?.handler === this.#handler) {
      const queued = decodeJob(entry.value);
      const isOurs = queued !== null && queued.job.id === job.jobId && queued.job.handler === this.#handler;
      if (isOurs) this.#records.set(job.jobId, queued);
    }
  }

  #delete(key: string): void {
    const job = parseJobKey(key);
    if (job?.queue === 'ready') this.#ready.delete(job.jobId);
    if (job?.queue === 'all') this.#records.delete(job.jobId);
  }
}

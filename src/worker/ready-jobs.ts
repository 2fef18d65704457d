import { KeyedFifo, limits } from '../kernel/index.ts';
import { decodeJob, jobKey, parseJobId, parseJobKey, type QueuedJob } from '../records/index.ts';
import { type KeyValue, oneKey, type Store, type StoreEvent } from '../store/index.ts';

/** A job that may be claimed. */
export interface ReadyJob {
  readonly jobId: string;
  /** The job; null: it is large, and read when there is a slot for it. */
  readonly queued: QueuedJob | null;
  /** The revision that made it ready: a claim compares it. */
  readonly readyRevision: number;
}

/**
 * The jobs for a handler that are ready, in the order in which they became ready; large ones without their contents.
 */
export class ReadyJobs {
  readonly #handler: string;
  readonly #records = new Map<string, QueuedJob | null>();
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

  /** Removes and returns the first job; it is added again when it becomes ready again. */
  shift(): ReadyJob | undefined {
    for (let first = this.#ready.shift(); first !== undefined; first = this.#ready.shift()) {
      const [jobId, readyRevision] = first;
      const queued = this.#records.get(jobId);
      if (queued !== undefined) return { jobId, queued, readyRevision };
    }
    return undefined;
  }

  /**
   * Adds a job again that could not be claimed, unless a later event has added it. Claiming a job that has left does
   * nothing.
   */
  putBack({ jobId, readyRevision }: ReadyJob): void {
    if (!this.#ready.has(jobId)) this.#ready.set(jobId, readyRevision);
  }

  #put(entry: KeyValue): void {
    const job = parseJobKey(entry.key);
    if (job?.queue === 'ready' && entry.value === this.#handler) {
      this.#ready.set(job.jobId, entry.modRevision);
    } else if (job?.queue === 'all' && parseJobId(job.jobId)?.handler === this.#handler) {
      const isLarge = entry.value.length > limits.readyJobCharacters;
      const queued = isLarge ? null : decodeOwn(entry.value, job.jobId);
      if (isLarge || queued !== null) this.#records.set(job.jobId, queued);
    }
  }

  #delete(key: string): void {
    const job = parseJobKey(key);
    if (job?.queue === 'ready') this.#ready.delete(job.jobId);
    if (job?.queue === 'all') this.#records.delete(job.jobId);
  }
}

/** Reads a large job from the store; null if it has left, or isn't a job for its handler. */
export async function readReadyJob(store: Store, jobId: string): Promise<QueuedJob | null> {
  const { entries } = await store.get(oneKey(jobKey('all', jobId)));
  const [entry] = entries;
  return entry === undefined ? null : decodeOwn(entry.value, jobId);
}

/** Decodes a job's record; null if another program wrote it under another job's key. */
function decodeOwn(text: string, jobId: string): QueuedJob | null {
  const queued = decodeJob(text);
  const isOwn = queued?.job.id === jobId && queued.job.handler === parseJobId(jobId)?.handler;
  return isOwn ? queued : null;
}

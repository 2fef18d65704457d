import assert from 'node:assert/strict';
import { type JobQueue, keys, parseJobKey } from '../../src/records/keys.ts';
import { type Store, type StoreEvent, withPrefix } from '../../src/store/store.ts';

/** What happened to a job. */
export interface JobStep {
  readonly jobId: string;
  readonly step: 'ready' | 'claimed' | 'unclaimed' | 'finished';
  /** When it was heard of, since the epoch. */
  readonly timeMs: number;
}

/** The steps that puts and deletions in the lists are. */
const steps = {
  put: new Map<JobQueue, JobStep['step']>([
    ['ready', 'ready'],
    ['working', 'claimed'],
    ['finished', 'finished'],
  ]),
  delete: new Map<JobQueue, JobStep['step']>([['working', 'unclaimed']]),
};

/** A term that began. */
export interface TermStart {
  readonly key: string;
  readonly timeMs: number;
}

/** Watches what the rooms do: who leads, who claims. */
export class Observer {
  readonly terms: TermStart[] = [];
  readonly steps: JobStep[] = [];
  /** Ends the watches. */
  readonly close: () => Promise<void>;
  #gap = false;

  constructor(store: Store) {
    const watcher = {
      onEvents: (events: readonly StoreEvent[]) => this.#take(events),
      onCompacted: () => {
        this.#gap = true;
      },
    };
    const watches = [keys.jobs, keys.controllerLeader, keys.syncLeader].map((prefix) =>
      store.watch(withPrefix(prefix), {}, watcher),
    );
    this.close = async () => {
      for (const watch of watches) watch.close();
    };
  }

  /** Nothing was missed. */
  assertComplete(): void {
    assert.equal(this.#gap, false, 'history was lost');
  }

  /** A job that has finished is never claimed again. */
  assertFinishedOnce(): void {
    const finished = new Set<string>();
    for (const { jobId, step } of this.steps) {
      if (step === 'finished') finished.add(jobId);
      assert.ok(step !== 'claimed' || !finished.has(jobId), `${jobId} was claimed after it had finished`);
    }
  }

  #take(events: readonly StoreEvent[]): void {
    const timeMs = performance.timeOrigin + performance.now();
    for (const event of events) {
      const key = event.type === 'put' ? event.entry.key : event.key;
      const job = parseJobKey(key);
      const step = job === null ? undefined : steps[event.type].get(job.queue);
      if (job !== null && step !== undefined) this.steps.push({ jobId: job.jobId, step, timeMs });
      if (job === null && event.type === 'put') this.terms.push({ key, timeMs });
    }
  }
}

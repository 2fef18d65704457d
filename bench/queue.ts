import { limits } from '../src/kernel/index.ts';
import { keys, parseJobId, parseJobKey } from '../src/records/index.ts';
import { type Store, withPrefix } from '../src/store/index.ts';
import { median } from './client.ts';
import { onEachStore, openStore } from './stores.ts';
import { compareMs, heading, row } from './table.ts';
import { bodyOf, idsFrom, putConfig, putTemplates, rawTransactionMs, Work } from './work.ts';

// The figures of the original, from its recordings, and its largest throughput.
const original = { configToReadyMs: 61, finishedToClaimedMs: 47, lifecyclesPerSecond: 15 };
const SAMPLES = 100;
const ROUNDS = 3;
const JOBS = 3_000;
const WARM_UP = 500;
const RAW_TRANSACTIONS = 6_000;
/** The number of transactions of one job: plan, claim, result, finish, settle. */
const TRANSACTIONS = 5;
/** The smallest share of etcd's throughput that the queue must use. */
const AIM = 0.3;

/** The queue alone: a controller and a worker whose handler does nothing, in one process on one store. */
export async function benchQueue(): Promise<void> {
  await onEachStore(async (kind, newStore) => {
    const store = await openStore(await newStore());
    await putTemplates(store);
    const jobBytes = await latencies(kind, store);
    await throughput(kind, store, jobBytes);
    await store.close();
  });
}

/** Runs `task` with warmed-up components. */
async function withWork<Result>(store: Store, first: number, task: (work: Work) => Promise<Result>): Promise<Result> {
  const work = new Work(store);
  work.startWorker();
  await work.done(idsFrom(first, WARM_UP), 1);
  const result = await task(work);
  await work.close();
  return result;
}

/** @returns the bytes of a job's record */
async function latencies(kind: string, store: Store): Promise<number> {
  heading(`The queue on ${kind} (median of ${SAMPLES}, ms)`, 'original', 'Kamado', 'times faster');
  const seen = new Arrivals(store);
  const ready: number[] = [];
  const claimed: number[] = [];
  await withWork(store, 0, async (work) => {
    for (let n = 0; n < SAMPLES; n++) {
      const [below = '', above = ''] = idsFrom(WARM_UP + 2 * n, 2);
      const put = [putConfig(below, bodyOf(below, 1), 1), putConfig(above, { ...bodyOf(above, 1), on_id: below }, 1)];
      seen.clear();
      const began = performance.now();
      await store.transact({ success: put });
      ready.push((await seen.at('ready', below)) - began);
      const finished = await seen.at('finished', below);
      claimed.push((await seen.at('working', above)) - finished);
      await work.idle();
    }
  });
  seen.close();
  compareMs('/config to job claimable', original.configToReadyMs, median(ready));
  compareMs('dependency finished to dependent claimed', original.finishedToClaimedMs, median(claimed));
  return seen.jobBytes;
}

/** Alternating with etcd alone, so that other load of the machine affects both. */
async function throughput(kind: string, store: Store, jobBytes: number): Promise<void> {
  const rates: number[] = [];
  const raw: number[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    if (kind === 'etcd') raw.push(1000 / (await rawTransactionMs(store, RAW_TRANSACTIONS, jobBytes)));
    const first = round * 100_000;
    const ms = await withWork(store, first, async (work) => {
      const began = performance.now();
      await work.done(idsFrom(first + WARM_UP, JOBS), 1);
      return performance.now() - began;
    });
    rates.push((JOBS * 1000) / ms);
  }
  const rate = median(rates);
  const { lifecyclesPerSecond } = original;
  heading(`The queue on ${kind}, ${JOBS} jobs at once`, 'original', 'Kamado', 'ratio');
  row('job lifecycles/s', lifecyclesPerSecond.toFixed(0), rate.toFixed(0), (rate / lifecyclesPerSecond).toFixed(1));
  if (raw.length === 0) return;
  row(`etcd alone: transactions/s, ${limits.workerSlots} at once`, '', median(raw).toFixed(0), '');
  row('5 × lifecycles/s ÷ transactions/s', `aim ${AIM}`, '', ((TRANSACTIONS * rate) / median(raw)).toFixed(2));
}

/** The times at which jobs came into their lists, by the watch. */
class Arrivals {
  readonly #at = new Map<string, number>();
  readonly #close: () => void;
  #jobBytes = 0;
  #wake: () => void = () => {};

  constructor(store: Store) {
    const onEvents: Parameters<Store['watch']>[2]['onEvents'] = (events) => {
      const now = performance.now();
      for (const event of events) {
        const job = event.type === 'put' ? parseJobKey(event.entry.key) : null;
        if (job === null || event.type !== 'put') continue;
        this.#at.set(`${job.queue} ${parseJobId(job.jobId)?.resourceId}`, now);
        if (job.queue === 'all') this.#jobBytes = event.entry.value.length;
      }
      this.#wake();
    };
    const watch = store.watch(withPrefix(keys.jobs), {}, { onEvents, onCompacted: () => {} });
    this.#close = () => watch.close();
  }

  /** The size of the last job's record. */
  get jobBytes(): number {
    return this.#jobBytes;
  }

  clear(): void {
    this.#at.clear();
  }

  async at(queue: string, id: string): Promise<number> {
    for (;;) {
      const at = this.#at.get(`${queue} ${id}`);
      if (at !== undefined) return at;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  close(): void {
    this.#close();
  }
}

import type { TimelineReader } from '../../database/index.ts';
import { isJsonObject, limits, parseJson, type Turns } from '../../kernel/index.ts';
import {
  decodeJob,
  decodeLoss,
  decodeWorker,
  type JobLoss,
  type JobQueue,
  jobKey,
  jobQueues,
  keys,
  lossKey,
  type QueuedJob,
} from '../../records/index.ts';
import { type KeyValue, type Operation, oneKey, type Store, withPrefix } from '../../store/index.ts';

/** A job as the store holds it. */
export interface StoredJob {
  readonly entry: KeyValue;
  readonly queued: QueuedJob;
  readonly place: JobPlace;
  readonly loss: JobLoss | null;
}

/** The list that holds a job besides 'all'; null: none, as between a lost claim and the controller's decision. */
export type JobPlace = Exclude<JobQueue, 'all'> | null;

const places = jobQueues.filter((queue) => queue !== 'all');

/** The ids of jobs after `after`, in their order, at most `count`, with their places. */
export async function readPlaces(
  store: Store,
  after: string,
  count: number,
): Promise<readonly { readonly id: string; readonly place: JobPlace }[]> {
  const prefix = jobKey('all', '');
  const all = withPrefix(prefix);
  const from = after === '' ? all.from : `${prefix}${after}\0`;
  const { entries, revision } = await store.get({ ...all, from }, { limit: count, keysOnly: true });
  const ids = entries.map(({ key }) => key.slice(prefix.length));
  const [first] = ids;
  const last = ids.at(-1);
  if (first === undefined || last === undefined) return [];
  const placeOf = new Map<string, JobPlace>();
  for (const place of places) {
    const range = { from: jobKey(place, first), to: `${jobKey(place, last)}\0` };
    const found = await store.get(range, { limit: count, keysOnly: true, revision });
    for (const { key } of found.entries) placeOf.set(key.slice(jobKey(place, '').length), place);
  }
  return ids.map((id) => ({ id, place: placeOf.get(id) ?? null }));
}

/**
 * The jobs with these ids, as of one moment; jobs that have left, or can't be read, are omitted. Turns are taken for
 * decoding each: a job can hold two bodies. Without contents, a job has no parameters and no body.
 */
export async function readJobs(
  { store, turns }: { readonly store: Store; readonly turns: Turns },
  ids: readonly string[],
  contents: 'with contents' | 'without contents',
): Promise<readonly StoredJob[]> {
  const found: StoredJob[] = [];
  const keysOfJob = (id: string): readonly string[] => [...jobQueues.map((queue) => jobKey(queue, id)), lossKey(id)];
  const atOnce = Math.floor(limits.transactionOperations / keysOfJob('').length);
  for (let first = 0; first < ids.length; first += atOnce) {
    const part = ids.slice(first, first + atOnce);
    const entries = await readKeys(store, part.flatMap(keysOfJob));
    for (const id of part) {
      await turns.take(entries.get(jobKey('all', id))?.value.length ?? 0);
      const stored = storedJob(id, entries);
      if (stored !== null) found.push(contents === 'with contents' ? stored : withoutContents(stored));
    }
  }
  return found;
}

function withoutContents(stored: StoredJob): StoredJob {
  const { entry, queued } = stored;
  const job = { ...queued.job, params: [], resource_input: {} };
  return { ...stored, entry: { ...entry, value: '' }, queued: { ...queued, job } };
}

function storedJob(id: string, entries: ReadonlyMap<string, KeyValue>): StoredJob | null {
  const entry = entries.get(jobKey('all', id));
  const queued = entry === undefined ? null : decodeJob(entry.value);
  if (entry === undefined || queued === null || queued.job.id !== id) return null;
  const place = places.find((queue) => entries.has(jobKey(queue, id))) ?? null;
  const loss = decodeLoss(entries.get(lossKey(id))?.value ?? '');
  return { entry, queued, place, loss };
}

/** The ids of jobs that are still in the queue. Their values aren't read: they hold whole resources. */
export async function readPending(store: Store, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const pending = new Set<string>();
  const unique = [...new Set(ids)];
  for (let first = 0; first < unique.length; first += limits.transactionOperations) {
    const part = unique.slice(first, first + limits.transactionOperations);
    const found = await Promise.all(part.map((id) => store.get(oneKey(jobKey('all', id)), { keysOnly: true })));
    for (const [i, { count }] of found.entries()) if (count > 0) pending.add(part[i] ?? '');
  }
  return pending;
}

/** The values of keys, by key, as of one moment. */
export async function readKeys(store: Store, wanted: readonly string[]): Promise<ReadonlyMap<string, KeyValue>> {
  const gets = wanted.map((key): Operation => ({ type: 'get', range: oneKey(key) }));
  const { results } = await store.transact({ success: gets });
  const entries = results.flatMap((result) => (result.type === 'get' ? result.entries : []));
  return new Map(entries.map((entry) => [entry.key, entry]));
}

/** The handlers of the workers that are alive. */
export async function readServedHandlers(store: Store): Promise<ReadonlySet<string>> {
  const { entries } = await store.get(withPrefix(keys.workers), { limit: limits.storePageKeys });
  return new Set(entries.flatMap(({ value }) => decodeWorker(value)));
}

/** The times of revisions, in milliseconds since the epoch, as far as the timeline or the store still has them. */
export async function readTimes(
  store: Store,
  timeline: TimelineReader,
  revisions: readonly number[],
): Promise<ReadonlyMap<number, number>> {
  const unique = [...new Set(revisions)];
  const times = new Map(await timeline.timesOf(unique));
  const missing = unique.filter((revision) => !times.has(revision));
  await Promise.all(
    missing.map(async (revision) => {
      const timeMs = await signedAt(store, revision);
      if (timeMs !== null) times.set(revision, timeMs);
    }),
  );
  return times;
}

/** The time that the writer of a revision recorded; null if the store no longer has it. */
async function signedAt(store: Store, revision: number): Promise<number | null> {
  try {
    const { entries } = await store.get(withPrefix(keys.writers), { revision });
    const signature = entries.find(({ modRevision }) => modRevision === revision);
    const value = signature === undefined ? undefined : parseJson(signature.value);
    return isJsonObject(value) && typeof value.timeMs === 'number' ? value.timeMs : null;
  } catch {
    return null;
  }
}

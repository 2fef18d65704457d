import { type JsonObject, limits } from '../../kernel/index.ts';
import {
  decodeFailure,
  decodeState,
  type JobFailure,
  keys,
  parseFailureKey,
  parseJobId,
  resourceKey,
} from '../../records/index.ts';
import { type KeyValue, withPrefix } from '../../store/index.ts';
import { invalid, type Parameters, single, unsigned } from '../list-query.ts';
import type { JobContext } from './job-context.ts';
import {
  type JobPlace,
  readJobs,
  readKeys,
  readPending,
  readPlaces,
  readServedHandlers,
  readTimes,
} from './job-reads.ts';
import { type JobState, jobStates, shownJob } from './job-view.ts';

/** A parsed query for jobs. */
export interface JobQuery {
  readonly state: JobState | null;
  readonly type: string | null;
  readonly resourceId: string | null;
  readonly handler: string | null;
  /** The last job, or resource, that the reader has. */
  readonly after: string;
  readonly limit: number;
}

/** A page of jobs; `next` is the position after which the next page begins, null if there is none. */
export interface JobPage {
  readonly jobs: readonly JsonObject[];
  readonly next: string | null;
}

/** @throws QUERY_INVALID */
export function jobQueryOf(parameters: Parameters): JobQuery {
  for (const name of parameters.keys())
    if (!names.includes(name)) throw invalid(name, `it is none of ${names.join(', ')}`);
  const state = single(parameters, 'state') ?? null;
  const known = jobStates.find((one) => one === state);
  if (state !== null && known === undefined) throw invalid('state', `it is none of ${jobStates.join(', ')}`);
  return {
    state: known ?? null,
    type: single(parameters, 'type') ?? null,
    resourceId: single(parameters, 'resource_id') ?? null,
    handler: single(parameters, 'handler') ?? null,
    after: keyPart(single(parameters, 'after') ?? ''),
    limit: Math.max(1, unsigned(parameters, 'limit', limits.jobPageSize, limits.jobPageMost)),
  };
}

const names = ['state', 'type', 'resource_id', 'handler', 'after', 'limit'];

/** @throws QUERY_INVALID: keys are printable ASCII */
function keyPart(text: string): string {
  if (!/^[\x20-\x7e]*$/.test(text) || text.length > limits.jobIdLength) throw invalid('after', 'it is no job');
  return text;
}

/**
 * The jobs in the queue, in the order of their ids; with `state=failed` the jobs that last ended a resource's version.
 */
export async function listJobs(context: JobContext, query: JobQuery): Promise<JobPage> {
  return query.state === 'failed' ? await failedJobs(context, query) : await queuedJobs(context, query);
}

async function queuedJobs(context: JobContext, query: JobQuery): Promise<JobPage> {
  const { store, timeline, runtime } = context;
  const found = await findIds(context, query);
  const stored = await readJobs(context, found.ids, 'without contents');
  const awaited = stored.flatMap(({ queued }) => queued.job.dependency.slice(0, limits.jobDependentsShown));
  const [pending, served, times] = await Promise.all([
    readPending(store, awaited),
    readServedHandlers(store),
    readTimes(
      store,
      timeline,
      stored.map(({ entry }) => entry.createRevision),
    ),
  ]);
  const known = { pending, served, times, nowMs: runtime.nowMs() };
  const shown = stored.map((job) => shownJob(job, known));
  // Only a job's record tells whether it is held or waiting.
  const jobs = query.state === null ? shown : shown.filter(({ state }) => state === query.state);
  return { jobs, next: found.next };
}

/** Searches the keys for matching jobs, up to a page of them, or as many keys as one answer may search. */
async function findIds({ store }: JobContext, query: JobQuery) {
  const ids: string[] = [];
  const scan = await readPlaces(store, query.after, limits.jobPageScanned + 1);
  const page = scan.slice(0, limits.jobPageScanned);
  for (const [i, { id, place }] of page.entries()) {
    if (!isAskedFor(query, id, place)) continue;
    ids.push(id);
    if (ids.length === query.limit) return { ids, next: i + 1 < scan.length ? id : null };
  }
  return { ids, next: scan.length > page.length ? (page.at(-1)?.id ?? null) : null };
}

function isAskedFor({ state, type, resourceId, handler }: JobQuery, id: string, place: JobPlace): boolean {
  const parsed = parseJobId(id);
  return (
    (type === null || parsed?.type === type) &&
    (resourceId === null || parsed?.resourceId === resourceId) &&
    (handler === null || parsed?.handler === handler) &&
    (state === null || state === place || (state === 'held' && (place === 'waiting' || place === null)))
  );
}

async function failedJobs(context: JobContext, query: JobQuery): Promise<JobPage> {
  const all = withPrefix(keys.jobFailures);
  const from = query.after === '' ? all.from : `${keys.jobFailures}${query.after}\0`;
  const { entries } = await context.store.get({ ...all, from }, { limit: limits.jobPageScanned + 1 });
  const page = entries.slice(0, limits.jobPageScanned);
  const jobs: JsonObject[] = [];
  for (let first = 0; first < page.length; first += limits.transactionOperations) {
    const failures = page
      .slice(first, first + limits.transactionOperations)
      .flatMap((entry) => failureOf(context, entry));
    const asked = failures.filter(({ failure }) => isAskedFor({ ...query, state: null }, failure.jobId, null));
    const states = await readKeys(
      context.store,
      asked.map(({ stateKey }) => stateKey),
    );
    for (const one of asked) {
      const shown = shownFailure(context, one, states.get(one.stateKey)?.value ?? '');
      if (shown !== null) jobs.push(shown);
      if (jobs.length === query.limit) return { jobs, next: one.path };
    }
  }
  const last = entries.length > page.length ? page.at(-1) : undefined;
  return { jobs, next: last === undefined ? null : parseFailureKey(last.key) };
}

interface Failed {
  /** 'type:id' of the resource. */
  readonly path: string;
  readonly failure: JobFailure;
  readonly stateKey: string;
}

function failureOf({ model }: JobContext, { key, value }: KeyValue): readonly Failed[] {
  const path = parseFailureKey(key) ?? '';
  const failure = decodeFailure(value);
  const parsed = parseJobId(failure?.jobId ?? '');
  const type = model.types.get(parsed?.type ?? '');
  if (failure === null || parsed === null || type === undefined) return [];
  return [{ path, failure, stateKey: resourceKey('state', type.url, parsed.resourceId) }];
}

/** Null if the resource is in progress again, or no longer failed. */
function shownFailure({ runtime }: JobContext, { failure }: Failed, value: string): JsonObject | null {
  const { jobId, version, begun, atMs } = failure;
  const state = decodeState(value);
  const parsed = parseJobId(jobId);
  if (parsed === null || state === null || state.error === '' || state.version !== version) return null;
  return {
    id: jobId,
    state: 'failed',
    action: jobId.slice(0, jobId.indexOf(':')),
    handler: parsed.handler,
    type: parsed.type,
    resource_id: parsed.resourceId,
    version,
    begun,
    failed: new Date(atMs).toISOString(),
    age_ms: Math.max(0, Math.round(runtime.nowMs() - atMs)),
    why: state.error,
  };
}

import { decodeProcessed, sameBody } from '../../src/records/config-record.ts';
import { parseJobKey, parseResourceKey, type ResourceKey } from '../../src/records/keys.ts';
import { decodeState, READ_COMPLETE, type StateRecord } from '../../src/records/state-record.ts';
import { pathOfJob } from './job-paths.ts';
import type { Ledger } from './ledger.ts';
import type { JobHistory } from './queue-invariants.ts';
import type { Change, Life, StoreImage } from './store-image.ts';
import { hold } from './violation.ts';

const UNRESOLVED = /^Unresolved reference /;
const AWAY = /^The store is not available/;
const CANCELLED = /^canceled: dependency (\S+) failed$/;

/** What users are told: of versions that exist, in their order, the end of each once, and the truth. */
export class StateInvariants {
  readonly #history: ReadonlyMap<string, JobHistory>;
  readonly #ledger: Ledger;
  /** The last state of each life. */
  readonly #states = new WeakMap<Life, StateRecord>();

  constructor(history: ReadonlyMap<string, JobHistory>, ledger: Ledger) {
    this.#history = history;
    this.#ledger = ledger;
  }

  before(image: StoreImage, change: Change): void {
    for (const { key, entry } of change.records) {
      const resource = parseResourceKey(key);
      if (resource === null || entry === null) continue;
      const life = image.lives.get(`${resource.url}/${resource.id}`);
      if (resource.family === 'processed') checkProcessed(life, key, entry.value);
      if (resource.family === 'state') this.#checkState(life, resource, change, decodeState(entry.value));
    }
    for (const { key, entry } of change.records) {
      const parsed = parseJobKey(key);
      const isDone = parsed?.queue === 'finished' && entry?.value === '';
      if (isDone) this.#checkDone(parsed.jobId, change.signature?.writer);
    }
  }

  /** A job that is said to be done was done, by the worker that says so. */
  #checkDone(jobId: string, writer: string | undefined): void {
    const done = this.#ledger.of(jobId).some((one) => one.error === '' && one.worker === writer);
    hold(done, 'what is done was done', () => `${writer} says that ${jobId} is done`);
  }

  #checkState(life: Life | undefined, { url, id }: ResourceKey, change: Change, state: StateRecord | null): void {
    hold(state !== null, 'states can be read', () => `${url}/${id}`);
    if (state === null) return;
    if (life?.config.markedForDeletion && state.state.worker_state === READ_COMPLETE) this.#checkUndone(life);
    const what = `${url}/${id} ${JSON.stringify(state)}`;
    const isFailure = String(state.state.worker_state).endsWith('_ERROR');
    hold(isFailure === (state.error !== ''), 'an error state names its cause', () => what);
    const jobIds = change.records.flatMap(({ key }) => parseJobKey(key)?.jobId ?? []);
    const own = [...new Set(jobIds)].filter((jobId) => pathOfJob(jobId) === `${url}/${id}`);
    this.#checkCause(own, state.error, what);
    const born = life?.bornRevision ?? Number.POSITIVE_INFINITY;
    // What an earlier life of the resource left to be done ends in its own time.
    const isEarlier = !isPlans(state) && own.some((jobId) => (this.#history.get(jobId)?.enqueuedRevision ?? 0) < born);
    if (life === undefined || isEarlier) return;
    hold(life.versions.has(state.version), 'states are of versions that exist', () => what);
    const last = this.#states.get(life);
    if (last !== undefined) {
      hold(state.version >= last.version, 'states go forward', () => `${what} after ${JSON.stringify(last)}`);
      const isAgain = state.version === last.version && !UNRESOLVED.test(last.error);
      hold(!isAgain, 'a version ends once', () => `${what} after ${JSON.stringify(last)}`);
    }
    this.#states.set(life, state);
  }

  /** What is said to need no undoing was never begun, in whatever history of the store, or is undone. */
  #checkUndone({ path }: Life): void {
    const built = new Map<string, string>();
    for (const { job, error } of this.#ledger.ofResource(path)) {
      if (job.action === 'create' || job.action === 'modify') built.set(job.handler, job.id);
      else if (error === '') built.delete(job.handler);
    }
    const left = [...built.values()].join(', ');
    hold(left === '', 'what was begun is undone', () => `${path} ends without a job after ${left}`);
  }

  #checkCause(jobIds: readonly string[], error: string, what: string): void {
    if (error === '' || UNRESOLVED.test(error)) return;
    const culprit = CANCELLED.exec(error)?.[1];
    if (culprit !== undefined) {
      const failed = (this.#history.get(culprit)?.errors?.length ?? 0) > 0;
      hold(failed, 'an error state names its cause', () => `${what}: ${culprit} did not fail`);
      return;
    }
    hold(!AWAY.test(error), 'the absence of the store fails no job', () => what);
    const isOfProduct = /^(Its worker was lost|The handler was not done)/.test(error);
    const isOfHandler = jobIds.some((jobId) => this.#ledger.of(jobId).some((one) => one.error === error));
    hold(isOfProduct || isOfHandler, 'an error state names its cause', () => what);
  }
}

/** Whether a state is of the planning, not of a job. */
function isPlans({ state, error }: StateRecord): boolean {
  return state.worker_state === READ_COMPLETE || UNRESOLVED.test(error);
}

/** What was planned is what the user wants at that moment; or the undoing of what is gone. */
function checkProcessed(life: Life | undefined, key: string, value: string): void {
  const processed = decodeProcessed(value);
  const isWanted =
    processed !== null &&
    (life === undefined
      ? processed.deleted
      : processed.version === life.config.version &&
        processed.deleted === life.config.markedForDeletion &&
        sameBody(processed.body, life.config.body));
  hold(isWanted, 'what is planned is wanted', () => `${key}: ${value}, wanted ${JSON.stringify(life?.config)}`);
}

import { decodeFinished, decodeJob, type Job } from '../../src/records/job.ts';
import { jobKey, parseJobKey } from '../../src/records/keys.ts';
import { decodeState } from '../../src/records/state-record.ts';
import type { LogRecord } from '../../src/store/embedded/persistence.ts';
import { pathOfJob, pathOfResource, referencesOfJob } from './job-paths.ts';
import type { Change, StoreImage } from './store-image.ts';
import { hold } from './violation.ts';

/** What is known of a job that was ever in the queue. */
export interface JobHistory {
  readonly job: Job;
  readonly enqueuedRevision: number;
  /** What it ended with; null while it hasn't. */
  errors: readonly string[] | null;
}

/** The queue as it must be, whoever moves the jobs. */
export class QueueInvariants {
  readonly history = new Map<string, JobHistory>();
  readonly #count: (what: string) => void;
  /** Jobs that were cancelled, and the paths of the resources whose jobs had failed. */
  readonly #cancelled = new Map<string, readonly string[]>();

  constructor(count: (what: string) => void) {
    this.#count = count;
  }

  /** Of the jobs that were, those are left that the store holds. */
  goBack(image: StoreImage): void {
    this.history.clear();
    this.#cancelled.clear();
    for (const [jobId, { job }] of image.jobs) {
      const finished = image.entryOf('finished', jobId);
      const errors = finished === undefined ? null : decodeFinished(finished.value);
      this.history.set(jobId, {
        job,
        enqueuedRevision: image.entries.get(jobKey('all', jobId))?.createRevision ?? 0,
        errors,
      });
    }
  }

  before(image: StoreImage, { revision, records }: Change): void {
    for (const record of records) {
      const parsed = parseJobKey(record.key);
      if (parsed === null) continue;
      const { queue, jobId } = parsed;
      if (queue === 'all' && record.entry !== null)
        this.#checkRecord(image, jobId, record.entry.value, revision, records);
      if (queue === 'all' && record.entry === null) this.#checkRemoval(image, jobId, records);
      if (queue === 'working' && record.entry !== null) {
        checkClaim(image, jobId, record.entry.lease);
        this.#checkNotCancelled(image, jobId);
      }
      if (queue === 'finished' && record.entry !== null) this.#checkFinish(jobId, record.entry.value);
    }
  }

  after(image: StoreImage, { records, signature }: Change): void {
    for (const jobId of new Set(records.flatMap(({ key }) => parseJobKey(key)?.jobId ?? []))) {
      checkPlaces(image, jobId, signature !== null);
    }
    for (const { key, entry } of records) {
      const parsed = parseJobKey(key);
      if (parsed === null || entry === null) continue;
      if (parsed.queue === 'ready') checkFree(image, parsed.jobId, 'is ready');
      if (parsed.queue === 'all') checkAcyclic(image, parsed.jobId);
    }
  }

  #checkRecord(image: StoreImage, jobId: string, value: string, revision: number, records: readonly LogRecord[]): void {
    const queued = decodeJob(value);
    hold(queued !== null, 'records of jobs can be read', () => `${jobId}: ${value}`);
    if (queued === null) return;
    const known = image.jobs.get(jobId);
    if (known === undefined) {
      hold(!this.history.has(jobId), 'a job that left never comes back', () => jobId);
      this.#checkPlannedOnce(image, queued.job);
      this.history.set(jobId, { job: queued.job, enqueuedRevision: revision, errors: null });
      return;
    }
    if (queued.attempt === known.attempt) return;
    // One more: by the controller, for a claim that was lost, or by the worker that has it, which failed or ends.
    const hasFailed = (queued.failures ?? 0) > (known.failures ?? 0);
    const place = image.placesOf(jobId)[0];
    const isNext = place === (hasFailed || isGivenBack(records, jobId) ? 'working' : undefined);
    hold(
      queued.attempt === known.attempt + 1 && isNext,
      'attempts follow lost claims and failures',
      () => `${jobId}: from ${known.attempt} to ${queued.attempt}`,
    );
  }

  /** What was planned for a version isn't planned again. */
  #checkPlannedOnce(image: StoreImage, job: Job): void {
    const life = image.lives.get(pathOfJob(job.id));
    if (life === undefined || !job.is_first) return;
    for (const [otherId, { job: other, enqueuedRevision }] of this.history) {
      const isSame = other.is_first && other.job_name === job.job_name && enqueuedRevision >= life.bornRevision;
      hold(!isSame, 'a version is planned once', () => `${job.id} after ${otherId}`);
    }
  }

  /** A job leaves the queue when it is finished, cancelled, or superseded. */
  #checkRemoval(image: StoreImage, jobId: string, records: readonly LogRecord[]): void {
    const places = image.placesOf(jobId);
    if (places.includes('finished')) return;
    const why = `${jobId} leaves ${places.join(', ') || 'no list'}`;
    const untouched = places.length === 1 && (places[0] === 'ready' || places[0] === 'waiting');
    hold(untouched, 'no job is lost', () => why);
    const isSuperseded = records.some(({ key, entry }) => {
      const other = parseJobKey(key);
      const isNew = other?.queue === 'all' && entry !== null && !image.jobs.has(other.jobId);
      return isNew && pathOfJob(other.jobId) === pathOfJob(jobId);
    });
    this.#count(isSuperseded ? 'a job is superseded' : 'a job is cancelled');
    if (isSuperseded || isAnswered(image, jobId, records)) return;
    const culprits = this.#culpritsOf(image, jobId);
    hold(culprits.length > 0, 'no job is lost', () => why);
    this.#cancelled.set(jobId, culprits.map(pathOfJob));
  }

  /** The failed jobs that a job waits for, directly or through others. */
  #culpritsOf(image: StoreImage, jobId: string): readonly string[] {
    const awaited = new Set(dependenciesOf(image, jobId));
    for (const id of awaited) for (const before of dependenciesOf(image, id)) awaited.add(before);
    return [...awaited].filter((id) => {
      return (this.history.get(id)?.errors?.length ?? 0) > 0 && image.entryOf('finished', id) !== undefined;
    });
  }

  /** Who waits for what was cancelled is cancelled, too; but a next version of what failed starts again. */
  #checkNotCancelled(image: StoreImage, jobId: string): void {
    for (const id of image.jobs.get(jobId)?.job.dependency ?? []) {
      const failed = this.#cancelled.get(id);
      hold(
        failed === undefined || failed.includes(pathOfJob(jobId)),
        'all that wait for a failed job are cancelled',
        () => {
          return `${jobId} is claimed, but ${id} was cancelled`;
        },
      );
    }
  }

  #checkFinish(jobId: string, value: string): void {
    const known = this.history.get(jobId);
    hold(known?.errors === null, 'a job ends once', () => `${jobId} ends again, with ${value}`);
    if (known !== undefined) known.errors = decodeFinished(value);
  }
}

/** Whether a worker that ends makes a job ready again that it has. */
function isGivenBack(records: readonly LogRecord[], jobId: string): boolean {
  return records.some(({ key, entry }) => key === jobKey('ready', jobId) && entry !== null);
}

/** A claim: of a job that is ready, has nothing to wait for, and nobody else's; with nobody in its way. */
function checkClaim(image: StoreImage, jobId: string, lease: string | null): void {
  hold(image.entryOf('working', jobId) === undefined, 'one claim a job', () => jobId);
  hold(image.entryOf('ready', jobId) !== undefined, 'only ready jobs are claimed', () => jobId);
  hold(lease !== null, 'a claim ends with its worker', () => jobId);
  checkFree(image, jobId, 'is claimed');
  const job = image.jobs.get(jobId)?.job;
  if (job === undefined) return;
  const own = pathOfJob(jobId);
  const references = referencesOfJob(job);
  for (const otherId of image.idsIn('working')) {
    const other = image.jobs.get(otherId)?.job;
    if (other === undefined) continue;
    const otherPath = pathOfResource(other.resource_type, other.resource_id);
    hold(otherPath !== own, 'one job of a resource at a time', () => `${jobId} is claimed beside ${otherId}`);
    // Of two deletions the one that came later may be what the other reads: docs/decisions/0012-deletion-order.md.
    if (job.action === 'logical_delete' && other.action === 'logical_delete') continue;
    const meets = references.has(otherPath) || referencesOfJob(other).has(own);
    hold(!meets, 'nobody reads what is being built', () => `${jobId} is claimed beside ${otherId}`);
  }
}

function checkFree(image: StoreImage, jobId: string, what: string): void {
  hold(image.jobs.has(jobId), 'lists hold jobs', () => `${jobId} ${what}, but isn't in the queue`);
  const waits = dependenciesOf(image, jobId);
  hold(waits.length === 0, 'a job waits for what it depends on', () => `${jobId} ${what} before ${waits.join(', ')}`);
}

/** A job stands in one list, and in none only when its claim has ended by itself. */
function checkPlaces(image: StoreImage, jobId: string, moved: boolean): void {
  const places = image.placesOf(jobId);
  const isThere = image.jobs.has(jobId);
  hold(
    isThere || places.length === 0,
    'lists hold jobs',
    () => `${jobId} has left, but stands in ${places.join(', ')}`,
  );
  hold(places.length <= 1, 'a job stands in one list', () => `${jobId}: ${places.join(', ')}`);
  hold(!isThere || !moved || places.length === 1, 'a job stands in one list', () => `${jobId} stands in none`);
}

/** Whether what no worker ever had leaves with the answer to its resource, or with the last trace of that. */
function isAnswered(image: StoreImage, jobId: string, records: readonly LogRecord[]): boolean {
  if (image.jobs.get(jobId)?.attempt !== 0) return false;
  const path = pathOfJob(jobId);
  return records.some(({ key, entry }) => {
    const isState = key === `/state${path}` && entry !== null && decodeState(entry.value)?.error === '';
    return isState || (key === `/esi-worker/config${path}` && entry === null);
  });
}

/** No job waits for itself through others. */
function checkAcyclic(image: StoreImage, from: string): void {
  const seen = new Set<string>();
  const stack = [...dependenciesOf(image, from)];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    hold(next !== from, 'no cycle', () => `${from} waits for itself`);
    if (seen.has(next)) continue;
    seen.add(next);
    stack.push(...dependenciesOf(image, next));
  }
}

/** The jobs that a job still waits for. */
function dependenciesOf(image: StoreImage, jobId: string): readonly string[] {
  return (image.jobs.get(jobId)?.job.dependency ?? []).filter((id) => image.jobs.has(id));
}

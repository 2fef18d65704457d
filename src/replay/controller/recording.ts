import { pathKey, ResourceViews } from '../../controller/index.ts';
import { isJsonObject, type JsonObject, parseJson } from '../../kernel/index.ts';
import {
  decodeConfig,
  decodeJob,
  decodeState,
  familyPrefix,
  type Job,
  type JobQueue,
  jobKey,
  parseJobKey,
  parseResourceKey,
  READ_COMPLETE,
} from '../../records/index.ts';
import { withoutSuffix } from '../job-differences.ts';
import type { RecordedEvent } from '../recorded-event.ts';
import type { Comparison } from '../replay-report.ts';
import type { RecordedRun } from '../run-folder.ts';

/** The families that a replay compares. */
export const replayFamilies = ['jobs', 'read_complete', 'processed_config'] as const;
export type ReplayFamily = (typeof replayFamilies)[number];
export type ControllerComparison = Comparison & { readonly family: ReplayFamily };

/** The key prefixes of the families. */
const familyPrefixes: { readonly [Family in ReplayFamily]: string } = {
  jobs: jobKey('all', ''),
  read_complete: familyPrefix('state'),
  processed_config: familyPrefix('processed'),
};

/** A job as it was first written. */
export interface RecordedJob {
  readonly job: Job;
  /** The job with all its recorded fields. */
  readonly fields: JsonObject;
  readonly index: number;
}

type PlacedJob = RecordedJob & { readonly place: number };

/** The jobs of one plan, which entered the queue together. */
export interface RecordedWorkflow {
  /** 'type:id:version'. */
  readonly name: string;
  /** 'type:id'. */
  readonly path: string;
  readonly version: number;
  readonly jobs: readonly RecordedJob[];
}

/** A resource's version that is in an event. */
export interface RecordedVersion {
  readonly place: number;
  readonly version: number;
}

/** An index of a run's contents; places are positions in the list of events. */
export class Recording {
  /** 'type:id' → versions of its /config, in order. */
  readonly configs = new Map<string, RecordedVersion[]>();
  /** 'type:id' → versions of its /state, in order. */
  readonly states = new Map<string, RecordedVersion[]>();
  /** 'type:id' → versions that have jobs. */
  readonly jobVersions = new Map<string, Set<number>>();
  /** 'type:id:version' of each /state that comes from a job, not from mere reading. */
  readonly worked = new Set<string>();
  /** The ids of jobs whose removal from the queue is recorded. */
  readonly departures = new Set<string>();
  /** The ids of jobs whose addition to the queue is recorded. */
  readonly written = new Set<string>();
  #lastAnswer = -1;
  readonly #mentioned = new Set<string>();
  readonly #writtenNames = new Set<string>();
  readonly #families: ReadonlySet<ReplayFamily>;
  readonly #resources: ResourceViews;
  readonly #workflows = new Map<number, RecordedWorkflow>();
  readonly #names = new Map<string, number[]>();

  constructor(run: RecordedRun) {
    const written = run.events.filter(({ kind }) => kind !== 'held');
    this.#families = new Set(
      replayFamilies.filter((family) => written.some(({ key }) => key.startsWith(familyPrefixes[family]))),
    );
    this.#resources = new ResourceViews(run.model);
    const jobs = run.events.flatMap((event, place) => {
      const job = parseJobKey(event.key);
      if (job === null) this.#noteResource(event, place);
      return job === null ? [] : this.#noteJob(event, job, place);
    });
    this.#group(jobs);
  }

  /** The last place at which a change was answered or planned. */
  get lastAnswer(): number {
    return this.#lastAnswer;
  }

  /** Whether any event mentions such a job, even only as a dependency of another one. */
  mentions(jobId: string): boolean {
    return this.#mentioned.has(withoutSuffix(jobId));
  }

  /** Whether an event writes such a job. */
  holdsWriteOf(jobId: string): boolean {
    return this.#writtenNames.has(withoutSuffix(jobId));
  }

  /** The workflow whose first job was written at a place. */
  workflowAt(place: number): RecordedWorkflow | undefined {
    return this.#workflows.get(place);
  }

  /** Whether a workflow of that name begins at a place or after it. */
  isQueuedFrom(name: string, place: number): boolean {
    return (this.#names.get(name) ?? []).some((at) => at >= place);
  }

  /** Whether the run has any key of a family. */
  holds(family: ReplayFamily): boolean {
    return this.#families.has(family);
  }

  /** Indexes the job that an event writes for the first time, if any. */
  #noteJob(
    event: RecordedEvent,
    { queue, jobId }: { readonly queue: JobQueue; readonly jobId: string },
    place: number,
  ): readonly PlacedJob[] {
    this.#mentioned.add(withoutSuffix(jobId));
    const [, , type = '', id = '', version] = jobId.split(':');
    const path = pathKey(type, id);
    this.jobVersions.set(path, (this.jobVersions.get(path) ?? new Set()).add(Number(version)));
    if (queue !== 'all') return [];
    if (event.kind === 'delete') this.departures.add(jobId);
    if (event.kind === 'delete' || this.written.has(jobId)) return [];
    this.written.add(jobId);
    this.#writtenNames.add(withoutSuffix(jobId));
    const recorded = event.kind === 'put' ? recordedJob(event) : null;
    for (const id of recorded?.job.dependency ?? []) this.#mentioned.add(withoutSuffix(id));
    return recorded === null ? [] : [{ ...recorded, place }];
  }

  #noteResource(event: RecordedEvent, place: number): void {
    const family = parseResourceKey(event.key)?.family;
    const path = this.#resources.pathOf(event.key);
    const isAnswer = family === 'processed' || (family === 'state' && isReadComplete(event.value));
    if (isAnswer && event.kind !== 'held') this.#lastAnswer = place;
    if (path === null || event.kind === 'delete') return;
    const versions = family === 'config' ? this.configs : family === 'state' ? this.states : null;
    const version = (family === 'config' ? decodeConfig(event.value) : decodeState(event.value))?.version;
    if (versions === null || version === undefined) return;
    versions.set(path, [...(versions.get(path) ?? []), { place, version }]);
    if (family === 'state' && !isReadComplete(event.value)) this.worked.add(`${path}:${version}`);
  }

  /** Groups jobs into workflows: each begins with a first job. */
  #group(jobs: readonly PlacedJob[]): void {
    const open = new Map<string, { readonly place: number; readonly jobs: RecordedJob[] }>();
    for (const { place, ...recorded } of jobs) {
      const { job_name: name, resource_type: type, resource_id: id, version, is_first: isFirst } = recorded.job;
      const current = open.get(name);
      if (current !== undefined && !isFirst) {
        current.jobs.push(recorded);
        continue;
      }
      const begun = { place, jobs: [recorded] };
      open.set(name, begun);
      this.#workflows.set(place, { name, path: pathKey(type, id), version, jobs: begun.jobs });
      this.#names.set(name, [...(this.#names.get(name) ?? []), place]);
    }
  }
}

function recordedJob(event: RecordedEvent): RecordedJob | null {
  const queued = decodeJob(event.value);
  const value = parseJson(event.value);
  const fields = Array.isArray(value) ? value[1] : undefined;
  return queued === null || !isJsonObject(fields) ? null : { job: queued.job, fields, index: event.index };
}

/** Whether a value under /state says only that its version was read. */
export function isReadComplete(value: string): boolean {
  return decodeState(value)?.state.worker_state === READ_COMPLETE;
}

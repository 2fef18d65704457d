import { isJsonObject, type Json, type JsonObject, parseJson } from '../kernel/index.ts';

/** The action of a job. 'delete' is the first step of a modify, 'logical_delete' the end of a resource. */
export type JobAction = 'create' | 'modify' | 'delete' | 'logical_delete';

const actions: readonly JobAction[] = ['create', 'modify', 'delete', 'logical_delete'];

/** A resource that a parameter was taken from. */
export interface ResourceReference {
  readonly resource_type: string;
  readonly resource_id: string;
}

/** A parameter of a job, evaluated from the template's mapping (compatibility K9). */
export interface JobParam {
  readonly param: string;
  readonly type: 'value' | 'output_key' | 'list';
  readonly value: Json;
  readonly resources: readonly ResourceReference[];
}

/** A job: these thirteen fields, as the store holds them (compatibility K9). */
export interface Job {
  readonly id: string;
  readonly action: JobAction;
  readonly handler: string;
  readonly resource_type: string;
  readonly resource_id: string;
  /** The config version of the job. */
  readonly version: number;
  /** 'type:id:version', the same for all jobs of a workflow. */
  readonly job_name: string;
  readonly is_first: boolean;
  readonly is_last: boolean;
  readonly on_failure: 'fail' | 'ignore';
  /** The ids of the jobs that must finish before. */
  readonly dependency: readonly string[];
  readonly params: readonly JobParam[];
  /** The whole body of the config. */
  readonly resource_input: JsonObject;
}

/** A job in the queue, and the number of its earlier attempts. */
export interface QueuedJob {
  readonly job: Job;
  /** The number of attempts without a result, because a worker was lost or a handler failed. */
  readonly attempt: number;
  /** The number of those in which the handler failed. Absent: none. */
  readonly failures?: number;
}

/** The length of the suffix that distinguishes a job from its predecessor of the same name. */
const SUFFIX_LENGTH = 5;
const SUFFIX_LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** 'action:handler:type:id:version:rnd5'. */
export function newJobId(
  job: Pick<Job, 'action' | 'handler' | 'job_name'>,
  randomInteger: (below: number) => number,
): string {
  let suffix = '';
  for (let i = 0; i < SUFFIX_LENGTH; i++) suffix += SUFFIX_LETTERS.charAt(randomInteger(SUFFIX_LETTERS.length));
  return `${job.action}:${job.handler}:${job.job_name}:${suffix}`;
}

/** The resource in a job id, or null if it isn't a job id. */
export function parseJobId(
  jobId: string,
): { readonly handler: string; readonly type: string; readonly resourceId: string } | null {
  const [action, handler, type, resourceId, version, suffix, ...more] = jobId.split(':');
  if (action === undefined || handler === undefined || type === undefined || resourceId === undefined) return null;
  return version === undefined || suffix === undefined || more.length > 0 ? null : { handler, type, resourceId };
}

/** The value of a /jobs/all key: handler, job, attempt; then the failures, if there are any. */
export function encodeJob({ job, attempt, failures = 0 }: QueuedJob): string {
  return JSON.stringify(failures === 0 ? [job.handler, job, attempt] : [job.handler, job, attempt, failures]);
}

/** Reads the value of a /jobs/all key. null if it isn't valid. */
export function decodeJob(value: string): QueuedJob | null {
  const parts = parseJson(value);
  if (!Array.isArray(parts)) return null;
  const [handler, job, attempt, failures] = parts as readonly Json[];
  if (!isJob(job) || job.handler !== handler) return null;
  const queued = { job, attempt: typeof attempt === 'number' ? attempt : 0 };
  // There can't be more failures than attempts: that would hide the number of lost workers.
  return typeof failures === 'number' ? { ...queued, failures: Math.min(failures, queued.attempt) } : queued;
}

function isJob(value: unknown): value is Job {
  if (!isJsonObject(value)) return false;
  const { id, action, handler, resource_type, resource_id, version, job_name } = value;
  // The fields of text have to be strings: other JSON values may not even be printable.
  if (![id, action, handler, resource_type, resource_id, job_name].every((text) => typeof text === 'string'))
    return false;
  if (typeof version !== 'number') return false;
  const name = `${resource_type}:${resource_id}:${version}`;
  return (
    typeof id === 'string' &&
    parseJobId(id) !== null &&
    // Every key of a job is derived from its id, so all its records have consistent keys.
    id.startsWith(`${action}:${handler}:${name}:`) &&
    job_name === name &&
    actions.some((one) => one === action) &&
    typeof value.is_first === 'boolean' &&
    typeof value.is_last === 'boolean' &&
    (value.on_failure === 'fail' || value.on_failure === 'ignore') &&
    Array.isArray(value.dependency) &&
    value.dependency.every((dependency) => typeof dependency === 'string') &&
    Array.isArray(value.params) &&
    value.params.every(isParam) &&
    isJsonObject(value.resource_input)
  );
}

function isParam(value: unknown): value is JobParam {
  return (
    isJsonObject(value) &&
    typeof value.param === 'string' &&
    (value.type === 'value' || value.type === 'output_key' || value.type === 'list') &&
    value.value !== undefined &&
    Array.isArray(value.resources) &&
    value.resources.every(isReference)
  );
}

function isReference(value: unknown): value is ResourceReference {
  return isJsonObject(value) && typeof value.resource_type === 'string' && typeof value.resource_id === 'string';
}

/** The value of a /jobs/finished key: '' for success, otherwise a JSON array of the errors (compatibility K10). */
export function encodeFinished(errors: readonly string[]): string {
  return errors.length === 0 ? '' : JSON.stringify(errors);
}

/** The errors in a /jobs/finished value. None: it succeeded. */
export function decodeFinished(value: string): readonly string[] {
  if (value === '') return [];
  const errors = parseJson(value);
  return Array.isArray(errors)
    ? errors.map((error) => (typeof error === 'string' ? error : JSON.stringify(error)))
    : [value];
}

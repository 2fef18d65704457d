import { isJsonObject, parseJson } from '../kernel/index.ts';
import { keys } from './keys.ts';

/** The last workflow of a resource that ended without success. */
export interface JobFailure {
  /** The job that failed or was cancelled. '' if the past of the resource isn't known. */
  readonly jobId: string;
  readonly version: number;
  /** The time at which it was noticed, in milliseconds since the epoch. */
  readonly atMs: number;
  /** false: no worker has begun any of its jobs since the resource was made, or since its last success. */
  readonly begun: boolean;
}

/** The key of a resource's failure; `path` is 'type:id'. */
export function failureKey(path: string): string {
  return `${keys.jobFailures}${path}`;
}

/** The resource ('type:id') of such a key, or null. */
export function parseFailureKey(key: string): string | null {
  return key.startsWith(keys.jobFailures) ? key.slice(keys.jobFailures.length) : null;
}

/** The value of such a key. */
export function encodeFailure({ jobId, version, atMs, begun }: JobFailure): string {
  return JSON.stringify({ job: jobId, version, at_ms: atMs, begun });
}

/** Reads the value of such a key. null if it isn't valid. */
export function decodeFailure(value: string): JobFailure | null {
  const record = parseJson(value);
  if (!isJsonObject(record)) return null;
  const { job, version, at_ms: atMs, begun } = record;
  if (typeof job !== 'string' || typeof version !== 'number') return null;
  return { jobId: job, version, atMs: typeof atMs === 'number' ? atMs : 0, begun: begun !== false };
}

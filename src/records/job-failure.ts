import { isJsonObject, parseJson } from '../kernel/index.ts';
import { keys } from './keys.ts';

/** The last workflow of a resource that ended without success. */
export interface JobFailure {
  /** The job that failed, or that was cancelled; '' where the past of the resource isn't known. */
  readonly jobId: string;
  readonly version: number;
  /** When it was noticed, in milliseconds since the epoch. */
  readonly atMs: number;
  /** False: since the resource was made, or worked last, no worker has begun with any of its jobs. */
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

/** Reads the value of such a key; null where it isn't one. */
export function decodeFailure(value: string): JobFailure | null {
  const record = parseJson(value);
  if (!isJsonObject(record)) return null;
  const { job, version, at_ms: atMs, begun } = record;
  if (typeof job !== 'string' || typeof version !== 'number') return null;
  return { jobId: job, version, atMs: typeof atMs === 'number' ? atMs : 0, begun: begun !== false };
}

import { isJsonObject, type Json, type JsonObject, parseJson } from '../kernel/index.ts';
import { keys } from './keys.ts';

/** An operator's request about a job. The leading controller executes it, and replaces it by the answer. */
export type JobRequest =
  | (RequestedJob & { readonly kind: 'retry' })
  | (RequestedJob & {
      readonly kind: 'cancel';
      /** The number of dependents to cancel with it. null: none, or the request only lists them. */
      readonly dependents: number | null;
      /** Whether the request only asks for its effects. */
      readonly dryRun: boolean;
    });

interface RequestedJob {
  readonly jobId: string;
  /** The time of the request, in milliseconds since the epoch: an old one is no longer executed. */
  readonly atMs: number;
}

/** The outcome of a request. */
export type JobAnswer =
  | { readonly kind: 'done'; readonly atMs: number; readonly jobs: readonly string[]; readonly count: number }
  | { readonly kind: 'refused'; readonly atMs: number; readonly code: string; readonly params: JsonObject };

/** The key of a request. */
export function requestKey(requestId: string): string {
  return `${keys.jobRequests}${requestId}`;
}

/** The value of a request. */
export function encodeRequest(request: JobRequest): string {
  const { kind, jobId, atMs } = request;
  const more = request.kind === 'cancel' ? { dependents: request.dependents, dry_run: request.dryRun } : {};
  return JSON.stringify({ request: kind, job: jobId, at_ms: atMs, ...more });
}

/** The value of an answer. */
export function encodeAnswer(answer: JobAnswer): string {
  const { kind, atMs, ...rest } = answer;
  return JSON.stringify({ answer: kind, at_ms: atMs, ...rest });
}

/** Reads the value of a request. null if it isn't valid. */
export function decodeRequest(value: string): JobRequest | null {
  const record = parseJson(value);
  if (!isJsonObject(record) || typeof record.job !== 'string' || typeof record.at_ms !== 'number') return null;
  const { job: jobId, at_ms: atMs, dependents } = record;
  if (record.request === 'retry') return { kind: 'retry', jobId, atMs };
  if (record.request !== 'cancel') return null;
  const count = typeof dependents === 'number' ? dependents : null;
  return { kind: 'cancel', jobId, atMs, dependents: count, dryRun: record.dry_run === true };
}

/** Reads the value of an answer. null if it isn't valid. */
export function decodeAnswer(value: string): JobAnswer | null {
  const record = parseJson(value);
  if (!isJsonObject(record) || typeof record.at_ms !== 'number') return null;
  const { answer, at_ms: atMs, jobs, count, code, params } = record;
  if (answer === 'done' && Array.isArray(jobs) && typeof count === 'number') {
    return { kind: 'done', atMs, jobs: jobs.filter(isText), count };
  }
  if (answer !== 'refused' || typeof code !== 'string' || !isJsonObject(params)) return null;
  return { kind: 'refused', atMs, code, params };
}

function isText(value: Json): value is string {
  return typeof value === 'string';
}

import { isJsonObject, type Json, type JsonObject, parseJson } from '../kernel/index.ts';
import { keys } from './keys.ts';

/** What an operator asks of a job. The leading controller does it, and writes the answer in its place. */
export type JobRequest =
  | (RequestedJob & { readonly kind: 'retry' })
  | (RequestedJob & {
      readonly kind: 'cancel';
      /** How many dependents are to be cancelled with it; null: none, or only asking which. */
      readonly dependents: number | null;
      /** Whether it is only asked what would happen. */
      readonly dryRun: boolean;
    });

interface RequestedJob {
  readonly jobId: string;
  /** When it was made, in milliseconds since the epoch: an old one isn't done any more. */
  readonly atMs: number;
}

/** What became of a request. */
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

/** Reads the value of a request; null where it isn't one. */
export function decodeRequest(value: string): JobRequest | null {
  const record = parseJson(value);
  if (!isJsonObject(record) || typeof record.job !== 'string' || typeof record.at_ms !== 'number') return null;
  const { job: jobId, at_ms: atMs, dependents } = record;
  if (record.request === 'retry') return { kind: 'retry', jobId, atMs };
  if (record.request !== 'cancel') return null;
  const count = typeof dependents === 'number' ? dependents : null;
  return { kind: 'cancel', jobId, atMs, dependents: count, dryRun: record.dry_run === true };
}

/** Reads the value of an answer; null where it isn't one. */
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

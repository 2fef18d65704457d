import { isJsonObject, limits, parseJson, pauseAfter } from '../kernel/index.ts';
import { keys } from './keys.ts';

/** The claims of a job that ended without a result, because its worker ended or hung. */
export interface JobLoss {
  /** The number of lost claims. */
  readonly lost: number;
  /** The time at which the last loss was noticed, in milliseconds since the epoch. */
  readonly atMs: number;
  /** The time at which the job was made ready again, in milliseconds since the epoch. null: it is still held back. */
  readonly triedMs: number | null;
}

/** The key of a job's losses. */
export function lossKey(jobId: string): string {
  return `${keys.jobLosses}${jobId}`;
}

/** The job of such a key, or null. */
export function parseLossKey(key: string): string | null {
  return key.startsWith(keys.jobLosses) ? key.slice(keys.jobLosses.length) : null;
}

/** The value of such a key. */
export function encodeLoss({ lost, atMs, triedMs }: JobLoss): string {
  return JSON.stringify({ lost, at_ms: atMs, tried_ms: triedMs });
}

/** Reads the value of such a key. null if it isn't valid. */
export function decodeLoss(value: string): JobLoss | null {
  const record = parseJson(value);
  if (!isJsonObject(record) || typeof record.lost !== 'number' || typeof record.at_ms !== 'number') return null;
  const triedMs = typeof record.tried_ms === 'number' ? record.tried_ms : null;
  return { lost: record.lost, atMs: record.at_ms, triedMs };
}

/** The time from which a lost job may be tried again, in milliseconds since the epoch. */
export function freeFromMs({ lost, atMs }: JobLoss): number {
  return atMs + pauseAfter(lost - 1, { firstMs: limits.lossPauseFirstMs, longestMs: limits.lossPauseLongestMs });
}

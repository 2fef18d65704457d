import { kamadoError } from '../../kernel/errors.ts';
import type { JsonObject } from '../../kernel/json.ts';
import type { Job } from '../../records/job.ts';
import type { JobTools } from '../handler.ts';

/** One entry of a rendered monitoring template: what is to be seen. */
export interface Check {
  /** The entry's name: the key of its status. */
  readonly name: string;
  readonly properties: JsonObject;
  readonly job: Job;
  readonly tools: JobTools;
}

/** A way of looking at something; an entry's `type` names it (heatworker.md §6.3). */
export interface Plugin {
  readonly type: string;
  /** Resolves with the status once it is as wanted. @throws CHECK_FAILED, CHECK_TIMEOUT and the device's errors */
  readonly check: (check: Check) => Promise<string>;
  /** Forgets what was kept about the job's resource, when that ends. */
  readonly forget?: (job: Job, tools: JobTools) => Promise<void>;
}

/** The status of what is as wanted. */
export const ACTIVE = 'ACTIVE';

/** A property of an entry that must be text. Numbers that YAML made of text are taken as text. */
export function textProperty({ name, properties }: Check, property: string): string {
  const value = properties[property];
  if (typeof value === 'string' && value !== '') return value;
  if (typeof value === 'number') return String(value);
  throw kamadoError('CHECK_FAILED', { name, reason: `${property} is missing` });
}

/** A property that must be an integer within bounds. */
export function integerProperty({ name, properties }: Check, property: string, least: number, most: number): number {
  const value = Number(properties[property]);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw kamadoError('CHECK_FAILED', { name, reason: `${property} is not an integer from ${least} to ${most}` });
}

/** A time-out that an entry gives in seconds, in milliseconds. */
export function timeoutMsOf(check: Check, property: string, defaultMs: number): number {
  const value = check.properties[property];
  if (value === undefined || value === null) return defaultMs;
  const seconds = Number(value);
  if (Number.isFinite(seconds) && seconds > 0 && seconds <= 86_400) return seconds * 1_000;
  throw kamadoError('CHECK_FAILED', { name: check.name, reason: `${property} is not a number of seconds` });
}

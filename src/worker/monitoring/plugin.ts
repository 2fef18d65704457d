import { kamadoError, Secret } from '../../kernel/index.ts';
import type { Job } from '../../records/index.ts';
import type { MarkedJson, MarkedObject } from '../../template/index.ts';
import type { JobTools } from '../handler.ts';

/** One entry of a rendered monitoring template: one thing to check. */
export interface Check {
  /** The entry's name: the key of its status. */
  readonly name: string;
  /** The entry's properties; values made from a secret are a `Secret`. */
  readonly properties: MarkedObject;
  readonly job: Job;
  readonly tools: JobTools;
}

/** A kind of check; an entry's `type` names it (compatibility W6). */
export interface Plugin {
  readonly type: string;
  /** Resolves with the status once the check succeeds. @throws CHECK_FAILED, CHECK_TIMEOUT and the device's errors */
  readonly check: (check: Check) => Promise<string>;
  /** Removes the plug-in's records about the job's resource, when that ends. */
  readonly forget?: (job: Job, tools: JobTools) => Promise<void>;
}

/** The status of a successful check. */
export const ACTIVE = 'ACTIVE';

/** A property of an entry: its value, and the text by which errors may name it. */
export interface Shown<Value> {
  readonly value: Value;
  readonly shown: Value | Secret;
}

/** A property of an entry that must be text. Numbers that YAML made from text are accepted as text. */
export function textProperty({ name, properties }: Check, property: string): Shown<string> {
  const { value, secret } = unmarked(properties[property]);
  if ((typeof value === 'string' && value !== '') || typeof value === 'number') {
    return { value: String(value), shown: secret ?? String(value) };
  }
  throw kamadoError('CHECK_FAILED', { name, reason: `${property} is missing` });
}

/** A property that must be an integer within bounds. */
export function integerProperty(check: Check, property: string, least: number, most: number): Shown<number> {
  const { name, properties } = check;
  const { value, secret } = unmarked(properties[property]);
  const number = Number(value);
  if (Number.isInteger(number) && number >= least && number <= most) return { value: number, shown: secret ?? number };
  throw kamadoError('CHECK_FAILED', { name, reason: `${property} is not an integer from ${least} to ${most}` });
}

/** A time-out that an entry gives in seconds, in milliseconds. */
export function timeoutMsOf(check: Check, property: string, defaultMs: number): number {
  const { value, secret } = unmarked(check.properties[property]);
  if (value === undefined || value === null) return defaultMs;
  // Errors contain the time that was waited, so it must not be a secret.
  if (secret !== null)
    throw kamadoError('CHECK_FAILED', { name: check.name, reason: `${property} is made of a secret` });
  const seconds = Number(value);
  if (Number.isFinite(seconds) && seconds > 0 && seconds <= 86_400) return seconds * 1_000;
  throw kamadoError('CHECK_FAILED', { name: check.name, reason: `${property} is not a number of seconds` });
}

/** The value of a property, and the secret that it is made from, or null. */
function unmarked(property: MarkedJson | undefined): {
  readonly value: MarkedJson | undefined;
  readonly secret: Secret | null;
} {
  return property instanceof Secret
    ? { value: property.reveal(), secret: property }
    : { value: property, secret: null };
}

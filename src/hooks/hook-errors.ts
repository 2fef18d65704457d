import { crashText, isKamadoError, KamadoError, kamadoError, type Log, type Runtime } from '../kernel/index.ts';
import type { HookSecrets } from './hook-secrets.ts';
import { HookRefusal } from './kamado.ts';
import { TimeLimitExceeded } from './time-limit.ts';

/** Which hook it is. */
export interface HookName {
  readonly type: string;
  /** The event, or the name of an action. */
  readonly hook: string;
}

/** A hook did what it must not: the reason is for everybody, and never holds what the hook worked on. */
export function hookFailed({ type, hook }: HookName, reason: string): KamadoError {
  return kamadoError('HOOK_FAILED', { type, hook, reason });
}

/**
 * What became of a hook that threw, as an error of the catalogue. What the operator's code says of itself goes to the log
 * only, without the secrets that it was given; the answer names the place in the log.
 */
export function hookError(
  context: { readonly runtime: Runtime; readonly log: Log },
  name: HookName,
  error: unknown,
  timeoutMs: number,
  secrets: HookSecrets,
): KamadoError {
  if (isKamadoError(error)) return error;
  if (error instanceof HookRefusal) {
    const { status, code, message, remedy } = error.refusal;
    const options = { cause: error, answer: { status, code }, logText: secrets.redact(message) };
    return new KamadoError('HOOK_REFUSED', { message, remedy }, options);
  }
  const reference = context.runtime.uuid();
  if (error instanceof TimeLimitExceeded) {
    context.log.error({ reference, ...name, timeoutMs }, 'A hook took too long.');
    return kamadoError('HOOK_TIMED_OUT', { ...name, timeoutMs });
  }
  const stack = crashText(error, secrets.redact);
  context.log.error({ reference, ...name, stack }, 'A hook failed.');
  return kamadoError('HOOK_FAILED', { ...name, reason: `the log has it under ${reference}` }, { cause: error });
}

import { crashText, isKamadoError, KamadoError, kamadoError, type Log, type Runtime } from '../kernel/index.ts';
import type { HookSecrets } from './hook-secrets.ts';
import { HookRefusal } from './kamado.ts';
import { TimeLimitExceeded } from './time-limit.ts';

/** The identity of a hook. */
export interface HookName {
  readonly type: string;
  /** The event, or the name of an action. */
  readonly hook: string;
}

/** The error for a hook that broke a rule. All clients may see the reason, which never contains data of the hook. */
export function hookFailed({ type, hook }: HookName, reason: string): KamadoError {
  return kamadoError('HOOK_FAILED', { type, hook, reason });
}

/**
 * The catalogued error for an exception of a hook. The text of the operator's code goes only to the log, without the
 * secrets that the hook was given; the answer refers to the line in the log.
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

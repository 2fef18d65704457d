import { type Json, type JsonObject, kamadoError, limits } from '../../kernel/index.ts';
import type { Job } from '../../records/index.ts';

/** A job's parameters, sorted by their use. */
export interface StackInputs {
  /** The context for rendering the template. */
  readonly context: JsonObject;
  /** The parameters of the stack. */
  readonly parameters: JsonObject;
  readonly timeoutMinutes: number;
}

const RENDERED_PREFIX = 'jinja_';
/** The parameter with the minutes that the stack may take. */
const TIMEOUT_PARAM = 'heat_timeout';
const ROLLBACK = 'rollback';

/** Sorts parameters by their names (compatibility W1). @throws STACK_PARAMETER_INVALID */
export function stackInputs(values: ReadonlyMap<string, Json>): StackInputs {
  const context: (readonly [string, Json])[] = [];
  const parameters: (readonly [string, Json])[] = [];
  for (const [name, value] of values) {
    if (name.startsWith(RENDERED_PREFIX)) context.push([name, value]);
    else if (name === ROLLBACK) checkRollback(value);
    else if (name !== TIMEOUT_PARAM) parameters.push([name, value]);
  }
  return {
    context: Object.fromEntries(context),
    parameters: Object.fromEntries(parameters),
    timeoutMinutes: timeoutMinutes(values.get(TIMEOUT_PARAM)),
  };
}

/**
 * The minutes that the removal of a stack may take. An invalid number, which was refused when the stack was to be
 * built, doesn't prevent its removal.
 */
export function removalMinutes(params: Job['params']): number {
  const given = params.find(({ param, type }) => param === TIMEOUT_PARAM && type === 'value')?.value;
  return minutesIn(given) ?? limits.stackTimeoutMinutes;
}

/**
 * The minutes that a stack may take; the original's default if the parameter is absent. @throws STACK_PARAMETER_INVALID
 */
function timeoutMinutes(value: Json | undefined): number {
  if (value === undefined || value === null) return limits.stackTimeoutMinutes;
  const minutes = minutesIn(value);
  if (minutes !== null) return minutes;
  throw invalid(TIMEOUT_PARAM, `an integer from 1 to ${limits.stackTimeoutMinutesMost}, in minutes, is expected`);
}

/** The number of minutes in a value; null if it is no number, or too large. */
function minutesIn(value: Json | undefined): number | null {
  const minutes = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  if (typeof minutes !== 'number' || !Number.isInteger(minutes)) return null;
  return minutes >= 1 && minutes <= limits.stackTimeoutMinutesMost ? minutes : null;
}

/** Refuses rollback: a failed stack is kept, so that an operator can examine and repair it. */
function checkRollback(value: Json): void {
  if (value === null || value === false || value === 'False' || value === 'false') return;
  throw invalid(ROLLBACK, 'stacks are not rolled back');
}

function invalid(param: string, reason: string): Error {
  return kamadoError('STACK_PARAMETER_INVALID', { param, reason });
}

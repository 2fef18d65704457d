import { kamadoError } from '../../kernel/errors.ts';
import type { Json, JsonObject } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';

/** What a job's parameters are for. */
export interface StackInputs {
  /** What the template is rendered with. */
  readonly context: JsonObject;
  /** What the stack is given. */
  readonly parameters: JsonObject;
  readonly timeoutMinutes: number;
}

const RENDERED_PREFIX = 'jinja_';
/** The parameter that says how many minutes the stack may take. */
export const TIMEOUT_PARAM = 'heat_timeout';
const ROLLBACK = 'rollback';

/** Sorts parameters by their names (heatworker.md §2.4). @throws STACK_PARAMETER_INVALID */
export function stackInputs(values: ReadonlyMap<string, Json>): StackInputs {
  const context: Record<string, Json> = {};
  const parameters: Record<string, Json> = {};
  for (const [name, value] of values) {
    if (name.startsWith(RENDERED_PREFIX)) context[name] = value;
    else if (name === ROLLBACK) checkRollback(value);
    else if (name !== TIMEOUT_PARAM) parameters[name] = value;
  }
  return { context, parameters, timeoutMinutes: timeoutMinutes(values.get(TIMEOUT_PARAM)) };
}

/** The time that a stack gets; the original's where nothing is said. @throws STACK_PARAMETER_INVALID */
export function timeoutMinutes(value: Json | undefined): number {
  if (value === undefined || value === null) return limits.stackTimeoutMinutes;
  const minutes = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  if (typeof minutes === 'number' && Number.isInteger(minutes) && minutes >= 1 && minutes <= mostMinutes)
    return minutes;
  throw invalid(TIMEOUT_PARAM, `an integer from 1 to ${mostMinutes}, in minutes, is expected`);
}

const mostMinutes = limits.stackTimeoutMinutesMost;

/** A stack that was rolled back is not what was asked for: what failed stays, to be looked at and mended. */
function checkRollback(value: Json): void {
  if (value === null || value === false || value === 'False' || value === 'false') return;
  throw invalid(ROLLBACK, 'stacks are not rolled back');
}

function invalid(param: string, reason: string): Error {
  return kamadoError('STACK_PARAMETER_INVALID', { param, reason });
}

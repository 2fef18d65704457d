import { isJsonObject, type Json, type JsonObject } from '../kernel/index.ts';
import { pythonPattern } from '../kernel/pattern/index.ts';
import { pythonJson, pythonText } from './python-text.ts';

/** The fault of a value by a constraint of a parameter; null if there is none, or if the constraint isn't known. */
export function constraintFault(constraint: Json, value: Json): string | null {
  if (!isJsonObject(constraint)) return null;
  const fault = faultOf(constraint, value);
  const { description } = constraint;
  return fault !== null && typeof description === 'string' ? description : fault;
}

function faultOf({ length, range, allowed_values, allowed_pattern }: JsonObject, value: Json): string | null {
  if (isJsonObject(length)) return outOfRange(`length (${lengthOf(value)})`, lengthOf(value), length);
  if (isJsonObject(range)) return outOfRange(pythonText(value), Number(value), range);
  if (Array.isArray(allowed_values)) {
    const allowed: readonly Json[] = allowed_values;
    const isAllowed = allowed.some((one) => one === value || pythonText(one) === pythonText(value));
    return isAllowed ? null : `${pythonJson(value)} is not an allowed value ${pythonJson(allowed)}`;
  }
  if (typeof allowed_pattern === 'string') {
    const free = () => undefined;
    const isMatched = pythonPattern(allowed_pattern, free).matches(pythonText(value), 'both', free);
    return isMatched ? null : `"${pythonText(value)}" does not match pattern "${allowed_pattern}"`;
  }
  return null;
}

function lengthOf(value: Json): number {
  if (Array.isArray(value)) return value.length;
  return isJsonObject(value) ? Object.keys(value).length : [...pythonText(value)].length;
}

function outOfRange(what: string, number: number, { min = null, max = null }: JsonObject): string | null {
  const isTooSmall = typeof min === 'number' && number < min;
  const isTooLarge = typeof max === 'number' && number > max;
  if (!isTooSmall && !isTooLarge) return null;
  return `${what} is out of range (min: ${pythonText(min)}, max: ${pythonText(max)})`;
}

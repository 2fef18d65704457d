import { operatorPattern, pythonPattern } from '../../../src/kernel/pattern/pattern.ts';

const free = () => undefined;

/** Whether a pattern of an operator is found in a text. */
export function isFound(pattern: string, text: string): boolean {
  return operatorPattern(pattern).matches(text, 'none', free);
}

/** Whether a pattern of a template matches at the begin of a text. */
export function matchesAsPython(pattern: string, text: string): boolean {
  return pythonPattern(pattern, free).matches(text, 'begin', free);
}

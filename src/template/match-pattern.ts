import { type Pattern, PatternFault, pythonPattern } from '../kernel/pattern/index.ts';
import { beyond, invalid } from './faults.ts';
import type { Run } from './run.ts';
import type { CallArguments } from './syntax.ts';

/** Whether a regular expression matches at the beginning of a text, as in Python's re.match. Its work is counted. */
export function matchesPattern(run: Run, pattern: string, text: string): boolean {
  const charge = (steps: number) => run.charge(steps);
  return compiled(run, pattern, charge).matches(text, 'begin', charge);
}

/**
 * Checks a regular expression that is literal in the template, so that its faults are found before rendering. @throws
 * TEMPLATE_INVALID, TEMPLATE_LIMIT
 */
export function checkPatternArgument(place: Place, { positional, named }: CallArguments): void {
  const pattern = positional[0] ?? named.find(({ name }) => name === 'pattern')?.value;
  if (pattern?.kind === 'constant' && typeof pattern.value === 'string') {
    compiled(place, pattern.value, () => undefined);
  }
}

interface Place {
  readonly template: string;
  readonly line: number;
}

function compiled({ template, line }: Place, pattern: string, charge: (steps: number) => void): Pattern {
  try {
    return pythonPattern(pattern, charge);
  } catch (error) {
    if (!(error instanceof PatternFault)) throw error;
    if (error.limit !== null) throw beyond(template, error.limit);
    throw invalid(template, line, `regular expression: ${error.message}`);
  }
}

import { kamadoError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Pattern } from './pattern.ts';

/** The limit of work for matching several patterns together, such as the patterns of one body. */
export class PatternBudget {
  #left: number = limits.patternSteps;

  /** Restores the whole budget. */
  renew(): void {
    this.#left = limits.patternSteps;
  }

  /** Whether a pattern is found in a text. @throws PATTERN_TOO_COSTLY if that takes more than the rest of the budget */
  finds(pattern: Pattern, text: string): boolean {
    return pattern.matches(text, 'none', (steps) => {
      this.#left -= steps;
      if (this.#left < 0) {
        throw kamadoError('PATTERN_TOO_COSTLY', { pattern: pattern.source, limit: limits.patternSteps });
      }
    });
  }
}

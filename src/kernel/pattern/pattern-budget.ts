import { kamadoError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Pattern } from './pattern.ts';

/** What matching patterns may take together, as the patterns of one body. */
export class PatternBudget {
  #left: number = limits.patternSteps;

  /** Gives the whole budget again. */
  renew(): void {
    this.#left = limits.patternSteps;
  }

  /** Whether a pattern is found in a text. @throws PATTERN_TOO_COSTLY where that takes more than is left */
  finds(pattern: Pattern, text: string): boolean {
    return pattern.matches(text, 'none', (steps) => {
      this.#left -= steps;
      if (this.#left < 0) {
        throw kamadoError('PATTERN_TOO_COSTLY', { pattern: pattern.source, limit: limits.patternSteps });
      }
    });
  }
}

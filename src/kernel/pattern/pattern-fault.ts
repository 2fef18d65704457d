import { limits } from '../limits.ts';

/** The limits for the size of a pattern. */
export type PatternLimit = 'patternLength' | 'patternDepth' | 'patternStates';

/** The reason why a pattern can't be used, and the exceeded limit, if there is one. */
export class PatternFault extends Error {
  readonly limit: PatternLimit | null;

  constructor(reason: string, limit: PatternLimit | null = null) {
    super(reason);
    this.limit = limit;
  }
}

/** Returns the fault of a pattern that exceeds a limit. */
export function beyondLimit(limit: PatternLimit): PatternFault {
  return new PatternFault(`it is beyond the limit ${limit} (${limits[limit]})`, limit);
}

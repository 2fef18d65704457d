import { limits } from '../limits.ts';

/** The limits that bound what a pattern is made of. */
export type PatternLimit = 'patternLength' | 'patternDepth' | 'patternStates';

/** A pattern that can't be used: why, and the limit that it is beyond, if it is one. */
export class PatternFault extends Error {
  readonly limit: PatternLimit | null;

  constructor(reason: string, limit: PatternLimit | null = null) {
    super(reason);
    this.limit = limit;
  }
}

/** The fault of a pattern that is larger than a limit allows. */
export function beyondLimit(limit: PatternLimit): PatternFault {
  return new PatternFault(`it is beyond the limit ${limit} (${limits[limit]})`, limit);
}

import type { CharacterSet } from './character-set.ts';

/** A position in the text that a pattern requires. */
export type Assertion =
  | 'textBegin'
  | 'textEnd'
  /** The end, or before the line end that is the last character. */
  | 'lastLineEnd'
  | 'lineBegin'
  | 'lineEnd'
  | 'wordBoundary'
  | 'noWordBoundary';

/** A part of a pattern. `size`: the maximum number of its states, and the work of making them; never 0. */
export type PatternNode = { readonly size: number } & (
  | { readonly kind: 'literal'; readonly codePoint: number }
  | { readonly kind: 'set'; readonly set: CharacterSet }
  | { readonly kind: 'assertion'; readonly assertion: Assertion }
  | { readonly kind: 'sequence' | 'choice'; readonly parts: readonly PatternNode[] }
  | { readonly kind: 'repeat'; readonly part: PatternNode; readonly least: number; readonly most: number }
);

import type { CodeRange, SetParts } from './character-set.ts';

/** The differences between the two kinds of patterns. The syntax is the same. */
export interface Dialect {
  /** `\d` */
  readonly digit: SetParts;
  /** `\w`, also on both sides of `\b` */
  readonly word: SetParts;
  /** `\s` */
  readonly space: SetParts;
  /** The characters that `.` doesn't match. */
  readonly lineEnds: readonly CodeRange[];
  /** Whether `$` also matches before a line end that is the last character. */
  readonly endsBeforeLastLineEnd: boolean;
  /** Whether `{,n}` is `{0,n}`. Otherwise it is literal text. */
  readonly leastMayBeLeftOut: boolean;
}

const asciiDigits: readonly CodeRange[] = [[0x30, 0x39]];
const asciiWord: readonly CodeRange[] = [...asciiDigits, [0x41, 0x5a], [0x5f, 0x5f], [0x61, 0x7a]];
const lineFeed: CodeRange = [0x0a, 0x0a];

/** The dialect of schemas, mappings and examples: `\s` and `.` are those of ECMAScript (flag u). */
export const operatorDialect: Dialect = {
  digit: { ranges: asciiDigits },
  word: { ranges: asciiWord },
  space: { property: /^\s$/u },
  lineEnds: [lineFeed, [0x0d, 0x0d], [0x2028, 0x2029]],
  endsBeforeLastLineEnd: false,
  leastMayBeLeftOut: false,
};

/** The dialect of templates, whose patterns Python's `re` read: digits, letters and blanks of all scripts. */
export const pythonDialect: Dialect = {
  digit: { property: /^\p{Nd}$/u },
  word: { property: /^[\p{L}\p{N}_]$/u },
  space: {
    ranges: [
      [0x09, 0x0d],
      [0x1c, 0x1f],
      [0x85, 0x85],
    ],
    property: /^\p{Z}$/u,
  },
  lineEnds: [lineFeed],
  endsBeforeLastLineEnd: true,
  leastMayBeLeftOut: true,
};

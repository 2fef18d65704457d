import { caseOrbit } from './case-orbits.ts';

/** Code points from the first to the last, both included. */
export type CodeRange = readonly [first: number, last: number];

const ASCII = 128;
const UNKNOWN = 0;
const OUT = 1;
const IN = 2;

/** The parts of a set of characters. */
export interface SetParts {
  readonly ranges?: readonly CodeRange[];
  readonly members?: readonly CharacterSet[];
  /** Matches a text of one character with a property. It sees one character at a time, so it can't backtrack. */
  readonly property?: RegExp;
  /** Also characters that differ from these only in their case. */
  readonly fold?: boolean;
  /** The complement of the set. */
  readonly negated?: boolean;
}

/** A set of characters. */
export class CharacterSet {
  /** The work of testing one character, in steps. */
  readonly cost: number;
  readonly #ranges: readonly CodeRange[];
  readonly #members: readonly CharacterSet[];
  readonly #property: RegExp | null;
  readonly #fold: boolean;
  readonly #negated: boolean;
  #ascii: Uint8Array | null = null;

  constructor(parts: SetParts) {
    this.#ranges = merged(parts.ranges ?? []);
    this.#members = parts.members ?? [];
    this.#property = parts.property ?? null;
    this.#fold = parts.fold ?? false;
    this.#negated = parts.negated ?? false;
    this.cost = this.#members.reduce((sum, member) => sum + member.cost, 1);
  }

  has(codePoint: number): boolean {
    if (codePoint >= ASCII) return this.#holds(codePoint);
    this.#ascii ??= new Uint8Array(ASCII);
    if (this.#ascii[codePoint] === UNKNOWN) this.#ascii[codePoint] = this.#holds(codePoint) ? IN : OUT;
    return this.#ascii[codePoint] === IN;
  }

  #holds(codePoint: number): boolean {
    const isOwn = this.#fold ? caseOrbit(codePoint).some((other) => this.#names(other)) : this.#names(codePoint);
    return (isOwn || this.#members.some((member) => member.has(codePoint))) !== this.#negated;
  }

  #names(codePoint: number): boolean {
    return isIn(this.#ranges, codePoint) || (this.#property?.test(String.fromCodePoint(codePoint)) ?? false);
  }
}

/** Sorted ranges, none touching another, for binary search. */
function merged(ranges: readonly CodeRange[]): readonly CodeRange[] {
  const result: CodeRange[] = [];
  for (const [first, last] of ranges.toSorted(([a], [b]) => a - b)) {
    const before = result.at(-1);
    if (before !== undefined && first <= before[1] + 1)
      result[result.length - 1] = [before[0], Math.max(before[1], last)];
    else result.push([first, last]);
  }
  return result;
}

function isIn(ranges: readonly CodeRange[], codePoint: number): boolean {
  let low = 0;
  let high = ranges.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const [first, last] = ranges[middle] ?? [0, 0];
    if (codePoint < first) high = middle - 1;
    else if (codePoint > last) low = middle + 1;
    else return true;
  }
  return false;
}

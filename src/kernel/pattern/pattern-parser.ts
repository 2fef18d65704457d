import { limits } from '../limits.ts';
import { caseOrbit } from './case-orbits.ts';
import { CharacterSet } from './character-set.ts';
import type { Dialect } from './dialect.ts';
import { readEscape } from './escape.ts';
import { beyondLimit, PatternFault } from './pattern-fault.ts';
import type { Assertion, PatternNode } from './pattern-node.ts';
import { PatternReader } from './pattern-reader.ts';
import { readCharacterSet } from './set-parser.ts';

/** The flags that `(?ims)` switches on, up to the end of its group. */
interface Flags {
  readonly fold: boolean;
  readonly multiline: boolean;
  readonly dotAll: boolean;
}

const END_OF_SEQUENCE = /[|)]/y;
const OPENS_SPECIAL = /\?/y;
const LOOKS_AROUND = /\?<?[=!]/y;
const REFERS_BACK = /\?P=/y;
const NAMED = /\?P?<([\p{L}_$][\p{L}\p{N}_$]*)>/uy;
const FLAGS = /\?([imsU]*)(?:-([imsU]+))?([:)])/y;
const COUNTS = /\{(\d*)(,?)(\d*)(\}?)/y;
const ASSERTIONS: ReadonlyMap<string, Assertion> = new Map([
  ['A', 'textBegin'],
  ['z', 'textEnd'],
  ['Z', 'textEnd'],
  ['b', 'wordBoundary'],
  ['B', 'noWordBoundary'],
]);

/**
 * Parses a pattern: Go's syntax (RE2), and the deviating notations of ECMAScript (flag u) and Python. Captures and lazy
 * repeats make no difference to what matches, and are not kept.
 * @throws PatternFault
 */
export function parsePattern(source: string, dialect: Dialect): PatternNode {
  if (source.length > limits.patternLength) throw beyondLimit('patternLength');
  return new PatternParser(source, dialect).parse();
}

class PatternParser {
  readonly #reader: PatternReader;
  readonly #dialect: Dialect;
  readonly #names = new Set<string>();
  #flags: Flags = { fold: false, multiline: false, dotAll: false };
  #depth = 0;

  constructor(source: string, dialect: Dialect) {
    this.#reader = new PatternReader(source);
    this.#dialect = dialect;
  }

  parse(): PatternNode {
    const node = this.#choice();
    if (!this.#reader.isAtEnd) throw new PatternFault('a ) has no (');
    return node;
  }

  #choice(): PatternNode {
    if (++this.#depth > limits.patternDepth) throw beyondLimit('patternDepth');
    const flags = this.#flags;
    const parts = [this.#sequence()];
    while (this.#reader.skip('|')) parts.push(this.#sequence());
    this.#flags = flags;
    this.#depth--;
    return joined('choice', parts);
  }

  #sequence(): PatternNode {
    const parts: PatternNode[] = [];
    while (!this.#reader.isAtEnd && !this.#reader.sees(END_OF_SEQUENCE)) {
      if (this.#reader.skip('\\Q')) parts.push(...this.#quoted());
      else parts.push(...this.#repeated(this.#atom()));
    }
    return joined('sequence', parts);
  }

  /** Parses literal text up to `\E`. A following repeat applies to the last character. */
  #quoted(): readonly PatternNode[] {
    const literals = Array.from(this.#reader.takeUpTo('\\E'), (character) => this.#literal(character));
    return [...literals.slice(0, -1), ...this.#repeated(literals.at(-1) ?? null)];
  }

  /** Parses one part of a sequence. null if it only sets flags. */
  #atom(): PatternNode | null {
    const character = this.#reader.take();
    switch (character) {
      case '(':
        return this.#group();
      case '[':
        return this.#set(readCharacterSet(this.#reader, this.#dialect, this.#flags.fold));
      case '.':
        return this.#set(new CharacterSet({ ranges: this.#flags.dotAll ? [] : this.#dialect.lineEnds, negated: true }));
      case '^':
        return asserted(this.#flags.multiline ? 'lineBegin' : 'textBegin');
      case '$':
        return asserted(this.#end());
      case '\\':
        return this.#escape();
      case '*':
      case '+':
      case '?':
        throw new PatternFault('a repeat has nothing to repeat');
      default:
        return this.#literal(character);
    }
  }

  #end(): Assertion {
    if (this.#flags.multiline) return 'lineEnd';
    return this.#dialect.endsBeforeLastLineEnd ? 'lastLineEnd' : 'textEnd';
  }

  #escape(): PatternNode {
    const assertion = ASSERTIONS.get(this.#reader.next);
    if (assertion !== undefined) {
      this.#reader.take();
      return asserted(assertion);
    }
    const found = readEscape(this.#reader, this.#dialect);
    if (found.kind === 'character') return this.#literal(String.fromCodePoint(found.codePoint));
    return this.#set(new CharacterSet({ ...found.parts, fold: this.#flags.fold }));
  }

  #literal(character: string): PatternNode {
    const codePoint = character.codePointAt(0) ?? 0;
    if (!this.#flags.fold || caseOrbit(codePoint).length === 1) return { kind: 'literal', codePoint, size: 1 };
    return this.#set(new CharacterSet({ ranges: [[codePoint, codePoint]], fold: true }));
  }

  #set(set: CharacterSet): PatternNode {
    return { kind: 'set', set, size: 1 };
  }

  #group(): PatternNode | null {
    const flags = this.#flags;
    const set = this.#reader.match(FLAGS);
    if (set !== undefined) {
      this.#setFlags(set[1] ?? '', set[2] ?? '');
      if (set[3] === ')') return null;
    } else this.#named();
    const node = this.#choice();
    if (!this.#reader.skip(')')) throw new PatternFault('a group is not closed');
    this.#flags = flags;
    return node;
  }

  #setFlags(on: string, off: string): void {
    const switched = (letter: string, before: boolean) => !off.includes(letter) && (before || on.includes(letter));
    const { fold, multiline, dotAll } = this.#flags;
    this.#flags = { fold: switched('i', fold), multiline: switched('m', multiline), dotAll: switched('s', dotAll) };
  }

  #named(): void {
    if (!this.#reader.sees(OPENS_SPECIAL)) return;
    const name = this.#reader.match(NAMED)?.[1];
    if (name === undefined) throw this.#refusedGroup();
    if (this.#names.has(name)) throw new PatternFault('two groups have one name');
    this.#names.add(name);
  }

  #refusedGroup(): PatternFault {
    if (this.#reader.sees(LOOKS_AROUND)) {
      return new PatternFault(
        'look-ahead and look-behind are not supported: say what the text looks like, or check the rest elsewhere',
      );
    }
    if (this.#reader.sees(REFERS_BACK)) return new PatternFault('back references are not supported');
    return new PatternFault('a group of this kind is not supported');
  }

  #repeated(part: PatternNode | null): readonly PatternNode[] {
    const counts = this.#counts();
    if (counts === null) return part === null ? [] : [part];
    if (part === null) throw new PatternFault('a repeat has nothing to repeat');
    this.#reader.skip('?');
    if (this.#counts() !== null) throw new PatternFault('a repeat is repeated: put it into a group');
    return [repeat(part, counts.least, counts.most)];
  }

  /** Parses the counts of a repeat. null if there is none. */
  #counts(): { readonly least: number; readonly most: number } | null {
    if (this.#reader.skip('*')) return { least: 0, most: Number.POSITIVE_INFINITY };
    if (this.#reader.skip('+')) return { least: 1, most: Number.POSITIVE_INFINITY };
    if (this.#reader.skip('?')) return { least: 0, most: 1 };
    const found = this.#reader.peek(COUNTS);
    if (found === undefined) return null;
    const [read, first = '', comma = '', second = '', close] = found;
    const isCount = first !== '' || (this.#dialect.leastMayBeLeftOut && comma !== '' && second !== '');
    if (close === '' || !isCount) return null;
    this.#reader.skip(read);
    const least = Number(first);
    const most = comma === '' ? least : second === '' ? Number.POSITIVE_INFINITY : Number(second);
    if (most < least) throw new PatternFault('a repeat counts down');
    if (Math.max(least, Number.isFinite(most) ? most : 0) > limits.patternStates) throw beyondLimit('patternStates');
    return { least, most };
  }
}

function asserted(assertion: Assertion): PatternNode {
  return { kind: 'assertion', assertion, size: 1 };
}

/**
 * Joins the parts of a sequence or a choice. A single part stays itself. A choice adds a fork and a jump for each
 * alternative.
 */
function joined(kind: 'sequence' | 'choice', parts: readonly PatternNode[]): PatternNode {
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return only;
  const between = kind === 'choice' ? 2 * parts.length : 0;
  return { kind, parts, size: bounded(parts.reduce((sum, { size }) => sum + size, between)) };
}

/** Repeats a part, with a fork for each optional repetition. Endless: two forks around the last one. */
function repeat(part: PatternNode, least: number, most: number): PatternNode {
  const isEndless = !Number.isFinite(most);
  const times = isEndless ? Math.max(1, least) : most;
  const forks = isEndless ? 2 : most - least;
  return { kind: 'repeat', part, least, most, size: bounded(times * part.size + forks) };
}

/** Checks the size while the pattern is parsed, so that nothing is built of a pattern that is too large. */
function bounded(size: number): number {
  if (size > limits.patternStates) throw beyondLimit('patternStates');
  return Math.max(1, size);
}

import { CharacterSet } from './character-set.ts';
import { type Dialect, operatorDialect, pythonDialect } from './dialect.ts';
import { type Anchor, type Charge, Machine } from './machine.ts';
import { PatternFault } from './pattern-fault.ts';
import { parsePattern } from './pattern-parser.ts';
import { programOf } from './program.ts';

/**
 * A regular expression that takes at most states × characters to match, whatever it says: it is run without
 * backtracking, and its size is bounded before it is built.
 */
export class Pattern {
  readonly source: string;
  readonly #machine: Machine;

  /** @throws PatternFault */
  constructor(source: string, dialect: Dialect, charge: Charge) {
    this.source = source;
    charge(source.length);
    const node = parsePattern(source, dialect);
    charge(node.size);
    this.#machine = new Machine(programOf(node), new CharacterSet(dialect.word));
  }

  /** Whether it matches: anywhere, at the begin, or the whole text. What it costs is charged as it is spent. */
  matches(text: string, anchor: Anchor, charge: Charge): boolean {
    return this.#machine.matches(text, anchor, charge);
  }
}

/** A pattern of an operator: of a schema, a mapping or an example. @throws PatternFault */
export function operatorPattern(source: string): Pattern {
  return new Pattern(source, operatorDialect, () => undefined);
}

/** A pattern that Python's `re` would have read: of a template. @throws PatternFault */
export function pythonPattern(source: string, charge: Charge): Pattern {
  return new Pattern(source, pythonDialect, charge);
}

/** Why a text is no pattern for an operator to use; null where it is one. */
export function patternFault(source: string): string | null {
  try {
    operatorPattern(source);
    return null;
  } catch (error) {
    if (error instanceof PatternFault) return error.message;
    throw error;
  }
}

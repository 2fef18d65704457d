import { CharacterSet } from './character-set.ts';
import { type Dialect, operatorDialect, pythonDialect } from './dialect.ts';
import { type Anchor, type Charge, Machine } from './machine.ts';
import { PatternFault } from './pattern-fault.ts';
import { parsePattern } from './pattern-parser.ts';
import { programOf } from './program.ts';

/**
 * A regular expression that takes at most states × characters to match: it runs without backtracking, and its size is
 * limited before it is built.
 */
export class Pattern {
  readonly source: string;
  readonly #machine: Machine;

  /** Compiles a pattern. @throws PatternFault */
  constructor(source: string, dialect: Dialect, charge: Charge) {
    this.source = source;
    charge(source.length);
    const node = parsePattern(source, dialect);
    charge(node.size);
    this.#machine = new Machine(programOf(node), new CharacterSet(dialect.word));
  }

  /** Whether it matches: anywhere, at the beginning, or the whole text. The work is charged while it is done. */
  matches(text: string, anchor: Anchor, charge: Charge): boolean {
    return this.#machine.matches(text, anchor, charge);
  }
}

/** Compiles a pattern of an operator: of a schema, a mapping or an example. @throws PatternFault */
export function operatorPattern(source: string): Pattern {
  return new Pattern(source, operatorDialect, () => undefined);
}

/** Compiles a pattern in the syntax of Python's `re`: of a template. @throws PatternFault */
export function pythonPattern(source: string, charge: Charge): Pattern {
  return new Pattern(source, pythonDialect, charge);
}

/** Returns why a text isn't a pattern that an operator can use, or null. */
export function patternFault(source: string): string | null {
  try {
    operatorPattern(source);
    return null;
  } catch (error) {
    if (error instanceof PatternFault) return error.message;
    throw error;
  }
}

/** What stands in a log, an error or a timeline in place of a secret. */
export const MASK = '***';

/**
 * A value that must not be printed. Every way of turning it into text gives the mask; `reveal` is the one door,
 * easy to find in a search.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return MASK;
  }

  toJSON(): string {
    return MASK;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return MASK;
  }
}

/** The replacement for a secret in a log, an error or a timeline. */
export const MASK = '***';

/**
 * A value that must not be printed. Every conversion to text gives the mask. `reveal` is the only access to the value,
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

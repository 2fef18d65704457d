import type { Redactor } from './redactor.ts';

/**
 * A text that others made, as a parameter of an error: what a service answered, what a library says. Whoever knows what
 * it may repeat has it redacted (`messageOf`) before anybody reads the error.
 */
export class ForeignText {
  readonly #text: string;
  readonly #introduction: string;

  /** @param introduction our own words before it */
  constructor(text: string, introduction = '') {
    this.#text = text;
    this.#introduction = introduction;
  }

  redacted(redact: Redactor): string {
    return this.#introduction + redact(this.#text);
  }

  toString(): string {
    return this.#introduction + this.#text;
  }
}

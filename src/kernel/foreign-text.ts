import type { Redactor } from './redactor.ts';

/**
 * A text from outside, as a parameter of an error: the answer of a service, the message of a library. A redactor that
 * knows the secrets that it may repeat is applied (`messageOf`) before the error is shown.
 */
export class ForeignText {
  readonly #text: string;
  readonly #introduction: string;

  /** @param introduction Kamado's own words before it */
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

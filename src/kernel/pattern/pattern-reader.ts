/** The text of a pattern, and the position of the reader. */
export class PatternReader {
  readonly #source: string;
  #at = 0;

  constructor(source: string) {
    this.#source = source;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#source.length;
  }

  /** The next character; '' at the end. */
  get next(): string {
    const codePoint = this.#source.codePointAt(this.#at);
    return codePoint === undefined ? '' : String.fromCodePoint(codePoint);
  }

  take(): string {
    const character = this.next;
    this.#at += character.length;
    return character;
  }

  /** Whether that text follows; then it is skipped. */
  skip(text: string): boolean {
    const follows = this.#source.startsWith(text, this.#at);
    if (follows) this.#at += text.length;
    return follows;
  }

  /** The match of a sticky expression at this position, or undefined. */
  peek(expression: RegExp): RegExpExecArray | undefined {
    expression.lastIndex = this.#at;
    return expression.exec(this.#source) ?? undefined;
  }

  /** The same, and moves behind the match. */
  match(expression: RegExp): RegExpExecArray | undefined {
    const found = this.peek(expression);
    this.#at += found?.[0].length ?? 0;
    return found;
  }

  /** Whether a sticky expression matches at this position. */
  sees(expression: RegExp): boolean {
    expression.lastIndex = this.#at;
    return expression.test(this.#source);
  }

  /** Reads up to a text, and skips that text. Reads the rest if it doesn't occur. */
  takeUpTo(text: string): string {
    const end = this.#source.indexOf(text, this.#at);
    const taken = this.#source.slice(this.#at, end < 0 ? undefined : end);
    this.#at = end < 0 ? this.#source.length : end + text.length;
    return taken;
  }
}

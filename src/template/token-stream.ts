import { limits } from '../kernel/index.ts';
import { beyond, invalid } from './faults.ts';
import type { Token, TokenKind } from './lexer.ts';

/** The tokens of one template, the position of the parser, and its depth. */
export class TokenStream {
  readonly template: string;
  readonly #tokens: readonly Token[];
  readonly #last: Token;
  #index = 0;
  #depth = 0;

  constructor(template: string, tokens: readonly Token[]) {
    this.template = template;
    this.#tokens = tokens;
    this.#last = tokens.at(-1) ?? { kind: 'end', value: '', line: 1 };
  }

  get current(): Token {
    return this.#tokens[this.#index] ?? this.#last;
  }

  get following(): Token {
    return this.#tokens[this.#index + 1] ?? this.#last;
  }

  next(): Token {
    const token = this.current;
    this.#index++;
    return token;
  }

  is(kind: TokenKind, ...values: readonly string[]): boolean {
    const { current } = this;
    return current.kind === kind && (values.length === 0 || values.includes(current.value));
  }

  skip(kind: TokenKind, value: string): boolean {
    const found = this.is(kind, value);
    if (found) this.#index++;
    return found;
  }

  expect(kind: TokenKind, value?: string): Token {
    const found = value === undefined ? this.is(kind) : this.is(kind, value);
    if (!found) throw this.fail(`expected ${value === undefined ? kind : `"${value}"`}, found ${this.describe()}`);
    return this.next();
  }

  describe(): string {
    const { kind, value } = this.current;
    return kind === 'name' || kind === 'operator' ? `"${value}"` : kind;
  }

  /** Runs `parse` one level deeper; TEMPLATE_LIMIT beyond `templateDepth`. */
  nested<Result>(parse: () => Result): Result {
    this.#depth++;
    if (this.#depth > limits.templateDepth) throw beyond(this.template, 'templateDepth');
    const result = parse();
    this.#depth--;
    return result;
  }

  fail(reason: string, line = this.current.line): Error {
    return invalid(this.template, line, reason);
  }
}

import { invalid } from './faults.ts';
import { decodeStringLiteral } from './string-literal.ts';

export type TokenKind =
  | 'text'
  | 'output-begin'
  | 'output-end'
  | 'block-begin'
  | 'block-end'
  | 'name'
  | 'integer'
  | 'float'
  | 'string'
  | 'operator'
  | 'end';

/** A token. `value` is the decoded text of a string, the digits of a number, or the sign of an operator. */
export interface Token {
  readonly kind: TokenKind;
  readonly value: string;
  readonly line: number;
}

const OPENING = /\{[%{#]/g;
const RAW_BEGIN = /\{%[-+]?\s*raw\s*(?:-%\}\s*|%\})/y;
const RAW_END = /\{%(?<sign>[-+]?)\s*endraw\s*(?:\+%\}|-%\}\s*|%\})/g;
const COMMENT_END = /(?:\+#\}|-#\}\s*|#\})/g;
const OUTPUT_END = /-\}\}\s*|\}\}/y;
const BLOCK_END = /(?:\+%\}|-%\}\s*|%\})/y;
const SPACE = /\s+/y;
const FLOAT = /(?:\d+_)*\d+(?:(?:\.(?:\d+_)*\d+)?[eE][+-]?(?:\d+_)*\d+|\.(?:\d+_)*\d+)/y;
const INTEGER = /0[bB](?:_?[01])+|0[oO](?:_?[0-7])+|0[xX](?:_?[0-9a-fA-F])+|[1-9](?:_?\d)*|0(?:_?0)*/y;
const NAME = /[\p{L}_][\p{L}\p{N}_]*/uy;
const STRING = /'([^'\\]*(?:\\[\s\S][^'\\]*)*)'|"([^"\\]*(?:\\[\s\S][^"\\]*)*)"/y;
const OPERATOR = /\/\/|\*\*|==|!=|>=|<=|[-+/*%~[\](){}><=.:|,;]/y;
const CLOSING: { readonly [sign: string]: string } = { '(': ')', '[': ']', '{': '}' };

/** Converts line ends to LF, and drops exactly one at the end, as Jinja2 does by default. */
export function normalizeSource(source: string): string {
  const text = source.replaceAll(/\r\n|\r/g, '\n');
  return text.endsWith('\n') ? text.slice(0, -1) : text;
}

/**
 * Splits a template into tokens, with whitespace control, comments and raw blocks already applied. Throws
 * TEMPLATE_INVALID with the line.
 */
export function tokenize(template: string, source: string): readonly Token[] {
  return new Lexer(template, normalizeSource(source)).run();
}

class Lexer {
  readonly #template: string;
  readonly #source: string;
  readonly #tokens: Token[] = [];
  #position = 0;
  #line = 1;

  constructor(template: string, source: string) {
    this.#template = template;
    this.#source = source;
  }

  run(): readonly Token[] {
    while (this.#position < this.#source.length) this.#root();
    this.#push('end', '');
    return this.#tokens;
  }

  #root(): void {
    OPENING.lastIndex = this.#position;
    const opening = OPENING.exec(this.#source);
    const end = opening?.index ?? this.#source.length;
    this.#text(end, opening !== null && this.#source[end + 2] === '-');
    if (opening === null) return;
    if (opening[0] === '{#') this.#comment();
    else if (opening[0] === '{%' && this.#take(RAW_BEGIN) !== undefined) this.#raw();
    else this.#tag(opening[0] === '{%');
  }

  #text(end: number, strip: boolean): void {
    const text = this.#source.slice(this.#position, end);
    const kept = strip ? text.trimEnd() : text;
    if (kept !== '') this.#push('text', kept);
    this.#advance(text);
  }

  #comment(): void {
    COMMENT_END.lastIndex = this.#position + 2;
    const end = COMMENT_END.exec(this.#source);
    if (end === null) throw this.#fail('a comment is not closed');
    this.#advance(this.#source.slice(this.#position, end.index + end[0].length));
  }

  #raw(): void {
    RAW_END.lastIndex = this.#position;
    const end = RAW_END.exec(this.#source);
    if (end === null) throw this.#fail('a raw block is not closed');
    this.#text(end.index, end.groups?.sign === '-');
    this.#advance(end[0]);
  }

  #tag(isBlock: boolean): void {
    this.#push(isBlock ? 'block-begin' : 'output-begin', '');
    this.#position += 2;
    if (this.#source[this.#position] === '-' || this.#source[this.#position] === '+') this.#position++;
    const open: string[] = [];
    for (;;) {
      const line = this.#line;
      if (open.length === 0 && this.#take(isBlock ? BLOCK_END : OUTPUT_END) !== undefined) {
        this.#tokens.push({ kind: isBlock ? 'block-end' : 'output-end', value: '', line });
        return;
      }
      this.#expressionToken(open);
    }
  }

  #expressionToken(open: string[]): void {
    if (this.#take(SPACE) !== undefined) return;
    const line = this.#line;
    const push = (kind: TokenKind, value: string) => this.#tokens.push({ kind, value, line });
    const float = this.#take(FLOAT);
    if (float !== undefined) {
      push('float', float[0].replaceAll('_', ''));
      return;
    }
    const integer = this.#take(INTEGER);
    if (integer !== undefined) {
      push('integer', integer[0].replaceAll('_', ''));
      return;
    }
    const name = this.#take(NAME);
    if (name !== undefined) {
      push('name', name[0]);
      return;
    }
    const string = this.#take(STRING);
    if (string !== undefined) {
      const text = decodeStringLiteral(string[1] ?? string[2] ?? '');
      if (text === undefined) throw invalid(this.#template, line, 'an escape in a string is not complete');
      push('string', text);
      return;
    }
    push('operator', this.#operator(open));
  }

  #operator(open: string[]): string {
    const sign = this.#take(OPERATOR)?.[0];
    if (sign === undefined) {
      throw this.#fail(this.#position < this.#source.length ? 'unexpected character' : 'a tag is not closed');
    }
    const closing = CLOSING[sign];
    if (closing !== undefined) open.push(closing);
    else if ((sign === ')' || sign === ']' || sign === '}') && open.pop() !== sign) {
      throw this.#fail(`unexpected "${sign}"`);
    }
    return sign;
  }

  #take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#position;
    const match = pattern.exec(this.#source);
    if (match === null) return undefined;
    this.#advance(match[0]);
    return match;
  }

  #advance(text: string): void {
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.#line++;
    this.#position += text.length;
  }

  #push(kind: TokenKind, value: string): void {
    this.#tokens.push({ kind, value, line: this.#line });
  }

  #fail(reason: string): Error {
    return invalid(this.#template, this.#line, reason);
  }
}

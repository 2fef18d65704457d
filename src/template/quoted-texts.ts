import type { CST, ParsedNode, Scalar } from 'yaml';
import { parseJson } from '../kernel/index.ts';

/** Shorter texts are left to the library. */
const LONG_CHARACTERS = 256;

/**
 * Long double-quoted texts of a document. The library joins such a text letter by letter, which takes 32 bytes for each.
 * One that JSON can read, which means the same there, is read at once; meanwhile a single-quoted text of the same length
 * stands in for it, so that every place in the document stays what it is.
 */
export class QuotedTexts {
  /** By the offset in the document. */
  readonly #values = new Map<number, string>();

  /** Puts a stand-in into a token, if it is such a text. */
  replace(token: CST.Token): void {
    if (token.type !== 'double-quoted-scalar' || token.source.length < LONG_CHARACTERS) return;
    const value = parseJson(token.source);
    if (typeof value !== 'string') return;
    this.#values.set(token.offset, value);
    token.type = 'single-quoted-scalar';
    token.source = `'${'x'.repeat(token.source.length - 2)}'`;
  }

  /** Puts the text into the node that was composed of its stand-in. */
  restore(node: ParsedNode & Scalar): void {
    const value = this.#values.get(node.range[0]);
    if (value === undefined) return;
    node.value = value;
    node.source = value;
    node.type = 'QUOTE_DOUBLE';
  }
}

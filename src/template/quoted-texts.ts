import type { CST, ParsedNode, Scalar } from 'yaml';
import { parseJson } from '../kernel/index.ts';

/** Shorter texts are left to the library. */
const LONG_CHARACTERS = 256;

/**
 * Long double-quoted texts of a document. The library builds such a text letter by letter, which takes 32 bytes for
 * each. A text that is also valid JSON, with the same meaning, is parsed as JSON. Meanwhile a single-quoted stand-in of
 * the same length replaces it, so that all offsets in the document stay the same.
 */
export class QuotedTexts {
  /** Texts by the offset in the document. */
  readonly #values = new Map<number, string>();

  /** Replaces the source of a token by a stand-in, if it is such a text. */
  replace(token: CST.Token): void {
    if (token.type !== 'double-quoted-scalar' || token.source.length < LONG_CHARACTERS) return;
    const value = parseJson(token.source);
    if (typeof value !== 'string') return;
    this.#values.set(token.offset, value);
    token.type = 'single-quoted-scalar';
    token.source = `'${'x'.repeat(token.source.length - 2)}'`;
  }

  /** Restores the text in the node that was composed of its stand-in. */
  restore(node: ParsedNode & Scalar): void {
    const value = this.#values.get(node.range[0]);
    if (value === undefined) return;
    node.value = value;
    node.source = value;
    node.type = 'QUOTE_DOUBLE';
  }
}

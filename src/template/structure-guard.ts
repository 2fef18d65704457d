import { isScalar, type ParsedNode } from 'yaml';
import { hotToJson } from '../hot/index.ts';
import { type Json, kamadoError, type TextRange } from '../kernel/index.ts';
import { children } from '../kernel/yaml/index.ts';
import { compare, type Divergence, sameNodes } from './document-comparison.ts';
import { beyond, invalid } from './faults.ts';
import { isOfTemplate, type Output, type Piece } from './output.ts';
import { firstEndingAfter, notWithin } from './ranges.ts';
import { commentRanges, type Dialect, readYaml } from './yaml-reader.ts';
import { yamlToJson } from './yaml-to-json.ts';

/**
 * Returns the rendered text as JSON, after checking that values changed only values.
 *
 * The template alone decides the structure of a document. To find that structure, a twin of the text is made in which
 * each value is replaced by as many harmless letters. The two must have the same nodes at the same places, and every
 * value must lie in one scalar, in one comment on one line, or (a list or dict) be one flow collection. If values are
 * empty, a second twin has a letter in the place of each, and must have the same nodes, too.
 *
 * Throws TEMPLATE_STRUCTURE with the template's line, TEMPLATE_INVALID if the template itself makes no YAML 1.1,
 * TEMPLATE_LIMIT if it is nested too deep.
 */
export function guardedDocument(template: string, output: Output): Json {
  const root = guardedRoot(template, output, 'plain');
  return yamlToJson(root, (offset, reason) => invalid(template, lineAt(output.pieces, offset), reason));
}

/**
 * The same for a Heat template. Beyond `guardedDocument`, its author may write all that Heat reads; but a value must
 * make no repeated key, and no merge.
 */
export function guardedHot(template: string, output: Output): Json {
  const { pieces } = output;
  const root = guardedRoot(template, output, 'hot');
  const values = valuesOf(pieces).filter((piece) => piece.text !== '');
  return hotToJson(root, {
    invalidAt: (offset, reason) => invalid(template, lineAt(pieces, offset), reason),
    structureAt: (offset) => structure(template, lineAt(pieces, offset)),
    tooLarge: () => beyond(template, 'templateAliasedNodes'),
    hasValue: ({ start, end }) => (firstEndingAfter(values, start)?.start ?? end) < end,
  });
}

function valuesOf(pieces: readonly Piece[]): readonly Piece[] {
  return pieces.filter((piece) => !isOfTemplate(piece));
}

/** Returns the tree of the text, after checking that values are only values. */
function guardedRoot(template: string, output: Output, dialect: Dialect): ParsedNode | null {
  const { pieces } = output;
  const values = valuesOf(pieces);
  const unfit = values.find((piece) => piece.origin.kind === 'entangled' || isUnprintable(piece.text));
  if (unfit !== undefined) throw structure(template, unfit.line);
  const harmless = harmlessRoot(output, values, dialect);
  if (harmless !== undefined) return harmless.root;
  const twin = readYaml(twinOf(pieces), { dialect, lenient: values.length > 0 });
  if (twin.kind === 'beyond') throw beyond(template, twin.limit);
  const empty = values.find((piece) => piece.text === '');
  const filled = empty === undefined ? undefined : readYaml(filledTwinOf(pieces), { dialect, lenient: true });
  if (twin.kind === 'fault') {
    if (empty !== undefined && filled?.kind === 'tree') throw structure(template, empty.line);
    throw invalid(template, lineAt(pieces, twin.offset), `the result is not YAML (${twin.reason})`);
  }
  if (filled !== undefined && !(filled.kind === 'tree' && sameNodes(filled.root, twin.root))) {
    throw structure(template, empty?.line ?? 1);
  }
  return values.length === 0 ? twin.root : rootLikeTwin(template, output, twin, dialect);
}

/** Letters and digits, with characters between them that have no meaning in YAML there. */
const HARMLESS = /^[0-9A-Za-z_]+(?:[./-][0-9A-Za-z_]+)*$/;

/**
 * Returns the tree if all values are such that a twin certainly has the same one, as nearly all are: then the text is
 * parsed once, not twice. undefined if they aren't, or if there is any fault.
 */
function harmlessRoot(
  output: Output,
  values: readonly Piece[],
  dialect: Dialect,
): { readonly root: ParsedNode | null } | undefined {
  if (values.some((piece) => piece.text !== '' && !(piece.origin.kind === 'text' && HARMLESS.test(piece.text)))) return;
  const whole = output.text();
  const real = readYaml(whole, { dialect, lenient: false });
  if (real.kind !== 'tree' || misplaced(whole, values, scalarPlaces(whole, real.root)) !== undefined) return;
  if (values.every((piece) => piece.text !== '')) return real;
  const filled = readYaml(filledTwinOf(output.pieces), { dialect, lenient: true });
  return filled.kind === 'tree' && sameNodes(filled.root, real.root) ? real : undefined;
}

/** The places where values may be: in scalars, but not in the header of a block scalar. */
function scalarPlaces(text: string, root: ParsedNode | null): readonly TextRange[] {
  const places: TextRange[] = [];
  const visit = (node: ParsedNode | null) => {
    if (node === null) return;
    for (const child of children(node)) visit(child);
    if (!isScalar(node)) return;
    const [start, end] = node.range;
    places.push({ start: node.type?.startsWith('BLOCK') === true ? text.indexOf('\n', start) : start, end });
  };
  visit(root);
  return places;
}

/** Returns the tree of the text itself, if it equals that of its twins. */
function rootLikeTwin(
  template: string,
  output: Output,
  twin: { readonly root: ParsedNode | null; readonly lexemes: number },
  dialect: Dialect,
): ParsedNode | null {
  const text = output.text();
  const values = valuesOf(output.pieces);
  const mostLexemes = twin.lexemes + values.reduce((sum, piece) => sum + mostLexemesOf(piece), 0);
  const real = readYaml(text, { dialect, lenient: false, mostLexemes });
  if (real.kind === 'beyond') throw beyond(template, real.limit);
  if (real.kind === 'fault') throw structure(template, blamed(values, real.offset).line);
  const places: TextRange[] = [];
  const collections = new Map(
    values.filter(({ origin }) => origin.kind === 'collection').map((piece) => [piece.start, piece]),
  );
  const divergence = compare(real.root, twin.root, { text, collections, places }) ?? misplaced(text, values, places);
  if (divergence !== undefined) throw structure(template, blamed(values, divergence.offset).line);
  return real.root;
}

/**
 * The maximum of lexemes that a value may add to the text: a list or dict as many as it has characters, other values
 * the blanks at their ends. With more it is not one scalar, and the text, which may be long, isn't parsed.
 */
function mostLexemesOf({ text, origin }: Piece): number {
  return origin.kind === 'collection' ? text.length : 4;
}

/** The line ends of YAML 1.1 besides LF, and the characters that it doesn't allow in a document. */
function isUnprintable(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 && code !== 0x09 && code !== 0x0a) return true;
    if ((code >= 0x7f && code <= 0x9f) || code === 0x2028 || code === 0x2029) return true;
    if (code === 0xfeff || code >= 0xfffe) return true;
  }
  return /\p{Cs}/u.test(text);
}

function structure(template: string, line: number): Error {
  return kamadoError('TEMPLATE_STRUCTURE', { template, line });
}

/** The text with each value replaced by letters of the same length, inside its own quotes or brackets. */
function twinOf(pieces: readonly Piece[]): string {
  return pieces.map(harmless).join('');
}

/** The same, with a letter for each empty value. */
function filledTwinOf(pieces: readonly Piece[]): string {
  return pieces.map((piece) => harmless(piece) || 'x').join('');
}

function harmless({ text, origin }: Piece): string {
  switch (origin.kind) {
    case 'template':
      return text;
    case 'text':
    case 'entangled':
      return 'x'.repeat(text.length);
    case 'quoted':
      return `"${'x'.repeat(text.length - 2)}"`;
    case 'collection':
      return `[${'x'.repeat(text.length - 2)}]`;
  }
}

/** The first value that is in no scalar, no collection of its own, and no comment. */
function misplaced(text: string, values: readonly Piece[], places: readonly TextRange[]): Divergence | undefined {
  const outside = notWithin(
    values.filter((piece) => piece.text !== ''),
    places,
  );
  // Nearly always there is none, and the comments need not be searched.
  const [found] = outside.length === 0 ? [] : notWithin(outside, commentRanges(text));
  return found === undefined ? undefined : { offset: found.start };
}

/** The value that an error is attributed to: the last one that begins before it. */
function blamed(values: readonly Piece[], offset: number): { readonly line: number } {
  return values.findLast((piece) => piece.start <= offset) ?? values[0] ?? { line: 1 };
}

/** The line of the template that produced this place of the output. */
function lineAt(pieces: readonly Piece[], offset: number): number {
  const piece = pieces.findLast(({ start }) => start <= offset) ?? pieces[0];
  if (piece === undefined) return 1;
  if (!isOfTemplate(piece)) return piece.line;
  return piece.line + piece.text.slice(0, offset - piece.start).split('\n').length - 1;
}

import { isMap, isScalar, isSeq, type ParsedNode } from 'yaml';
import { kamadoError } from '../kernel/errors.ts';
import type { Json } from '../kernel/json.ts';
import { beyond, invalid } from './faults.ts';
import type { Output, Piece } from './output.ts';
import { isDict, isSequence, type Value } from './value.ts';
import { children, commentRanges, type Range, readYaml } from './yaml-reader.ts';
import { yamlToJson } from './yaml-to-json.ts';

/** Where a document is not what its template says. */
interface Divergence {
  readonly offset: number;
}

/**
 * The rendered text as JSON, once it is sure that values changed nothing but values.
 *
 * The structure of a document is what the template alone decides. To know it, a twin of the text is made in which
 * each value is replaced by as many harmless letters; the two must have the same nodes at the same places, and
 * every value must lie in one scalar, in one comment on one line, or (a list or dict) be one flow collection.
 * Where values are empty, a second twin has a letter in their place, and must have the same nodes, too.
 *
 * Throws TEMPLATE_STRUCTURE with the template's line, TEMPLATE_INVALID where the template itself makes no YAML 1.1,
 * TEMPLATE_LIMIT where it nests too deep.
 */
export function guardedDocument(template: string, output: Output): Json {
  const { pieces } = output;
  const values = pieces.filter((piece) => piece.origin.kind !== 'template');
  const unprintable = values.find((piece) => isUnprintable(piece.text));
  if (unprintable !== undefined) throw structure(template, unprintable.line);
  const twin = readYaml(twinOf(pieces), values.length > 0);
  if (twin.kind === 'too-deep') throw beyond(template, 'templateDepth');
  const empty = values.find((piece) => piece.text === '');
  const filled = empty === undefined ? undefined : readYaml(filledTwinOf(pieces), true);
  if (twin.kind === 'fault') {
    if (empty !== undefined && filled?.kind === 'tree') throw structure(template, empty.line);
    throw invalid(template, lineAt(pieces, twin.offset), `the result is not YAML (${twin.reason})`);
  }
  if (filled !== undefined && !(filled.kind === 'tree' && sameNodes(filled.root, twin.root))) {
    throw structure(template, empty?.line ?? 1);
  }
  const root = values.length === 0 ? twin.root : guardedRoot(template, output, values, twin.root);
  return yamlToJson(root, (offset, reason) => invalid(template, lineAt(pieces, offset), reason));
}

/** The tree of the text itself, where it is that of its twins. */
function guardedRoot(
  template: string,
  output: Output,
  values: readonly Piece[],
  twin: ParsedNode | null,
): ParsedNode | null {
  const text = output.text();
  const real = readYaml(text, false);
  if (real.kind === 'too-deep') throw beyond(template, 'templateDepth');
  if (real.kind === 'fault') throw structure(template, blamed(values, real.offset).line);
  const places: Range[] = [];
  const collections = new Map(
    values.filter(({ origin }) => origin.kind === 'collection').map((piece) => [piece.start, piece]),
  );
  const divergence = compare(real.root, twin, { text, collections, places }) ?? misplaced(text, values, places);
  if (divergence !== undefined) throw structure(template, blamed(values, divergence.offset).line);
  return real.root;
}

/** True where both have the same nodes, wherever they stand. */
function sameNodes(a: ParsedNode | null, b: ParsedNode | null): boolean {
  if (a === null || b === null) return a === b;
  const inA = children(a);
  const inB = children(b);
  const sameKind = (isScalar(a) && isScalar(b)) || (isMap(a) && isMap(b)) || (isSeq(a) && isSeq(b));
  return sameKind && inA.length === inB.length && inA.every((child, i) => sameNodes(child, inB[i] ?? null));
}

/** What YAML 1.1 takes for a line end beside LF, or does not allow in a document at all. */
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

/** The text with each value replaced by letters of the same length, in the quotes or brackets that it came with. */
function twinOf(pieces: readonly Piece[]): string {
  return pieces.map(harmless).join('');
}

/** The same with a letter for each empty value. */
function filledTwinOf(pieces: readonly Piece[]): string {
  return pieces.map((piece) => harmless(piece) || 'x').join('');
}

function harmless({ text, origin }: Piece): string {
  switch (origin.kind) {
    case 'template':
      return text;
    case 'text':
      return 'x'.repeat(text.length);
    case 'quoted':
      return `"${'x'.repeat(text.length - 2)}"`;
    case 'collection':
      return `[${'x'.repeat(text.length - 2)}]`;
  }
}

interface Comparison {
  readonly text: string;
  /** The values that are lists or dicts, by where they begin. */
  readonly collections: ReadonlyMap<number, Piece>;
  /** Filled with the places where a value may be: scalars, and the collections that values are. */
  readonly places: Range[];
}

/** The first place where the two trees differ. Recursion is bounded: both trees were measured before. */
function compare(real: ParsedNode | null, twin: ParsedNode | null, comparison: Comparison): Divergence | undefined {
  if (real === null || twin === null) return real === twin ? undefined : { offset: (real ?? twin)?.range[0] ?? 0 };
  const value = comparison.collections.get(twin.range[0]);
  if (isSeq(twin) && value?.end === twin.range[1]) return compareCollection(real, value, comparison);
  if (isScalar(real) && isScalar(twin)) return compareScalars(real, twin, comparison);
  const realChildren = children(real);
  const twinChildren = children(twin);
  const sameKind = (isMap(real) && isMap(twin)) || (isSeq(real) && isSeq(twin));
  if (!sameKind || realChildren.length !== twinChildren.length) return { offset: real.range[0] };
  for (const [i, child] of realChildren.entries()) {
    const divergence = compare(child, twinChildren[i] ?? null, comparison);
    if (divergence !== undefined) return divergence;
  }
  return undefined;
}

/** A list or dict that was printed is all of one flow collection, and that holds as much as it did. */
function compareCollection(real: ParsedNode, piece: Piece, { places }: Comparison): Divergence | undefined {
  const { start, end, origin } = piece;
  const isWhole = real.range[0] === start && real.range[1] === end;
  if (!isWhole || origin.kind !== 'collection' || !sameShape(real, origin.value)) return { offset: start };
  places.push(piece);
  return undefined;
}

/** Same style, same place. Blanks at the ends of a value may fall away: they are between the scalar and its end. */
function compareScalars(
  real: ParsedNode & { type?: string | undefined },
  twin: ParsedNode & { type?: string | undefined },
  { text, places }: Comparison,
): Divergence | undefined {
  const [start, end] = real.range;
  const [twinStart, twinEnd] = twin.range;
  const isSame =
    (real.type ?? 'PLAIN') === (twin.type ?? 'PLAIN') &&
    twinStart <= start &&
    end <= twinEnd &&
    /^\s*$/.test(text.slice(twinStart, start)) &&
    /^\s*$/.test(text.slice(end, twinEnd));
  if (!isSame) return { offset: Math.min(Math.max(start, twinStart), Math.min(end, twinEnd)) };
  places.push({ start: twinStart, end: twinEnd });
  return undefined;
}

/** True where a node holds as many items, at the same keys, as the list or dict that was printed there. */
function sameShape(node: ParsedNode | null, value: Value): boolean {
  if (isSequence(value)) {
    return (
      isSeq(node) &&
      node.items.length === value.items.length &&
      children(node).every((item, i) => sameShape(item, value.items[i] ?? null))
    );
  }
  if (!isDict(value)) return isScalar(node);
  if (!isMap(node) || node.items.length !== value.entries.size) return false;
  const byKey = new Map<string, ParsedNode | null>();
  for (const { key, value: item } of node.items) {
    if (!isScalar(key)) return false;
    byKey.set(key.source ?? '', item);
  }
  return [...value.entries.values()].every(({ key, value: item }) => {
    const found = byKey.get(keyText(key));
    return found !== undefined && sameShape(found, item);
  });
}

function keyText(key: Value): string {
  return typeof key === 'string' ? key : String(key);
}

/** The first value that is in no scalar, no collection of its own, and no comment. */
function misplaced(text: string, values: readonly Piece[], places: readonly Range[]): Divergence | undefined {
  const outside = notWithin(
    values.filter((piece) => piece.text !== ''),
    places,
  );
  // Nearly always there is none, and the text needs no second look.
  const [found] = outside.length === 0 ? [] : notWithin(outside, commentRanges(text));
  return found === undefined ? undefined : { offset: found.start };
}

/** The pieces that are in none of the ranges; both are in order, and ranges don't overlap. */
function notWithin(pieces: readonly Piece[], ranges: readonly Range[]): readonly Piece[] {
  let next = 0;
  return pieces.filter(({ start, end }) => {
    while (next < ranges.length && (ranges[next]?.end ?? 0) < end) next++;
    const range = ranges[next];
    return range === undefined || range.start > start;
  });
}

/** The value that an error is put down to: the last one that begins before it. */
function blamed(values: readonly Piece[], offset: number): { readonly line: number } {
  return values.findLast((piece) => piece.start <= offset) ?? values[0] ?? { line: 1 };
}

/** The line of the template that made this place of the output. */
function lineAt(pieces: readonly Piece[], offset: number): number {
  const piece = pieces.findLast(({ start }) => start <= offset) ?? pieces[0];
  if (piece === undefined) return 1;
  if (piece.origin.kind !== 'template') return piece.line;
  return piece.line + piece.text.slice(0, offset - piece.start).split('\n').length - 1;
}

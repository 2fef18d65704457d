import { isAlias, isMap, isScalar, isSeq, type ParsedNode } from 'yaml';
import type { TextRange } from '../kernel/index.ts';
import { children } from '../kernel/yaml/index.ts';
import type { Piece } from './output.ts';
import { isDict, isSequence, type Value } from './value.ts';

/** A place in which a document deviates from its template. */
export interface Divergence {
  readonly offset: number;
}

/** Whether both trees have the same nodes, at any places. */
export function sameNodes(a: ParsedNode | null, b: ParsedNode | null): boolean {
  if (a === null || b === null) return a === b;
  const inA = children(a);
  const inB = children(b);
  return sameKind(a, b) && inA.length === inB.length && inA.every((child, i) => sameNodes(child, inB[i] ?? null));
}

/** For aliases the kind is enough: values can't be part of them, so they have the same names. */
function sameKind(a: ParsedNode, b: ParsedNode): boolean {
  return kindOf(a) === kindOf(b);
}

function kindOf(node: ParsedNode): 'map' | 'list' | 'alias' | 'scalar' {
  if (isMap(node)) return 'map';
  if (isSeq(node)) return 'list';
  return isAlias(node) ? 'alias' : 'scalar';
}

export interface Comparison {
  readonly text: string;
  /** The values that are lists or dicts, by the offset of their beginning. */
  readonly collections: ReadonlyMap<number, Piece>;
  /** Receives the places that may hold values: scalars, and the collections that values are. */
  readonly places: TextRange[];
}

/**
 * Returns the first place where the two trees differ. Recursion is bounded: the depth of both trees was measured
 * before.
 */
export function compare(
  real: ParsedNode | null,
  twin: ParsedNode | null,
  comparison: Comparison,
): Divergence | undefined {
  if (real === null || twin === null) return real === twin ? undefined : { offset: (real ?? twin)?.range[0] ?? 0 };
  const value = comparison.collections.get(twin.range[0]);
  if (isSeq(twin) && value?.end === twin.range[1]) return compareCollection(real, value, comparison);
  if (isScalar(real) && isScalar(twin)) return compareScalars(real, twin, comparison);
  const realChildren = children(real);
  const twinChildren = children(twin);
  if (!sameKind(real, twin) || realChildren.length !== twinChildren.length) return { offset: real.range[0] };
  for (const [i, child] of realChildren.entries()) {
    const divergence = compare(child, twinChildren[i] ?? null, comparison);
    if (divergence !== undefined) return divergence;
  }
  return undefined;
}

/** A printed list or dict has to be one whole flow collection, with the same number of items. */
function compareCollection(real: ParsedNode, piece: Piece, { places }: Comparison): Divergence | undefined {
  const { start, end, origin } = piece;
  const isWhole = real.range[0] === start && real.range[1] === end;
  if (!isWhole || origin.kind !== 'collection' || !sameShape(real, origin.value)) return { offset: start };
  places.push(piece);
  return undefined;
}

/** Same style, same place. Blanks at the ends of a value may be dropped: they are between the scalar and its end. */
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

/** Whether a node holds as many items, at the same keys, as the list or dict that was printed there. */
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

import { isMap, isSeq, type ParsedNode } from 'yaml';

/** The direct child nodes of a collection: keys and values in order. */
export function children(node: ParsedNode): readonly (ParsedNode | null)[] {
  if (isMap(node)) return node.items.flatMap((pair) => [pair.key, pair.value]);
  return isSeq(node) ? node.items.map((item) => item as ParsedNode | null) : [];
}

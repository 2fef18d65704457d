import { isMap, isScalar, isSeq, type ParsedNode, type Scalar } from 'yaml';
import type { Json } from '../kernel/index.ts';
import { children, plainScalar } from '../kernel/yaml/index.ts';

/** Makes the error for a place of the text. */
export type FailAt = (offset: number, reason: string) => Error;

/**
 * Returns a YAML tree as JSON: plain scalars have the types of YAML 1.1, all others are text. Keys are text, and
 * unique.
 */
export function yamlToJson(node: ParsedNode | null, failAt: FailAt): Json {
  if (node === null) return null;
  if (isScalar(node)) return scalar(node, failAt);
  if (isSeq(node)) return children(node).map((item) => yamlToJson(item, failAt));
  if (!isMap(node)) throw failAt(0, 'the result holds something that is not a value');
  const entries = new Map<string, Json>();
  for (const { key, value } of node.items) {
    const name = keyName(key, failAt);
    if (entries.has(name)) throw failAt(key.range[0], 'a key stands twice');
    entries.set(name, yamlToJson(value, failAt));
  }
  return Object.fromEntries(entries);
}

function scalar(node: Scalar.Parsed, failAt: FailAt): Json {
  const text = node.source;
  if (node.type !== 'PLAIN' || node.tag !== undefined) return text;
  const value = plainScalar(text);
  if (typeof value === 'object' && value !== null) throw failAt(node.range[0], value.unfit);
  return value;
}

/** The key is the text in the source: `on: 1` has the key "on". */
function keyName(key: ParsedNode, failAt: FailAt): string {
  if (!isScalar(key)) throw failAt(key.range[0], 'a key is a list or a map');
  if (key.type === 'PLAIN' && key.source === '') throw failAt(key.range[0], 'a key is empty');
  return key.source;
}

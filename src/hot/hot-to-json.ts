import { isAlias, isCollection, isMap, isScalar, isSeq, type ParsedNode, type Scalar, type YAMLMap } from 'yaml';
import { isJsonObject, type Json, type JsonObject, limits, type TextRange } from '../kernel/index.ts';
import { children, plainScalar } from '../kernel/yaml/index.ts';
import { hotFunctions } from './functions.ts';

/** The origin of a text that was rendered, and the errors for its places. */
export interface HotOrigin {
  readonly invalidAt: (offset: number, reason: string) => Error;
  /** A value would change the structure there. */
  readonly structureAt: (offset: number) => Error;
  readonly tooLarge: () => Error;
  /** Whether a value contributes to the range. */
  readonly hasValue: (range: TextRange) => boolean;
}

/** The value of an anchor, and its number of nodes with all of its own aliases expanded. */
interface Anchored {
  readonly value: Json;
  readonly nodes: number;
}

/**
 * Returns the tree of a Heat template as JSON, as Heat's own reader (PyYAML's safe loader) reads it: aliases are
 * replaced by their anchors' values, `<<` merges, and the last one of repeated keys counts. But if a value makes a
 * repeated key or a merge, or names a function of Heat, it changes the structure. Numbers that JSON can't hold (`.inf`,
 * integers beyond 2^53) are text.
 *
 * Throws `tooLarge` if the aliases expand to more than `templateAliasedNodes`: a few lines can expand to billions.
 */
export function hotToJson(root: ParsedNode | null, origin: HotOrigin): Json {
  return new HotReader(origin).read(root);
}

class HotReader {
  readonly #origin: HotOrigin;
  readonly #anchors = new Map<string, Anchored>();
  #nodes = 0;
  #aliased = 0;

  constructor(origin: HotOrigin) {
    this.#origin = origin;
  }

  /** Recursion is bounded: the tree's depth was measured, and aliases are not followed. */
  read(node: ParsedNode | null): Json {
    if (node === null) return null;
    if (isAlias(node)) return this.#alias(node.source, node.range[0]);
    const before = this.#nodes++;
    const value = this.#content(node);
    if (node.anchor !== undefined) this.#keep(node.anchor, { value, nodes: this.#nodes - before }, node.range[0]);
    return value;
  }

  #keep(anchor: string, anchored: Anchored, offset: number): void {
    if (this.#anchors.has(anchor)) throw this.#origin.invalidAt(offset, 'an anchor stands twice');
    this.#anchors.set(anchor, anchored);
  }

  #alias(name: string, offset: number): Json {
    const anchored = this.#anchors.get(name);
    if (anchored === undefined) throw this.#origin.invalidAt(offset, 'an alias names nothing that stands before it');
    this.#nodes += anchored.nodes;
    this.#aliased += anchored.nodes;
    if (this.#aliased > limits.templateAliasedNodes) throw this.#origin.tooLarge();
    return anchored.value;
  }

  #content(node: ParsedNode): Json {
    if (isScalar(node)) return scalarValue(node);
    if (isCollection(node) && node.flow === true) this.#refuseQuestions(node);
    if (isSeq(node)) return children(node).map((item) => this.read(item));
    if (isMap(node)) return this.#map(node);
    throw this.#origin.invalidAt(0, 'the result holds something that is not a value');
  }

  /** Refuses a value that begins with `?` inside brackets: it is a key for Heat's reader, whatever follows. */
  #refuseQuestions(node: ParsedNode): void {
    for (const child of children(node)) {
      if (!isScalar(child) || child.type !== 'PLAIN' || !child.source.startsWith('?')) continue;
      this.#refuseValue({ start: child.range[0], end: child.range[0] + 1 });
    }
  }

  #map(node: YAMLMap.Parsed): JsonObject {
    const merged = new Map<string, Json>();
    const own = new Map<string, Json>();
    const places = new Map<string, TextRange>();
    for (const { key, value } of node.items) {
      const place = { start: key.range[0], end: key.range[1] };
      if (isMergeKey(key)) {
        this.#refuseValue(place);
        for (const [name, item] of this.#merge(value)) merged.set(name, item);
        continue;
      }
      const name = this.#keyName(key);
      const known = places.get(name);
      if (known !== undefined) this.#refuseValue(known, place);
      places.set(name, place);
      own.set(name, this.read(value));
    }
    const isAlone = merged.size + own.size === 1;
    for (const [name, place] of places) {
      if (merged.has(name) || (isAlone && hotFunctions.has(name))) this.#refuseValue(place);
    }
    return Object.fromEntries([...merged, ...own]);
  }

  /** The merged entries, each after those that it overrides: in a list, the first map wins. */
  #merge(node: ParsedNode | null): readonly (readonly [string, Json])[] {
    const value = this.read(node);
    const sources: readonly Json[] = Array.isArray(value) ? value.toReversed() : [value];
    return sources.flatMap((source) => {
      if (isJsonObject(source)) return Object.entries(source);
      throw this.#origin.invalidAt(node?.range[0] ?? 0, 'a merge is of no map');
    });
  }

  #keyName(key: ParsedNode): string {
    const isText = isScalar(key) && (key.type !== 'PLAIN' || key.source !== '');
    const name = isAlias(key) ? this.read(key) : isText ? key.source : null;
    // An anchor of a key can be used elsewhere.
    if (isScalar(key)) this.read(key);
    if (name === null || typeof name === 'object') throw this.#origin.invalidAt(key.range[0], 'a key is not a text');
    return String(name);
  }

  /** Refuses a place that comes from a value, since only the template may write it. */
  #refuseValue(...places: readonly TextRange[]): void {
    const place = places.find(this.#origin.hasValue);
    if (place !== undefined) throw this.#origin.structureAt(place.start);
  }
}

function isMergeKey(key: ParsedNode): boolean {
  return isScalar(key) && key.type === 'PLAIN' && key.tag === undefined && key.source === '<<';
}

/** The tags that don't change a plain scalar; `!!str` and `!!binary` make it a text. */
const TYPED = ['int', 'float', 'bool', 'null'];

/** The names of the tags of YAML 1.1 that Heat's reader accepts. */
export const hotTags: readonly string[] = [...TYPED, 'str', 'timestamp', 'binary', 'map', 'seq'];

const typedTags = new Set(TYPED.map((name) => `tag:yaml.org,2002:${name}`));

function scalarValue({ source, type, tag }: Scalar.Parsed): Json {
  if (type !== 'PLAIN' || !(tag === undefined || typedTags.has(tag))) return source;
  const value = plainScalar(source);
  return typeof value === 'object' && value !== null ? source : value;
}

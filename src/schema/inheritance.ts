import { isJsonObject, type Json, type JsonObject } from '../kernel/index.ts';
import type { SchemaSource } from './metaschema.ts';

/** Reports a fault at a JSON pointer of a document. */
export type Report = (source: SchemaSource, pointer: string, reason: string) => void;

/**
 * Merges the schemas that a schema extends: properties, order, required, actions, behaviour and metadata of the bases.
 * The derived schema wins.
 */
export class Inheritance {
  readonly #sources: ReadonlyMap<string, SchemaSource>;
  readonly #report: Report;
  readonly #merged = new Map<string, SchemaSource>();
  readonly #open = new Set<string>();

  constructor(sources: ReadonlyMap<string, SchemaSource>, report: Report) {
    this.#sources = sources;
    this.#report = report;
  }

  /** Returns the schema with everything that it inherits. */
  merged(source: SchemaSource): SchemaSource {
    const known = this.#merged.get(source.id);
    if (known !== undefined) return known;
    this.#open.add(source.id);
    const bases = texts(source.extends).flatMap((id, i) => this.#base(source, id, i));
    this.#open.delete(source.id);
    const result = bases.reduceRight((derived, base) => merge(derived, base), source);
    this.#merged.set(source.id, result);
    return result;
  }

  #base(source: SchemaSource, id: string, i: number): readonly SchemaSource[] {
    const pointer = `/extends/${i}`;
    const base = this.#sources.get(id);
    if (base === undefined) this.#report(source, pointer, `there is no schema ${id}`);
    else if (base.type !== 'abstract') this.#report(source, pointer, `${id} is not abstract`);
    else if (this.#open.has(id)) this.#report(source, pointer, `${id} extends this schema: a cycle`);
    else return [this.merged(base)];
    return [];
  }
}

function merge(derived: SchemaSource, base: SchemaSource): SchemaSource {
  const derivedFirst = texts(derived.order_properties_before).includes(base.id);
  const [own, inherited] = [texts(derived.schema.propertiesOrder), texts(base.schema.propertiesOrder)];
  return {
    ...derived,
    ...mergedKey('metadata', derived, base),
    ...mergedKey('actions', derived, base),
    ...mergedSections('behaviour', derived, base),
    ...mergedKey('isolation_level', derived, base),
    schema: {
      ...base.schema,
      ...derived.schema,
      ...mergedKey('indexes', derived.schema, base.schema),
      properties: { ...base.schema.properties, ...derived.schema.properties },
      propertiesOrder: [...new Set(derivedFirst ? [...own, ...inherited] : [...inherited, ...own])],
      required: [...new Set([...texts(base.schema.required), ...texts(derived.schema.required)])],
    },
  };
}

function mergedKey(key: string, derived: JsonObject, base: JsonObject): JsonObject {
  const [own, inherited] = [derived[key], base[key]];
  if (!isJsonObject(inherited)) return {};
  return { [key]: { ...inherited, ...(isJsonObject(own) ? own : {}) } };
}

/** Merges the entries of each section. */
function mergedSections(key: string, derived: JsonObject, base: JsonObject): JsonObject {
  const [own, inherited] = [derived[key], base[key]];
  if (!isJsonObject(inherited)) return {};
  if (!isJsonObject(own)) return { [key]: inherited };
  const sections = [...new Set([...Object.keys(inherited), ...Object.keys(own)])].map((section): [string, Json] => {
    const [ownParts, inheritedParts] = [own[section], inherited[section]];
    const bothMaps = isJsonObject(ownParts) && isJsonObject(inheritedParts);
    return [section, bothMaps ? { ...inheritedParts, ...ownParts } : (ownParts ?? inheritedParts ?? {})];
  });
  return { [key]: Object.fromEntries(sections) };
}

/** The texts of a list. null and absent are an empty list. */
export function texts(list: Json | undefined): readonly string[] {
  return Array.isArray(list) ? list.filter((part): part is string => typeof part === 'string') : [];
}

import { createHash } from 'node:crypto';
import { canonicalJson, didYouMean, isJsonObject, type JsonObject, limits } from '../kernel/index.ts';
import { checkBehaviour, isLookedUp } from './behaviour/behaviour-checks.ts';
import { checkValue } from './behaviour/value-checks.ts';
import { leakOf } from './behaviour/value-secrets.ts';
import { compileType } from './compile-type.ts';
import { Inheritance } from './inheritance.ts';
import type { Mapping } from './mapping.ts';
import { checkMapping, isSelfContained } from './mapping-checks.ts';
import { isSchemaSource, type SchemaSource, structuralFaults } from './metaschema.ts';
import { type Model, type Referrer, type ResourceType, relationNames } from './model.ts';
import { mirrorShape } from './projection.ts';
import { namespacePrefixes, resourceUrl } from './resource-url.ts';
import { type FileFault, type SchemaDocument, schemaInvalid } from './schema-faults.ts';

/**
 * Compiles schemas to a model. Takes the contents of files, or the `documents` of another model. `namespaces`: entries
 * `{id, prefix, parent?}` that schemas name.
 * @throws SCHEMA_INVALID with all faults at once: file, line, JSON pointer, schema, reason
 */
export function compileModel(
  documents: readonly (SchemaDocument | JsonObject)[],
  namespaces: readonly JsonObject[] = [],
): Model {
  const { model, faults } = tryCompileModel(documents, namespaces);
  if (faults.length > 0) throw schemaInvalid(faults);
  return model;
}

/** A model and the faults and warnings of its compilation. */
export interface CompiledModel {
  readonly model: Model;
  readonly faults: readonly FileFault[];
  /** The model's warnings with their places. */
  readonly warnings: readonly FileFault[];
}

/**
 * The same without throwing. If there are faults, the model holds the parts that were understood, and must not be used.
 */
export function tryCompileModel(
  documents: readonly (SchemaDocument | JsonObject)[],
  namespaces: readonly JsonObject[],
): CompiledModel {
  if (documents.length > limits.schemas) {
    const reason = `more than ${limits.schemas} schemas`;
    throw schemaInvalid([{ file: 'catalogue', position: null, schema: null, pointer: '', reason }]);
  }
  return new ModelCompiler(documents.map(placed), namespaces).compile();
}

function placed(document: SchemaDocument | JsonObject): SchemaDocument {
  if (isPlaced(document)) return document;
  return { file: 'model', pointer: '', document };
}

function isPlaced(document: SchemaDocument | JsonObject): document is SchemaDocument {
  return typeof document.file === 'string' && isJsonObject(document.document);
}

function placedFault(place: SchemaDocument, pointer: string, reason: string): FileFault {
  const { id } = place.document;
  const schema = typeof id === 'string' && id.length <= limits.nameLength ? id : null;
  const position = place.positionOf?.(pointer) ?? null;
  return { file: place.file, position, schema, pointer: place.pointer + pointer, reason };
}

class ModelCompiler {
  readonly #documents: readonly SchemaDocument[];
  readonly #prefixes: ReadonlyMap<string, string>;
  readonly #faults: FileFault[] = [];
  readonly #warnings: FileFault[] = [];
  readonly #places = new Map<string, SchemaDocument>();
  readonly #sources = new Map<string, SchemaSource>();
  readonly #types = new Map<string, ResourceType>();
  readonly #templatePointers = new Map<Mapping, string>();

  constructor(documents: readonly SchemaDocument[], namespaces: readonly JsonObject[]) {
    this.#prefixes = namespacePrefixes(namespaces);
    this.#documents = documents.map((entry) => ({ ...entry, document: this.#withoutNamespace(entry) }));
  }

  compile(): CompiledModel {
    for (const entry of this.#documents) this.#read(entry);
    this.#compileTypes();
    const byUrl = this.#indexByUrl();
    this.#checkMirrorKeys();
    for (const type of this.#types.values()) this.#checkReferences(type);
    for (const place of this.#documents) this.#checkNames(place);
    const documents = this.#documents.map(({ document }) => document);
    const model: Model = {
      hash: createHash('sha256').update(canonicalJson(documents)).digest('hex'),
      types: this.#types,
      byUrl,
      referrers: referrersOf(this.#types),
      documents,
      warnings: this.#warnings.map(({ schema, reason }) => `${schema}: ${reason}`),
    };
    return { model, faults: this.#faults, warnings: this.#warnings };
  }

  /** Replaces a namespace by its part of the URL, so that the documents are complete by themselves. */
  #withoutNamespace(entry: SchemaDocument): JsonObject {
    const { namespace, ...rest } = entry.document;
    if (namespace === undefined || namespace === '') return rest;
    const prefix = typeof namespace === 'string' ? this.#prefixes.get(namespace) : undefined;
    if (prefix === undefined) this.#fault(entry, '/namespace', 'there is no such namespace');
    return { ...rest, url: resourceUrl(entry.document, () => prefix ?? '') };
  }

  #fault(place: SchemaDocument, pointer: string, reason: string): void {
    this.#faults.push(placedFault(place, pointer, reason));
  }

  /** Adds a document that conforms to the language. Otherwise reports its faults. */
  #read(place: SchemaDocument): void {
    const { document } = place;
    const faults = structuralFaults(document);
    for (const fault of faults) this.#fault(place, fault.pointer, fault.reason);
    if (typeof document.id !== 'string') return;
    const folded = document.id.toLowerCase();
    const same = this.#places.get(folded);
    if (same !== undefined) {
      this.#fault(place, '/id', `the id is taken by ${same.file}${same.pointer === '' ? '' : `#${same.pointer}`}`);
      return;
    }
    this.#places.set(folded, place);
    if (isSchemaSource(document, faults)) this.#sources.set(document.id, document);
  }

  /**
   * Checks the names in a schema that doesn't conform to the language. It isn't compiled, but the schemas that it names
   * are looked up.
   */
  #checkNames(place: SchemaDocument): void {
    const { id, parent, schema } = place.document;
    if (typeof id === 'string' && this.#sources.has(id)) return;
    const properties = isJsonObject(schema) && isJsonObject(schema.properties) ? schema.properties : {};
    const named = Object.entries(properties).map(([name, property]) => {
      return [`/schema/properties/${name}/relation`, isJsonObject(property) ? property.relation : undefined] as const;
    });
    for (const [pointer, name] of [['/parent', parent] as const, ...named]) {
      if (typeof name !== 'string' || name === '' || this.#places.has(name.toLowerCase())) continue;
      this.#fault(place, pointer, this.#noSchema(name.slice(0, limits.nameLength)));
    }
  }

  #noSchema(id: string): string {
    return `there is no schema ${id}${didYouMean(id, [...this.#sources.keys()])}`;
  }

  #placeOf(id: string): SchemaDocument {
    return this.#places.get(id.toLowerCase()) ?? { file: 'model', pointer: '', document: {} };
  }

  #compileTypes(): void {
    const inheritance = new Inheritance(this.#sources, ({ id }, pointer, reason) =>
      this.#fault(this.#placeOf(id), pointer, reason),
    );
    for (const source of this.#sources.values()) {
      const merged = inheritance.merged(source);
      if (source.type === 'abstract') continue;
      const place = this.#placeOf(source.id);
      const type = compileType(
        merged,
        resourceUrl(merged, () => ''),
        {
          fault: (pointer, reason) => this.#fault(place, pointer, reason),
          warn: (pointer, reason) => this.#warnings.push(placedFault(place, pointer, reason)),
          mapping: (mapping, pointer) => this.#templatePointers.set(mapping, pointer),
        },
      );
      this.#types.set(type.id, type);
    }
  }

  #indexByUrl(): ReadonlyMap<string, ResourceType> {
    const byUrl = new Map<string, ResourceType>();
    for (const type of this.#types.values()) {
      if (!type.routed) continue;
      const other = byUrl.get(type.url);
      if (other === undefined) byUrl.set(type.url, type);
      else this.#fault(this.#placeOf(type.id), '/prefix', `${type.url} is the URL of ${other.id} already`);
    }
    return byUrl;
  }

  /**
   * Checks that the keys of two types can't be confused. If only property values tell them apart, each type would take
   * the other's keys for its own.
   */
  #checkMirrorKeys(): void {
    const byShape = new Map<string, ResourceType>();
    const synced = [...this.#types.values()].filter((type) => type.synced && type.routed);
    // The projection is the part that an author can change.
    for (const type of synced.sort((a, b) => Number(a.projection !== null) - Number(b.projection !== null))) {
      const shape = mirrorShape(type.projection, type.url);
      const other = byShape.get(shape);
      if (other === undefined) byShape.set(shape, type);
      else if (type.projection !== null) {
        const reason = `the keys can be those of ${other.id}: begin them with a path of their own`;
        this.#fault(this.#placeOf(type.id), '/metadata/sync_key_template', reason);
      }
    }
  }

  #checkReferences(type: ResourceType): void {
    const place = this.#placeOf(type.id);
    const report = (pointer: string, reason: string): void => this.#fault(place, pointer, reason);
    if (type.parent !== null) this.#checkTarget(type, type.parent, '/parent', report);
    for (const property of type.properties) this.#checkProperty(type, property.name, report);
    for (const { template } of type.handlers) {
      const at = this.#templatePointers.get(template) ?? '/metadata';
      // The worker evaluates the mapping again with the resource alone.
      if (!isSelfContained(template)) report(at, 'only properties of the resource itself can be used');
      for (const fault of checkMapping(template, { types: this.#types }, type))
        report(at + fault.pointer, fault.reason);
    }
    this.#checkMachine(type, report);
    checkBehaviour(type, { types: this.#types }, report);
  }

  #checkMachine(type: ResourceType, report: (pointer: string, reason: string) => void): void {
    for (const [name, input] of type.statusMachine?.inputs ?? []) {
      const { relation, field } = input;
      const at = `/metadata/status_machine/inputs/${name}`;
      const property = type.property.get(relation);
      const target = this.#types.get(input.type ?? property?.relation ?? '');
      if (input.type !== null && target === undefined)
        report(`${at}/type`, `there is no type ${input.type}${didYouMean(input.type, [...this.#types.keys()])}`);
      else if (target === undefined || property === undefined)
        report(`${at}/relation`, `${type.id} has no relation ${relation}${didYouMean(relation, relationNames(type))}`);
      else if (!isLookedUp(property)) report(`${at}/relation`, `${relation} has to be a relation, unique or indexed`);
      else if (!target.property.has(field))
        report(`${at}/field`, `${target.id} has no property ${field}${didYouMean(field, [...target.property.keys()])}`);
    }
  }

  #checkProperty(type: ResourceType, name: string, report: (pointer: string, reason: string) => void): void {
    const property = type.property.get(name);
    if (property === undefined) return;
    const at = `/schema/properties/${name}`;
    if (property.relation !== null) {
      this.#checkTarget(type, property.relation, `${at}/relation`, report);
      if (property.kind !== 'string') report(`${at}/type`, 'a relation holds an id, a string');
    }
    if (property.listRelation !== null) {
      this.#checkTarget(type, property.listRelation, `${at}/items/relation`, report);
    }
    if (property.initial === null) return;
    for (const fault of checkValue(property.initial, { types: this.#types }, type)) {
      report(`${at}/initial${fault.pointer}`, fault.reason);
    }
    const leak = leakOf(property.initial, { types: this.#types }, type, property);
    if (leak !== null) report(`${at}/initial`, leak);
  }

  /** Checks the target of a relation. A relation is a foreign key, so its target needs a table. */
  #checkTarget(
    type: ResourceType,
    id: string,
    pointer: string,
    report: (pointer: string, reason: string) => void,
  ): void {
    const target = this.#types.get(id);
    // A schema with faults of its own still exists.
    if (target === undefined) {
      const named = this.#places.has(id.toLowerCase());
      if (!named) report(pointer, this.#noSchema(id));
      else if (this.#sources.get(id)?.type === 'abstract') report(pointer, `${id} is abstract`);
    } else if (type.routed && !target.routed) report(pointer, `${id} has no resources`);
  }
}

function referrersOf(types: ReadonlyMap<string, ResourceType>): ReadonlyMap<string, readonly Referrer[]> {
  const referrers = new Map<string, Referrer[]>([...types.keys()].map((id) => [id, []]));
  for (const type of types.values()) {
    for (const { name, relation } of type.properties) {
      if (relation !== null) referrers.get(relation)?.push({ type: type.id, field: name });
    }
  }
  return referrers;
}

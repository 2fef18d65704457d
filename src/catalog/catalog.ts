import { realpath } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import {
  checkActions,
  checkHooks,
  type HookModules,
  type LoadedHooks,
  loadHookModules,
  nothingLoaded,
} from '../hooks/index.ts';
import {
  type CatalogRoot,
  didYouMean,
  errorText,
  filesBelow,
  isInside,
  isJsonObject,
  isMissing,
  type Json,
  type JsonObject,
  kamadoError,
  limits,
  openCatalogRoot,
  shownPath,
} from '../kernel/index.ts';
import {
  type FileFault,
  type Model,
  type Position,
  type SchemaDocument,
  schemaInvalid,
  tryCompileModel,
} from '../schema/index.ts';
import { type PositionOf, readCatalogFile } from './catalog-file.ts';
import { type CatalogRow, checkRows, type RowSource } from './catalog-rows.ts';

/** A catalogue, read and checked. */
export interface Catalog {
  readonly model: Model;
  /** The schemas as read, for `compileModel`. */
  readonly documents: readonly SchemaDocument[];
  /** Rows that exist from the start, validated, with their defaults. */
  readonly rows: readonly CatalogRow[];
  /** The hooks of the modules in `hooks/`, loaded. */
  readonly hooks: LoadedHooks;
}

/**
 * Reads a catalogue: a folder with `schemas/`, `templates/` and `hooks/`, or a single schema file
 * (also a dump `{schemas: […]}` of GET /gohan/v0.1/schemas).
 * @throws CATALOG_UNREADABLE, SCHEMA_INVALID with all faults of all files
 */
export async function loadCatalog(path: string): Promise<Catalog> {
  const { model, documents, rows, hooks, faults } = await readCatalog(path);
  if (faults.length > 0) throw schemaInvalid(faults);
  return { model, documents, rows, hooks };
}

/** A catalogue as read; if it has faults, it must not be used. */
export interface ReadCatalog extends Catalog {
  readonly faults: readonly FileFault[];
  readonly warnings: readonly FileFault[];
  /** The rows as written in the files; none if schemas have faults. */
  readonly sources: readonly RowSource[];
  /** The schema files and row files that were read, symbolic links resolved. */
  readonly files: readonly string[];
}

/** Reads only the types of a catalogue: its hooks may not be written yet. @throws CATALOG_UNREADABLE, SCHEMA_INVALID */
export async function readSchemas(path: string): Promise<Model> {
  const { documents, namespaces, faults } = await readerOf(await openCatalogRoot(path));
  const compiled = tryCompileModel(documents, namespaces);
  const all = [...faults, ...compiled.faults];
  if (all.length > 0) throw schemaInvalid(all);
  return compiled.model;
}

/** A reader that has read the schema files. */
async function readerOf(root: CatalogRoot): Promise<CatalogReader> {
  const reader = new CatalogReader(root);
  const schemaFiles = root.isFolder ? await filesBelow(root, 'schemas') : [root.path];
  if (schemaFiles.length === 0) {
    throw kamadoError('CATALOG_UNREADABLE', { path: root.path, reason: 'it has no schema files in schemas/' });
  }
  for (const file of schemaFiles) await reader.readSchemas(file, 0);
  return reader;
}

/** Reads a catalogue, and returns the faults in its files instead of throwing them. @throws CATALOG_UNREADABLE */
export async function readCatalog(path: string): Promise<ReadCatalog> {
  const root = await openCatalogRoot(path);
  const reader = await readerOf(root);
  for (const file of root.isFolder ? await filesBelow(root, 'templates') : []) await reader.readRows(file);
  const { model, faults, warnings } = tryCompileModel(reader.documents, reader.namespaces);
  const known = [...reader.faults, ...faults];
  // Rows and hooks of faulty types would only repeat the faults.
  const sound = known.length === 0;
  const sources = sound ? reader.rows : [];
  const checked = checkRows(model, sources);
  const { documents } = reader;
  const modules = await loadHookModules(root);
  const hooked = sound && modules.faults.length === 0 ? hooksOf(model, modules, documents, root) : noHooks;
  return {
    model,
    documents,
    rows: checked.rows,
    hooks: hooked.hooks,
    faults: [...known, ...checked.faults, ...modules.faults, ...hooked.faults],
    warnings: [...warnings, ...hooked.warnings],
    sources,
    files: reader.files,
  };
}

const noHooks = { hooks: nothingLoaded, faults: [], warnings: [] };

function hooksOf(model: Model, modules: HookModules, documents: readonly SchemaDocument[], { isFolder }: CatalogRoot) {
  const { hooks, faults } = checkHooks(model, modules);
  const actions = checkActions(model, documents, hooks, isFolder);
  return { hooks, faults: [...faults, ...actions.faults], warnings: actions.warnings };
}

/** Collects the contents of a catalogue's files, each file once. */
class CatalogReader {
  readonly documents: SchemaDocument[] = [];
  readonly namespaces: JsonObject[] = [];
  readonly rows: RowSource[] = [];
  readonly faults: FileFault[] = [];
  readonly #root: CatalogRoot;
  readonly #read = new Set<string>();

  constructor(root: CatalogRoot) {
    this.#root = root;
  }

  get files(): readonly string[] {
    return [...this.#read];
  }

  async readSchemas(path: string, depth: number): Promise<void> {
    const file = await this.#parse(path);
    if (file === null) return;
    for (const [key, part] of Object.entries(file.content)) {
      const place = { ...file, pointer: `/${key}` };
      const entries: readonly Json[] = Array.isArray(part) ? part : [];
      if (!Array.isArray(part) && part !== null) this.#fault(place, 'a list is expected');
      else if (key === 'schemas') await this.#readEntries(place, entries, path, depth);
      else if (key === 'namespaces') this.#readNamespaces(place, entries);
      else if (!unused.includes(key)) this.#fault(place, `unknown key${didYouMean(key, ['schemas', 'namespaces'])}`);
      else if (entries.length > 0) this.#fault(place, `${key} are not evaluated: leave them out`);
    }
  }

  #readNamespaces(place: Place, entries: readonly Json[]): void {
    for (const [i, entry] of entries.entries()) {
      const usable = isJsonObject(entry) && typeof entry.id === 'string' && typeof entry.prefix === 'string';
      if (usable) this.namespaces.push(entry);
      else this.#fault({ ...place, pointer: `${place.pointer}/${i}` }, '{id, prefix, parent?} is expected');
    }
  }

  async #readEntries(place: Place, entries: readonly Json[], path: string, depth: number): Promise<void> {
    for (const [i, entry] of entries.entries()) {
      const at = { ...place, pointer: `${place.pointer}/${i}` };
      if (typeof entry === 'string') await this.#include(at, entry, path, depth);
      else if (isJsonObject(entry)) {
        const positionOf = (pointer: string): Position | null => place.positionOf(at.pointer + pointer);
        this.documents.push({ file: place.file, pointer: at.pointer, document: entry, positionOf });
      } else this.#fault(at, 'a schema or the path of another file is expected');
    }
  }

  /** An entry that is a text names another file, relative to this one. */
  async #include(place: Place, name: string, from: string, depth: number): Promise<void> {
    if (depth >= limits.includeDepth)
      return this.#fault(place, `includes are nested deeper than ${limits.includeDepth}`);
    if (/^[a-z][a-z0-9+.-]*:/i.test(name)) return this.#fault(place, 'only local files can be included');
    const target = await targetOf(resolve(dirname(from), name));
    if ('reason' in target) this.#fault(place, target.reason);
    else await this.readSchemas(target.path, depth + 1);
  }

  async readRows(path: string): Promise<void> {
    const file = await this.#parse(path);
    if (file === null) return;
    for (const [type, part] of Object.entries(file.content)) {
      const pointer = `/${type}`;
      if (!Array.isArray(part)) this.#fault({ ...file, pointer }, 'a list of rows is expected');
      for (const [i, row] of (Array.isArray(part) ? part : []).entries()) {
        const place = { ...file, pointer: `${pointer}/${i}` };
        if (isJsonObject(row))
          this.rows.push({ file: place.file, type, row, pointer: place.pointer, positionOf: place.positionOf });
        else this.#fault(place, 'a row is an object');
      }
    }
  }

  /** The content of a file that wasn't read yet; null if it was, or can't be read. */
  async #parse(path: string): Promise<(Place & { readonly content: JsonObject }) | null> {
    const place: Place = { file: shownPath(this.#root, path), pointer: '', positionOf: () => null };
    if (this.#read.has(path)) return null;
    this.#read.add(path);
    if (!isInside(this.#root, path)) return this.#nothing(place, 'lies outside of the folder of the catalogue');
    const parsed = await readCatalogFile(path);
    if ('reason' in parsed) return this.#nothing({ ...place, positionOf: () => parsed.position }, parsed.reason);
    if (parsed.content === null) return null;
    if (!isJsonObject(parsed.content))
      return this.#nothing({ ...place, positionOf: parsed.positionOf }, 'an object is expected');
    return { ...place, positionOf: parsed.positionOf, content: parsed.content };
  }

  #nothing(place: Place, reason: string): null {
    this.#fault(place, reason);
    return null;
  }

  #fault(place: Place, reason: string): void {
    const { file, pointer } = place;
    this.faults.push({ file, position: place.positionOf(pointer), schema: null, pointer, reason });
  }
}

/** Keys that files of the original may have. */
const unused = ['policies', 'extensions', 'events'];

/** The path with symbolic links resolved, or the reason why that fails. */
async function targetOf(path: string): Promise<{ readonly path: string } | { readonly reason: string }> {
  try {
    return { path: await realpath(path) };
  } catch (error) {
    return { reason: isMissing(error) ? 'there is no such file' : `it cannot be read: ${errorText(error)}` };
  }
}

/** A place in a file. */
interface Place {
  readonly file: string;
  readonly pointer: string;
  readonly positionOf: PositionOf;
}

import { loadCatalog } from '../src/catalog/index.ts';
import { isJsonObject, type Json, type JsonObject } from '../src/kernel/index.ts';
import { TEMPLATE_TYPE } from '../src/records/index.ts';

/** The members of schemas that name other schemas. */
const naming = new Set(['relation', 'type', 'find', 'parent', 'extends', 'id']);

/**
 * Copies of the schemas of a catalogue, each with names of its own: relations and behaviour stay within the copy. All
 * copies share the type of templates.
 */
export async function copiedSchemas(catalog: string, copies: number): Promise<readonly (readonly JsonObject[])[]> {
  const documents = (await loadCatalog(catalog)).documents.map(({ document }) => document);
  const [shared, copied] = [true, false].map((isShared) =>
    documents.filter(({ id }) => (id === TEMPLATE_TYPE) === isShared),
  );
  const ids = new Set((copied ?? []).map(({ id }) => id));
  return Array.from({ length: copies }, (_, copy) => {
    const own = (copied ?? []).map((document) => renamed(document, ids, `_${copy}`));
    return copy === 0 ? [...(shared ?? []), ...own] : own;
  });
}

/** The number of types in so many copies. */
export async function typesIn(catalog: string, copies: number): Promise<number> {
  const { types } = (await loadCatalog(catalog)).model;
  return types.has(TEMPLATE_TYPE) ? (types.size - 1) * copies + 1 : types.size * copies;
}

function renamed(document: JsonObject, ids: ReadonlySet<Json | undefined>, suffix: string): JsonObject {
  const { id, singular, plural } = document;
  const own: JsonObject = { ...renamedIn(document, ids, suffix), id: `${id}${suffix}` };
  if (typeof plural !== 'string') return own;
  return { ...own, singular: `${singular}${suffix}`, plural: `${plural}${suffix}` };
}

function renamedIn(object: JsonObject, ids: ReadonlySet<Json | undefined>, suffix: string): JsonObject {
  return Object.fromEntries(
    Object.entries(object).map(([name, value]) => [
      name,
      renamedValue(value, naming.has(name) ? ids : noIds, ids, suffix),
    ]),
  );
}

const noIds: ReadonlySet<Json | undefined> = new Set();

/** @param here the names that are replaced if they are whole values */
function renamedValue(
  value: Json,
  here: ReadonlySet<Json | undefined>,
  ids: ReadonlySet<Json | undefined>,
  suffix: string,
): Json {
  if (Array.isArray(value)) {
    const parts: readonly Json[] = value;
    return parts.map((part) => renamedValue(part, here, ids, suffix));
  }
  if (isJsonObject(value)) return renamedIn(value, ids, suffix);
  return typeof value === 'string' && here.has(value) ? `${value}${suffix}` : value;
}

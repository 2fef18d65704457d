import { isJsonObject, type JsonObject, limits } from '../kernel/index.ts';
import { propertyMarkKey } from '../records/index.ts';
import type { Model } from '../schema/index.ts';
import { isSecretProperty } from '../schema/secrets/index.ts';
import type { Operation, Store } from '../store/index.ts';

/**
 * Marks the properties that earlier schemas made secret and the model doesn't: values written until now stay masked.
 * The earlier schemas may be of an older version, so they are read as plain JSON.
 */
export async function markFormerSecrets(store: Store, before: readonly JsonObject[], model: Model): Promise<void> {
  const byId = new Map(before.map((document) => [document.id, document]));
  const marks = before.flatMap((document): readonly Operation[] => {
    const { id } = document;
    const type = typeof id === 'string' ? model.types.get(id) : undefined;
    const names = Object.entries(propertiesOf(document, byId, 0)).flatMap(([name, source]) =>
      isJsonObject(source) && isSecretProperty(name, source) ? [name] : [],
    );
    return names
      .filter((name) => type?.property.get(name)?.secret !== true)
      .map((name) => ({ type: 'put', key: propertyMarkKey(String(id), name), value: '[]' }));
  });
  for (let first = 0; first < marks.length; first += limits.syncBatchPuts) {
    await store.transact({ success: marks.slice(first, first + limits.syncBatchPuts) });
  }
}

/** The properties of a schema, with inherited ones. */
function propertiesOf(document: JsonObject, byId: ReadonlyMap<unknown, JsonObject>, depth: number): JsonObject {
  const { schema, extends: bases } = document;
  const own = isJsonObject(schema) && isJsonObject(schema.properties) ? schema.properties : {};
  if (!Array.isArray(bases) || depth > limits.includeDepth) return own;
  const inherited = bases.map((id) => {
    const base = byId.get(id);
    return base === undefined ? {} : propertiesOf(base, byId, depth + 1);
  });
  return Object.assign({}, ...inherited, own);
}

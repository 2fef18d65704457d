import type { ConfigEvent } from '../database/index.ts';
import { hasProjection, mirrorKeyPrefix, type Projection, type ResourceType } from '../schema/index.ts';
import { readAll, withPrefix } from '../store/index.ts';
import { allRows, type Differences, removal } from './differences.ts';
import type { SyncContext } from './sync-context.ts';

/** The resources of types with a projection of their own in the store (`sync_key_template` and others). */
export interface ConfigsElsewhere {
  /** Whether one of them has that key. */
  readonly expects: (key: string) => boolean;
  readonly differences: (type: ResourceType) => Differences;
}

/**
 * Compares the types that have a projection of their own. Keys that match it but belong to no row are removed only
 * under /config: elsewhere other programs may own them.
 */
export async function configsElsewhere({ database, store, model }: SyncContext): Promise<ConfigsElsewhere> {
  const expected = new Set<string>();
  const found = new Map<string, { readonly events: ConfigEvent[]; readonly surplus: readonly string[] }>();
  for (const type of model.types.values()) {
    const { projection: form } = type;
    if (!type.synced || form === null) continue;
    const { entries } = await readAll(store, withPrefix(mirrorKeyPrefix(form, type.url)));
    const values = new Map(entries.map(({ key, value }) => [key, value]));
    const events: ConfigEvent[] = [];
    for await (const event of allRows(database, type)) {
      if (event.key === null) continue;
      expected.add(event.key);
      if (values.get(event.key) !== event.body) events.push(event);
    }
    found.set(type.id, { events, surplus: keysOfForm(form, type.url, [...values.keys()]) });
  }
  return {
    expects: (key) => expected.has(key),
    differences: ({ id }) => {
      const { events = [], surplus = [] } = found.get(id) ?? {};
      const removals = surplus.filter((key) => !expected.has(key)).map((key) => removal(id, key, key));
      return { events: [...events, ...removals], replaced: [] };
    },
  };
}

function keysOfForm(form: Projection, url: string, keys: readonly string[]): readonly string[] {
  return form.underConfig ? keys.filter((key) => hasProjection(form, url, key)) : [];
}

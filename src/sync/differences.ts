import type { ConfigEvent, Database } from '../database/index.ts';
import { limits } from '../kernel/index.ts';
import type { ResourceType } from '../schema/index.ts';

/** The differences between the database and the store that a repair finds for one type. */
export interface Differences {
  /** Puts of configs that the store lacks or that differ there, then removals of configs that only the store has. */
  readonly events: readonly ConfigEvent[];
  /** Puts of resources whose version the store has with another content, or of which it has later versions. */
  readonly replaced: readonly ConfigEvent[];
}

/** All rows of a type, as the events that put them. */
export async function* allRows(database: Database, type: ResourceType): AsyncGenerator<ConfigEvent> {
  for (let afterId = ''; ; ) {
    const page = await database.snapshot(type.id, afterId, limits.eventBatchRows);
    yield* page;
    const last = page.at(-1);
    if (last === undefined) return;
    afterId = last.resourceId;
  }
}

/** The event that removes a resource from the store; `key` is its key there, if that isn't the usual one. */
export function removal(type: string, resourceId: string, key: string | null): ConfigEvent {
  return { id: 0, type, resourceId, action: 'delete', body: '', version: 0, markedForDeletion: false, key };
}

import type { ConfigEvent } from '../database/database.ts';
import { limits } from '../kernel/limits.ts';
import type { ResourceType } from '../model/model.ts';
import { decodeConfig } from '../records/config-record.ts';
import { resourceKey } from '../records/keys.ts';
import { readAll } from '../store/follow.ts';
import type { Term } from '../store/leadership.ts';
import { type KeyValue, withPrefix } from '../store/store.ts';
import { batchEvents } from './event-batch.ts';
import type { SyncContext } from './sync.ts';

/**
 * Makes /config of a store that is new, or has lost something, equal to the database: lists both, writes what differs.
 * @returns the version that each resource has in the store now, by 'type:id': queued events that are older are dropped
 */
export async function repairConfigs(context: SyncContext, term: Term): Promise<ReadonlyMap<string, number>> {
  const { model, log } = context;
  const versions = new Map<string, number>();
  let written = 0;
  for (const type of model.types.values()) {
    if (!type.routed || !type.synced || term.ended.aborted) continue;
    const differing = await differences(context, type, versions);
    for (let rest: readonly ConfigEvent[] = differing; rest.length > 0; ) {
      const batch = batchEvents(model, rest, () => false);
      const { succeeded } = await context.store.transact({ compare: [term.guard], success: batch.operations });
      if (!succeeded) return versions;
      rest = rest.slice(batch.events.length);
      written += batch.events.length;
    }
  }
  log.info({ written }, 'The store was compared with the database.');
  return versions;
}

async function differences(
  { database, store }: SyncContext,
  type: ResourceType,
  versions: Map<string, number>,
): Promise<readonly ConfigEvent[]> {
  const prefix = resourceKey('config', type.url, '');
  const { entries } = await readAll(store, withPrefix(prefix));
  const inStore = new Map(entries.map((entry) => [entry.key.slice(prefix.length), entry]));
  const events: ConfigEvent[] = [];
  for (let afterId = ''; ; ) {
    const page = await database.snapshot(type.id, afterId, limits.eventBatchRows);
    for (const event of page) {
      versions.set(`${type.id}:${event.resourceId}`, event.version);
      if (!isSame(inStore.get(event.resourceId), event)) events.push(event);
      inStore.delete(event.resourceId);
    }
    const last = page.at(-1);
    if (last === undefined) break;
    afterId = last.resourceId;
  }
  return [...events, ...[...inStore.keys()].map((id) => removal(type, id))];
}

/** A version has one body: version and mark tell whether two configs are the same. */
function isSame(entry: KeyValue | undefined, event: ConfigEvent): boolean {
  const record = entry === undefined ? null : decodeConfig(entry.value);
  return record?.version === event.version && record.markedForDeletion === event.markedForDeletion;
}

function removal(type: ResourceType, resourceId: string): ConfigEvent {
  return { id: 0, type: type.id, resourceId, action: 'delete', body: '', version: 0, markedForDeletion: false };
}

import type { ConfigEvent } from '../database/database.ts';
import { isJsonObject, parseJson } from '../kernel/json.ts';
import { limits } from '../kernel/limits.ts';
import type { Model, ResourceType } from '../model/model.ts';
import { inReferenceOrder } from '../model/reference-order.ts';
import { decodeConfig, sameBody } from '../records/config-record.ts';
import { resourceKey, TEMPLATE_TYPE } from '../records/keys.ts';
import { readAll } from '../store/follow.ts';
import type { Term } from '../store/leadership.ts';
import { type KeyValue, withPrefix } from '../store/store.ts';
import { batchEvents } from './event-batch.ts';
import type { SyncContext } from './sync.ts';

/** What a repair wrote or found right: queued events of these versions and of older ones are not to be written again. */
export class Repaired {
  readonly #model: Model;
  /** 'type:id' → the version in the store. */
  readonly #versions = new Map<string, number>();

  constructor(model: Model) {
    this.#model = model;
  }

  /** Notes a resource. Those of types without versions are not told apart: the last event wins. */
  note({ type, resourceId, version }: ConfigEvent): void {
    if (this.#model.types.get(type)?.versioned === true) this.#versions.set(`${type}:${resourceId}`, version);
  }

  has({ type, resourceId, action, version }: ConfigEvent): boolean {
    return action === 'put' && version <= (this.#versions.get(`${type}:${resourceId}`) ?? -1);
  }

  /** An event has come by. After a removal, versions begin anew. */
  pass({ type, resourceId, action }: ConfigEvent): void {
    if (action === 'delete') this.#versions.delete(`${type}:${resourceId}`);
  }
}

/**
 * Makes /config of a store that is new, or has lost something, equal to the database, which is the truth: lists both,
 * writes what differs.
 */
export async function repairConfigs(context: SyncContext, term: Term): Promise<Repaired> {
  const { model, log } = context;
  const repaired = new Repaired(model);
  let written = 0;
  for (const type of inOrderOfUse(model)) {
    if (!type.synced || term.ended.aborted) continue;
    const differing = await differences(context, type, repaired);
    for (let rest: readonly ConfigEvent[] = differing; rest.length > 0; ) {
      const batch = batchEvents(model, rest, () => false);
      const { succeeded } = await context.store.transact({ compare: [term.guard], success: batch.operations });
      if (!succeeded) return repaired;
      rest = rest.slice(batch.events.length);
      written += batch.events.length;
    }
  }
  log.info({ written }, 'The store was compared with the database.');
  return repaired;
}

/** What is planned with others comes after them: templates first, then each type after those that it refers to. */
function inOrderOfUse(model: Model): readonly ResourceType[] {
  const types = inReferenceOrder(model);
  const isTemplate = (type: ResourceType): boolean => type.id === TEMPLATE_TYPE;
  return [...types.filter(isTemplate), ...types.filter((type) => !isTemplate(type))];
}

async function differences(
  { database, store }: SyncContext,
  type: ResourceType,
  repaired: Repaired,
): Promise<readonly ConfigEvent[]> {
  const prefix = resourceKey('config', type.url, '');
  const { entries } = await readAll(store, withPrefix(prefix));
  const inStore = new Map(entries.map((entry) => [entry.key.slice(prefix.length), entry]));
  const events: ConfigEvent[] = [];
  for (let afterId = ''; ; ) {
    const page = await database.snapshot(type.id, afterId, limits.eventBatchRows);
    for (const event of page) {
      repaired.note(event);
      if (!isSame(inStore.get(event.resourceId), event)) events.push(event);
      inStore.delete(event.resourceId);
    }
    const last = page.at(-1);
    if (last === undefined) break;
    afterId = last.resourceId;
  }
  return [...events, ...[...inStore.keys()].map((id) => removal(type, id))];
}

function isSame(entry: KeyValue | undefined, event: ConfigEvent): boolean {
  const record = entry === undefined ? null : decodeConfig(entry.value);
  const body = parseJson(event.body);
  return (
    record?.version === event.version &&
    record.markedForDeletion === event.markedForDeletion &&
    isJsonObject(body) &&
    sameBody(record.body, body)
  );
}

function removal(type: ResourceType, resourceId: string): ConfigEvent {
  return {
    id: 0,
    type: type.id,
    resourceId,
    action: 'delete',
    body: '',
    version: 0,
    markedForDeletion: false,
    key: null,
  };
}

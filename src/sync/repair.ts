import type { ConfigEvent } from '../database/index.ts';
import { isJsonObject, limits, parseJson } from '../kernel/index.ts';
import {
  type ConfigRecord,
  decodeConfig,
  decodeProcessed,
  decodeState,
  type Family,
  READ_COMPLETE,
  resourceKey,
  sameBody,
  TEMPLATE_TYPE,
} from '../records/index.ts';
import { inReferenceOrder, type Model, type ResourceType } from '../schema/index.ts';
import { type Operation, oneKey, readAll, type Term, whenSpaceIsFree, withPrefix } from '../store/index.ts';
import { type ConfigsElsewhere, configsElsewhere } from './configs-elsewhere.ts';
import { allRows, type Differences, removal } from './differences.ts';
import { batchEvents, operationsOf } from './event-batch.ts';
import type { SyncContext } from './sync-context.ts';
import type { UnknownPast } from './unknown-past.ts';

/**
 * The versions that a repair wrote or found correct: queued events of these versions and of older ones must not be
 * written again.
 */
export class Repaired {
  readonly #model: Model;
  /** 'type:id' → the version in the store. */
  readonly #versions = new Map<string, number>();

  constructor(model: Model) {
    this.#model = model;
  }

  /** Records a resource. Types without versions can't be compared: the last event wins. */
  note({ type, resourceId, version }: ConfigEvent): void {
    if (this.#model.types.get(type)?.versioned === true) this.#versions.set(`${type}:${resourceId}`, version);
  }

  has({ type, resourceId, action, version }: ConfigEvent): boolean {
    return action === 'put' && version <= (this.#versions.get(`${type}:${resourceId}`) ?? -1);
  }

  /** Records that an event was mirrored. After a removal, versions begin anew. */
  pass({ type, resourceId, action }: ConfigEvent): void {
    if (action === 'delete') this.#versions.delete(`${type}:${resourceId}`);
  }
}

/**
 * Makes /config of a store that is new, has lost data, or has gone back to an older state, equal to the database, which
 * is the system of record: lists both, and writes the differences. `past` records that more may have been begun than
 * the store tells; null: nothing can be lost.
 */
export async function repairConfigs(context: SyncContext, term: Term, past: UnknownPast | null): Promise<Repaired> {
  const { model, log } = context;
  const repaired = new Repaired(model);
  const write = async (operations: readonly Operation[]): Promise<boolean> => {
    const result = await whenSpaceIsFree(context, term.ended, () =>
      context.store.transact({ compare: [term.guard], success: operations }),
    );
    return result?.succeeded === true;
  };
  const elsewhere = await configsElsewhere(context);
  const noteOf = (event: ConfigEvent): readonly Operation[] => (event.key === null ? (past?.noteOf(event) ?? []) : []);
  const writesOf = (event: ConfigEvent) => [...operationsOf(model, event), ...noteOf(event)];
  let written = 0;
  let replaced = 0;
  for (const type of inOrderOfUse(model)) {
    if (!type.synced || term.ended.aborted) continue;
    const notes: Operation[] = [];
    const onSame = (event: ConfigEvent): unknown => notes.push(...noteOf(event));
    const found =
      type.projection === null
        ? await differences(context, type, elsewhere, repaired, onSame)
        : elsewhere.differences(type);
    for (const event of found.replaced) {
      if (!(await write([...(await replacement(context, type, event)), ...noteOf(event)]))) return repaired;
    }
    for (const operations of [...inParts(notes), ...batchesOf(found.events, writesOf)]) {
      if (!(await write(operations))) return repaired;
    }
    written += found.events.length + found.replaced.length;
    replaced += found.replaced.length;
  }
  log.info({ written }, 'The store was compared with the database.');
  if (replaced > 0) {
    const reason = 'one of them was restored to an older state';
    log.warn({ replaced, reason }, 'The store had other contents, or later versions, than the database.');
  }
  return repaired;
}

function inParts(operations: readonly Operation[]): readonly (readonly Operation[])[] {
  const count = Math.ceil(operations.length / limits.syncBatchPuts);
  return Array.from({ length: count }, (_, part) => {
    return operations.slice(part * limits.syncBatchPuts, (part + 1) * limits.syncBatchPuts);
  });
}

/** The operations of events, grouped into transactions. */
function* batchesOf(
  events: readonly ConfigEvent[],
  writesOf: (event: ConfigEvent) => readonly Operation[],
): Generator<readonly Operation[]> {
  for (let rest = events; rest.length > 0; ) {
    const batch = batchEvents(rest, writesOf);
    yield batch.operations;
    rest = rest.slice(batch.events.length);
  }
}

/**
 * The types in the order of use: templates first, then each type after those that it refers to, because a resource is
 * planned with the resources that it refers to.
 */
function inOrderOfUse(model: Model): readonly ResourceType[] {
  const types = inReferenceOrder(model);
  const isTemplate = (type: ResourceType): boolean => type.id === TEMPLATE_TYPE;
  return [...types.filter(isTemplate), ...types.filter((type) => !isTemplate(type))];
}

async function differences(
  { database, store }: SyncContext,
  type: ResourceType,
  elsewhere: ConfigsElsewhere,
  repaired: Repaired,
  onSame: (event: ConfigEvent) => void,
): Promise<Differences> {
  const prefix = resourceKey('config', type.url, '');
  const { entries } = await readAll(store, withPrefix(prefix));
  const ours = entries.filter(({ key }) => !elsewhere.expects(key));
  const inStore = new Map(ours.map((entry) => [entry.key.slice(prefix.length), decodeConfig(entry.value)]));
  const events: ConfigEvent[] = [];
  const replaced: ConfigEvent[] = [];
  for await (const event of allRows(database, type)) {
    repaired.note(event);
    const record = inStore.get(event.resourceId) ?? null;
    inStore.delete(event.resourceId);
    if (isSame(record, event)) {
      onSame(event);
      continue;
    }
    const isReplaced = type.versioned && record !== null && record.version >= event.version;
    (isReplaced ? replaced : events).push(event);
  }
  return { events: [...events, ...[...inStore.keys()].map((id) => removal(type.id, id, null))], replaced };
}

function isSame(record: ConfigRecord | null, event: ConfigEvent): boolean {
  const body = parseJson(event.body);
  return (
    record?.version === event.version &&
    record.markedForDeletion === event.markedForDeletion &&
    isJsonObject(body) &&
    sameBody(record.body, body)
  );
}

/**
 * The writes for a resource whose version has another meaning in the store: it was removed and created again, or the
 * database was restored. The store's records about that version don't belong to this resource, and must not be taken
 * for its state. The applied config is kept, as the controller keeps it.
 */
async function replacement(
  { model, store }: SyncContext,
  { url }: ResourceType,
  event: ConfigEvent,
): Promise<readonly Operation[]> {
  const keyOf = (family: Family): string => resourceKey(family, url, event.resourceId);
  const { results } = await store.transact({
    success: (['applied', 'processed', 'state'] as const).map((family) => ({
      type: 'get',
      range: oneKey(keyOf(family)),
    })),
  });
  const [applied, processed, state] = results.map((result) =>
    result.type === 'get' ? result.entries[0]?.value : undefined,
  );
  const planned = decodeProcessed(processed ?? '');
  const reached = decodeState(state ?? '');
  // A config that was only read was not built.
  const isBuilt = reached?.error === '' && reached.state.worker_state !== READ_COMPLETE;
  const keep = applied === undefined && processed !== undefined && isBuilt && reached.version === planned?.version;
  return [
    ...operationsOf(model, event),
    ...(keep ? [{ type: 'put', key: keyOf('applied'), value: processed } as const] : []),
    { type: 'delete', range: oneKey(keyOf('state')) },
    { type: 'delete', range: oneKey(keyOf('monitoring')) },
  ];
}

import { canonicalJson, type JsonObject } from '../kernel/json.ts';
import type { ResourceType } from '../model/model.ts';
import { typeOf, type UnitContext } from './context.ts';
import type { ConfigEvent, Row } from './database.ts';
import { getMeta, setMeta } from './meta-units.ts';
import { selectFrom, toRow } from './rows.ts';
import { number, placeholders, rows, type SqlRow, sql, text, type Unit } from './sql.ts';

/** Queues the event that mirrors a body to /config, where the type is synced. */
export function* queuePut(
  { dialect }: UnitContext,
  type: ResourceType,
  id: string,
  body: JsonObject,
  versions: { readonly configVersion: number; readonly markedForDeletion: boolean },
): Unit<void> {
  if (!type.synced) return;
  yield sql(
    `INSERT INTO kamado_events (type, resource_id, action, body, version, marked_for_deletion) VALUES (${placeholders(6)})`,
    type.id,
    id,
    'put',
    canonicalJson(body),
    syncedVersion(type, versions.configVersion),
    versions.markedForDeletion ? 1 : 0,
  );
  if (dialect.notify !== null) yield dialect.notify;
}

/** Queues the event that removes a resource from the store. */
export function* queueDelete({ dialect }: UnitContext, type: ResourceType, id: string): Unit<void> {
  if (!type.synced) return;
  yield sql(
    `INSERT INTO kamado_events (type, resource_id, action, body, version, marked_for_deletion) VALUES (${placeholders(6)})`,
    type.id,
    id,
    'delete',
    '',
    0,
    0,
  );
  if (dialect.notify !== null) yield dialect.notify;
}

/** The fact of kamado_meta that counts the events that were mirrored. */
const MIRRORED = 'events_mirrored';

/** The first events of the queue that aren't done. */
export function* nextEvents(done: readonly number[], limit: number): Unit<readonly ConfigEvent[]> {
  const known = new Set(done);
  const queued = yield* rows(sql('SELECT * FROM kamado_events ORDER BY id LIMIT ?', limit + done.length));
  return queued.map(toEvent).filter((event) => !known.has(event.id));
}

/** Removes events that are done, and notes how many were mirrored in all. */
export function* removeEvents(done: readonly number[], mirrored: number): Unit<void> {
  for (const id of done) yield sql('DELETE FROM kamado_events WHERE id = ?', id);
  yield* setMeta(MIRRORED, `${mirrored}`);
}

/** How many events were mirrored in all. */
export function* mirroredEvents(): Unit<number> {
  return Number((yield* getMeta(MIRRORED)) ?? 0);
}

/** The rows of a type as events, for a repair of the store. */
export function* snapshot(
  context: UnitContext,
  typeId: string,
  afterId: string,
  limit: number,
): Unit<readonly ConfigEvent[]> {
  const type = typeOf(context, typeId);
  const found = yield* rows(sql(`${selectFrom(type)} WHERE t.id > ? ORDER BY t.id LIMIT ?`, type.id, afterId, limit));
  return found.map((row) => snapshotEvent(type, toRow(type, row)));
}

function snapshotEvent(type: ResourceType, row: Row): ConfigEvent {
  return {
    id: 0,
    type: type.id,
    resourceId: row.id,
    action: 'put',
    body: canonicalJson(row.configVersion === 1 ? withoutNulls(row.body) : row.body),
    version: syncedVersion(type, row.configVersion),
    markedForDeletion: row.markedForDeletion,
  };
}

/** The first version of a config holds what was set; properties without a value come with the second. */
function withoutNulls(body: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null));
}

/** Types without versions have 1 when created and 0 after that (gohan.md §4). */
function syncedVersion(type: ResourceType, configVersion: number): number {
  return type.versioned || configVersion === 1 ? configVersion : 0;
}

function toEvent(row: SqlRow): ConfigEvent {
  return {
    id: number(row, 'id'),
    type: text(row, 'type'),
    resourceId: text(row, 'resource_id'),
    action: text(row, 'action') === 'delete' ? 'delete' : 'put',
    body: text(row, 'body'),
    version: number(row, 'version'),
    markedForDeletion: number(row, 'marked_for_deletion') === 1,
  };
}

import { canonicalJson, type JsonObject, kamadoError, limits } from '../kernel/index.ts';
import { encodeConfig } from '../records/index.ts';
import { mirrorContent, mirrorKey, type ResourceType } from '../schema/index.ts';
import { type TransactionContext, typeOf } from './context.ts';
import type { ConfigEvent } from './database.ts';
import { getMeta, setMeta } from './meta-transactions.ts';
import type { Row } from './resource-row.ts';
import { bytesColumn, everyColumn, select, toRow } from './rows.ts';
import {
  number,
  padded,
  placeholders,
  rows,
  rowsWithin,
  type SqlRow,
  sql,
  type TransactionFunction,
  text,
} from './sql.ts';

/**
 * Queues the event that mirrors a body to the store, if the type is synced.
 * @throws RESOURCE_TOO_LARGE: a body that no transaction of the store could hold must not be committed
 */
export function* queuePut(
  context: TransactionContext,
  type: ResourceType,
  id: string,
  body: JsonObject,
  versions: Versions,
): TransactionFunction<void> {
  if (!type.synced) return;
  const event = putEvent(type, id, body, versions);
  const limitBytes = limits.resourceBytes;
  // A marked resource is being deleted, and is no larger than it was.
  if (!versions.markedForDeletion && Buffer.byteLength(event.body) > limitBytes) {
    throw kamadoError('RESOURCE_TOO_LARGE', { type: type.id, id, limitBytes });
  }
  yield* queue(context, event);
}

/** Queues the event that removes a resource from the store. `body` is its last body. */
export function* queueDelete(
  context: TransactionContext,
  type: ResourceType,
  id: string,
  body: JsonObject,
): TransactionFunction<void> {
  if (type.synced) yield* queue(context, removeEvent(type, id, body));
}

/** Queues the deletion of the old key, if the key of the type is made from the body and a change moved it. */
export function* queueMove(
  context: TransactionContext,
  type: ResourceType,
  id: string,
  before: JsonObject,
  after: JsonObject,
): TransactionFunction<void> {
  const old = removeEvent(type, id, before);
  if (type.synced && old.key !== removeEvent(type, id, after).key) yield* queue(context, old);
}

type Versions = { readonly configVersion: number; readonly markedForDeletion: boolean };

const INSERT = `INSERT INTO kamado_events (type, resource_id, action, body, version, marked_for_deletion, key)
  VALUES (${placeholders(7)})`;

function* queue({ dialect }: TransactionContext, event: Omit<ConfigEvent, 'id'>): TransactionFunction<void> {
  const { type, resourceId, action, body, version, markedForDeletion, key } = event;
  yield sql(dialect.announced(INSERT), type, resourceId, action, body, version, markedForDeletion ? 1 : 0, key);
}

function putEvent(type: ResourceType, id: string, body: JsonObject, versions: Versions): Omit<ConfigEvent, 'id'> {
  const form = type.projection;
  const version = syncedVersion(type, versions.configVersion);
  const { markedForDeletion } = versions;
  const common = { type: type.id, resourceId: id, action: 'put', version, markedForDeletion } as const;
  if (form === null) return { ...common, body: canonicalJson(body), key: null };
  const content = mirrorContent(form, body);
  const value = form.plain ? content : encodeConfig(content, version, markedForDeletion);
  return { ...common, body: value, key: mirrorKey(form, `${type.url}/${id}`, body) };
}

function removeEvent(type: ResourceType, id: string, body: JsonObject): Omit<ConfigEvent, 'id'> {
  const key = type.projection === null ? null : mirrorKey(type.projection, `${type.url}/${id}`, body);
  return { type: type.id, resourceId: id, action: 'delete', body: '', version: 0, markedForDeletion: false, key };
}

/** The entry of kamado_meta that counts the mirrored events. */
const MIRRORED = 'events_mirrored';

/**
 * Returns the first events of the queue that aren't in `done`: up to `limit`, and no more than a transaction of the
 * store holds, but at least one. Bodies are read of the returned events only.
 */
export function* nextEvents(done: readonly number[], limit: number): TransactionFunction<readonly ConfigEvent[]> {
  const known = new Set(done);
  const isNew = (row: SqlRow): boolean => !known.has(number(row, 'id'));
  const queued = yield* rows(sql(SELECT_SIZES, limit + done.length));
  const wanted = rowsWithin(limits.transactionBytes, queued.filter(isNew).slice(0, limit));
  const [first, last] = [wanted.at(0), wanted.at(-1)];
  if (first === undefined || last === undefined) return [];
  const found = yield* rows(sql(SELECT_BETWEEN, number(first, 'id'), number(last, 'id')));
  return found.filter(isNew).map(toEvent);
}

const SELECT_SIZES = 'SELECT id, OCTET_LENGTH(body) AS bytes FROM kamado_events ORDER BY id LIMIT ?';
const SELECT_BETWEEN = 'SELECT * FROM kamado_events WHERE id BETWEEN ? AND ? ORDER BY id';

/** Removes processed events, and records how many were mirrored in all. */
export function* removeEvents(done: readonly number[], mirrored: number): TransactionFunction<void> {
  if (done.length === 0) return;
  const ids = padded(done);
  yield sql(`DELETE FROM kamado_events WHERE id IN (${placeholders(ids.length)})`, ...ids);
  yield* setMeta(MIRRORED, `${mirrored}`);
}

/** Returns how many events were mirrored in all. */
export function* mirroredEvents(): TransactionFunction<number> {
  return Number((yield* getMeta(MIRRORED)) ?? 0);
}

/**
 * Returns the rows of a type as events, for a repair of the store: up to `limit`, and no more than one of its
 * transactions holds.
 */
export function* snapshot(
  context: TransactionContext,
  typeId: string,
  afterId: string,
  limit: number,
): TransactionFunction<readonly ConfigEvent[]> {
  const type = typeOf(context, typeId);
  const read = (columns: string, most: number) =>
    rows(sql(`${select(type, columns)} WHERE k.id > ? ORDER BY k.id LIMIT ?`, type.id, afterId, most));
  const wanted = rowsWithin(limits.transactionBytes, yield* read(bytesColumn(type.properties), limit));
  const found = yield* read(everyColumn(type), wanted.length);
  return found.map((row) => snapshotEvent(type, toRow(type, row)));
}

function snapshotEvent(type: ResourceType, row: Row): ConfigEvent {
  const body = row.configVersion === 1 ? withoutNulls(row.body) : row.body;
  return { id: 0, ...putEvent(type, row.id, body, row) };
}

/**
 * The first version of a config holds the values that were set. Properties without a value come with the second
 * version.
 */
function withoutNulls(body: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null));
}

/** Types without versions have version 1 when created and 0 after that (compatibility K4). */
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
    key: row.key === null ? null : text(row, 'key'),
  };
}

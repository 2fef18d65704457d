import { type JsonObject, jsonEqual, kamadoError, mergedJson } from '../kernel/index.ts';
import type { ResourceType } from '../schema/index.ts';
import { settleChildren } from './behaviour/child-transactions.ts';
import { computedBody, computedChanges } from './behaviour/computed-body.ts';
import { settleCounts } from './behaviour/counter-allocations.ts';
import { ensureResources } from './behaviour/ensure-transactions.ts';
import { settleFollowUps } from './behaviour/follow-up-transactions.ts';
import { beginKnown, beginNew } from './behaviour/lock-order.ts';
import { settleUpdates } from './behaviour/related-transactions.ts';
import { checkRequirements } from './behaviour/requirement-transactions.ts';
import { countResource, type Operation, typeOf } from './context.ts';
import type { Change } from './database.ts';
import { queueMove, queuePut } from './event-transactions.ts';
import { runHooks } from './hook-transactions.ts';
import { keepListReferences } from './list-references.ts';
import { checkRelated, lockRelated, referencesOf } from './reference-transactions.ts';
import { getResource, lockResource } from './resource-reads.ts';
import type { Row } from './resource-row.ts';
import { toColumn } from './rows.ts';
import { placeholders, quoted, sql, sqlOnce, type TransactionFunction } from './sql.ts';
import { computedProperties, settleDependents } from './status-transactions.ts';
import { storeColumns } from './store-row.ts';
import { tableOf } from './table-names.ts';
import { checkIndexed, checkNewId, checkUnique } from './unique-transactions.ts';

/** The initial versions and states of a row. */
const fresh = {
  configVersion: 1,
  stateVersion: 0,
  monitoringVersion: 0,
  markedForDeletion: false,
  stateError: '',
  state: null,
  monitoring: null,
};

/** Makes a resource as a client requests. */
export function* addResource(
  operation: Operation,
  typeId: string,
  id: string,
  body: JsonObject,
): TransactionFunction<Row> {
  const type = typeOf(operation, typeId);
  yield* beginNew(operation, type, body);
  return yield* createResource(operation, type, id, body, new Set());
}

/**
 * Inserts a row and its event, and runs the behaviour of its type: the resources that it needs are made before it, and
 * the consequences come after it.
 */
export function* createResource(
  operation: Operation,
  type: ResourceType,
  id: string,
  given: JsonObject,
  explicit: ReadonlySet<string>,
): TransactionFunction<Row> {
  countResource(operation);
  yield* ensureResources(operation, type, { type: type.id, body: { ...given, id }, version: 1 });
  const wanted = yield* runHooks(operation, type, 'pre_create_in_transaction', { id, resource: { ...given, id } });
  const body: JsonObject = { ...(yield* computedBody(operation, type, id, { ...given, ...wanted, id })), id };
  yield* checkReferences(operation, type, body);
  yield* checkRequirements(operation, type, { type: type.id, body, version: 1 });
  if (operation.diagnose) yield* checkNewId(type, id);
  if (operation.diagnose) yield* checkUnique(type, id, body);
  const set = new Set([...explicit, ...Object.keys(wanted)]);
  const computed = except(yield* computedProperties(operation, type, { ...fresh, body }), set);
  const complete = withoutSparse(type, { ...body, ...computed });
  yield* insert(type, id, complete);
  checkRelated(type, yield* keepListReferences(operation, type, id, complete, null));
  yield* queuePut(operation, type, id, complete, fresh);
  const now = { type: type.id, id, body: complete, version: 1 };
  yield* settleCounts(operation, type, id, now);
  const links = yield* settleChildren(operation, type, now, null);
  yield* settleUpdates(operation, type, now, null);
  yield* runHooks(operation, type, 'post_create_in_transaction', { id, resource: { ...complete, ...links } });
  return yield* asCommitted(operation, type, {
    ...fresh,
    type: type.id,
    id,
    body: { ...complete, ...links },
    rowRevision: 1,
  });
}

/**
 * Returns a row that was written, including later changes that its write caused: children that are counted, versions
 * that others made.
 */
function* asCommitted(operation: Operation, type: ResourceType, written: Row): TransactionFunction<Row> {
  const { children, updates, followUps } = type.behaviour;
  const causes = children.length > 0 || updates.length > 0 || followUps.length > 0;
  if (!causes && !hasPostHook(operation, type)) return written;
  const row = yield* getResource(operation, type.id, written.id);
  if (row === null) return written;
  // A new resource is returned without the properties that have no value.
  const present = Object.entries(row.body).filter(
    ([name, value]) => value !== null || Object.hasOwn(written.body, name),
  );
  return { ...row, body: Object.fromEntries(present) };
}

function hasPostHook({ hooks }: Operation, { id }: ResourceType): boolean {
  return hooks.has(id, 'post_create_in_transaction') || hooks.has(id, 'post_update_in_transaction');
}

function* checkReferences(operation: Operation, type: ResourceType, body: JsonObject): TransactionFunction<void> {
  checkIndexed(type, body);
  checkRelated(type, yield* lockRelated(operation, referencesOf(operation, type, body)));
}

function* insert(type: ResourceType, id: string, body: JsonObject): TransactionFunction<void> {
  const { properties } = type;
  const names = properties.map(({ name }) => quoted(name)).join(', ');
  yield sql('INSERT INTO kamado_resources (type, id, config_version) VALUES (?, ?, ?)', type.id, id, 1);
  yield sql(
    `INSERT INTO ${tableOf(type)} (${names}) VALUES (${placeholders(properties.length)})`,
    ...properties.map((property) => toColumn(property, body[property.name])),
  );
}

/** Changes a row as a client requests. */
export function* updateResource(operation: Operation, change: Change): TransactionFunction<Row> {
  const type = typeOf(operation, change.type);
  yield* beginKnown(operation, type, change.id, change.patch);
  // Before the row itself: all transactions lock referenced rows first, so that they don't deadlock.
  yield* lockRelated(operation, referencesOf(operation, type, change.patch));
  const row = yield* lockResource(operation, type.id, change.id);
  if (row === null) throw kamadoError('RESOURCE_NOT_FOUND', { type: type.id, id: change.id });
  checkVersion(row, change.expectedVersion);
  if (row.markedForDeletion) throw kamadoError('RESOURCE_MARKED', { type: type.id, id: change.id });
  return yield* changeResource(operation, type, row, change.patch, new Set());
}

/** Makes a new version of a locked row, queues its event, and applies the consequences of the change. */
export function* changeResource(
  operation: Operation,
  type: ResourceType,
  row: Row,
  patch: JsonObject,
  untouched: ReadonlySet<string>,
): TransactionFunction<Row> {
  countResource(operation);
  const { id } = row;
  const asked = { ...row.body, ...changesOf(row.body, patch) };
  const wanted = yield* runHooks(operation, type, 'pre_update_in_transaction', {
    id,
    resource: asked,
    previous: row.body,
  });
  const changed = yield* completeChange(operation, type, row, changesOf(row.body, { ...asked, ...wanted }));
  const body: JsonObject = { ...row.body, ...changed };
  checkIndexed(type, body);
  checkRelated(type, yield* lockRelated(operation, referencesOf(operation, type, changed)));
  const configVersion = row.configVersion + 1;
  yield* checkRequirements(operation, type, { type: type.id, body, version: configVersion });
  if (operation.diagnose) yield* checkUnique(type, id, body);
  const kept = new Set([...untouched, ...explicitIn(type, patch), ...Object.keys(wanted)]);
  const computed = except(yield* computedProperties(operation, type, { ...row, configVersion, body }), kept);
  const complete = withoutSparse(type, { ...body, ...computed });
  yield sql(
    'UPDATE kamado_resources SET config_version = ?, row_revision = row_revision + 1 WHERE type = ? AND id = ?',
    configVersion,
    type.id,
    id,
  );
  yield* storeColumns(type, id, { ...changed, ...computed }, sqlOnce);
  checkRelated(type, yield* keepListReferences(operation, type, id, complete, row.body));
  yield* queueMove(operation, type, id, row.body, complete);
  yield* queuePut(operation, type, id, complete, { configVersion, markedForDeletion: false });
  const after = { ...row, body: complete, configVersion, rowRevision: row.rowRevision + 1 };
  return yield* followChange(operation, type, row, after, Object.keys({ ...changed, ...computed }));
}

/** Returns a change together with the values that its type computes from it. */
function* completeChange(
  operation: Operation,
  type: ResourceType,
  row: Row,
  changed: JsonObject,
): TransactionFunction<JsonObject> {
  const before = { type: type.id, body: row.body, version: row.configVersion };
  const after = { type: type.id, id: row.id, body: { ...row.body, ...changed }, version: row.configVersion + 1 };
  return { ...changed, ...(yield* computedChanges(operation, type, before, after, Object.keys(changed))) };
}

/**
 * Applies the consequences of a change: counts, children, related resources, and the statuses and follow-up revisions
 * of resources that read it.
 */
function* followChange(
  operation: Operation,
  type: ResourceType,
  row: Row,
  after: Row,
  changed: readonly string[],
): TransactionFunction<Row> {
  const { id } = row;
  const before = { type: type.id, id, body: row.body, version: row.configVersion };
  const now = { type: type.id, id, body: after.body, version: after.configVersion };
  yield* settleCounts(operation, type, id, now);
  const links = yield* settleChildren(operation, type, now, before);
  yield* settleUpdates(operation, type, now, before);
  yield* settleDependents(operation, type.id, id, changed);
  yield* settleFollowUps(operation, type.id, id);
  const resource = { ...after.body, ...links };
  yield* runHooks(operation, type, 'post_update_in_transaction', { id, resource, previous: row.body });
  return yield* asCommitted(operation, type, { ...after, body: resource });
}

/**
 * The patched properties that clients can't set. A hook or another resource set them, so they keep the patched value.
 */
function explicitIn(type: ResourceType, patch: JsonObject): readonly string[] {
  return Object.keys(patch).filter((name) => type.property.get(name)?.updatable !== true);
}

/** Returns a body without the sparse properties that have no value. */
function withoutSparse(type: ResourceType, body: JsonObject): JsonObject {
  const isPresent = ([name, value]: [string, unknown]): boolean => value !== null || !type.property.get(name)?.sparse;
  return Object.fromEntries(Object.entries(body).filter(isPresent));
}

function except(computed: JsonObject, names: ReadonlySet<string>): JsonObject {
  return Object.fromEntries(Object.entries(computed).filter(([name]) => !names.has(name)));
}

/** @throws VERSION_CONFLICT */
export function checkVersion(row: Row, expected: number | null): void {
  if (expected === null || expected === row.configVersion) return;
  throw kamadoError('VERSION_CONFLICT', { type: row.type, id: row.id, current: row.configVersion, expected });
}

/** The properties whose value a patch changes, with the new values. */
function changesOf(body: JsonObject, patch: JsonObject): JsonObject {
  const merges = Object.entries(patch).map(([name, value]) => [name, mergedJson(body[name], value)] as const);
  return Object.fromEntries(merges.filter(([name, value]) => !jsonEqual(body[name], value)));
}

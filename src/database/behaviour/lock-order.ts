import { isKamadoError, type Json, type JsonObject } from '../../kernel/index.ts';
import { endOfPath, type ResourceType, type ValueContext } from '../../schema/index.ts';
import type { Operation } from '../context.ts';
import { referencesOf } from '../reference-transactions.ts';
import { getResource } from '../resource-reads.ts';
import type { Row } from '../resource-row.ts';
import { ahead, beginning, type Dialect, rows, sql, type TransactionFunction, text } from '../sql.ts';
import type { ResourceRef } from './child-ledger.ts';
import { targetsOfCount } from './counter-allocations.ts';
import { evaluated } from './evaluate.ts';
import { endIdOf } from './related-transactions.ts';
import { ownersOfAllocation } from './requested-numbers.ts';
import { isWrittenAlong } from './written-along.ts';

/** A resource with all its descendants, and the resources that they have numbers and amounts of. */
const FAMILY = `WITH RECURSIVE family (type, id) AS (
    SELECT CAST(? AS text) COLLATE "C", CAST(? AS text) COLLATE "C"
    UNION
    SELECT c.child_type, c.child_id FROM kamado_children c JOIN family f ON c.parent_type = f.type AND c.parent_id = f.id
  ), along (type, id) AS (
    SELECT type, id FROM family
    UNION
    SELECT n.type, n.id FROM kamado_pool_numbers n JOIN family f ON n.holder_type = f.type AND n.holder_id = f.id
    UNION
    SELECT c.type, c.id FROM kamado_counted c JOIN family f ON c.holder_type = f.type AND c.holder_id = f.id
  ) SELECT type, id FROM along`;

/** Begins the creation of a resource: locks the resources that it is likely to write along. */
export function beginNew(operation: Operation, type: ResourceType, body: JsonObject): TransactionFunction<void> {
  return begin(operation, function* () {
    return writesAlong(type) ? yield* targetsOf(operation, type, body) : [];
  });
}

/** Begins the change or removal of a resource: locks it, and the resources that this is likely to write along. */
export function beginKnown(
  operation: Operation,
  type: ResourceType,
  id: string,
  patch: JsonObject,
): TransactionFunction<void> {
  return begin(operation, function* () {
    const row = writesAlong(type) ? yield* getResource(operation, type.id, id) : null;
    const family = row === null ? [] : yield* familyOf(operation, type, row, { ...row.body, ...patch });
    return [...rootOf(operation, type, id), ...family];
  });
}

/** Begins to apply a report about a resource. If that may write other resources, they are locked as for a change. */
export function beginReported(operation: Operation, type: ResourceType, id: string): TransactionFunction<void> {
  return begin(operation, function* () {
    const row = writesAlong(type) ? yield* getResource(operation, type.id, id) : null;
    const writes = row?.markedForDeletion === true || type.behaviour.followUps.length > 0;
    const family = row === null || !writes ? [] : yield* familyOf(operation, type, row, row.body);
    return [...rootOf(operation, type, id), ...family];
  });
}

/**
 * Begins a transaction whose writes are unknown: no other transaction writes meanwhile, unless the database would
 * detect the conflict.
 */
export function* beginUnknown({ dialect, isolation }: Operation): TransactionFunction<void> {
  if (isOneByOne(dialect)) return;
  yield beginning(isolation === 'serializable' ? isolation : 'alone', []);
}

/**
 * Takes locks before the transaction reads anything, in one order for all transactions: transactions that write the
 * same resources wait for each other here, without deadlocks, and see what the earlier one has written. Resources that
 * can't be foreseen are locked when they are met.
 */
function* begin(
  { dialect, isolation }: Operation,
  foresee: () => TransactionFunction<readonly ResourceRef[]>,
): TransactionFunction<void> {
  if (isOneByOne(dialect)) return;
  const names = (yield* ahead(foresee())).map(({ type, id }) => `${type}:${id}`);
  yield beginning(isolation, [...new Set(names)]);
}

/** Whether there is one writer at a time, as with SQLite: then no transaction waits for another. */
function isOneByOne({ lockExclusive }: Dialect): boolean {
  return lockExclusive === '';
}

/** Whether writing a resource of a type may write others. If not, it waits once, for its own row. */
function writesAlong({ behaviour: { allocations, updates, children } }: ResourceType): boolean {
  return allocations.length + updates.length + children.length > 0;
}

/** The resource itself. With its row lock alone, a transaction that waited would see outdated values of other rows. */
function rootOf({ model, isolation }: Operation, type: ResourceType, id: string): readonly ResourceRef[] {
  const locked = isolation === 'serializable' || writesAlong(type) || isWrittenAlong(model, type.id);
  return locked ? [{ type: type.id, id }] : [];
}

/**
 * A resource with its descendants, the resources that these have numbers and amounts of, and those that they update.
 */
function* familyOf(
  operation: Operation,
  type: ResourceType,
  row: Row,
  after: JsonObject,
): TransactionFunction<readonly ResourceRef[]> {
  const found = yield* rows(sql(FAMILY, type.id, row.id));
  return [
    ...found.map((one) => ({ type: text(one, 'type'), id: text(one, 'id') })),
    ...(yield* targetsOf(operation, type, row.body)),
    ...(yield* targetsOf(operation, type, after)),
  ];
}

/**
 * The resources that a resource has allocations of, and those that it updates, as far as they can be foreseen before
 * values are computed.
 */
function* targetsOf(
  operation: Operation,
  type: ResourceType,
  body: JsonObject,
): TransactionFunction<readonly ResourceRef[]> {
  const { model } = operation;
  const { allocations, updates } = type.behaviour;
  const references = referencesOf(operation, type, body)
    .filter(({ target }) => isWrittenAlong(model, target))
    .map(({ target, id }) => ({ type: target, id }));
  const computed = yield* evaluated(operation, { type: type.id, body, version: 1 }, (context) => [
    ...allocations.flatMap((allocation) =>
      refs(
        allocation.type,
        foreseen(() =>
          allocation.kind === 'pool' ? ownersOfAllocation(allocation, context) : targetsOfCount(allocation, context),
        ),
      ),
    ),
    ...updates.flatMap((update) => {
      const end = endOfPath(update.path, model, type)?.id;
      return end === undefined
        ? []
        : refs(
            end,
            foreseen(() => [endOf(update, context)]),
          );
    }),
  ]);
  return [...references, ...computed];
}

function endOf(update: Parameters<typeof endIdOf>[0], context: ValueContext): Json {
  return endIdOf(update, context, `${context.type}, update ${update.name}`);
}

/**
 * A value that depends on one that isn't computed yet may be invalid. It is evaluated again in its turn, and refused
 * there.
 */
function foreseen(ids: () => readonly Json[]): readonly Json[] {
  try {
    return ids();
  } catch (error) {
    if (isKamadoError(error, 'MAPPING_INVALID')) return [];
    throw error;
  }
}

function refs(type: string, ids: readonly Json[]): readonly ResourceRef[] {
  return ids.flatMap((id) => (typeof id === 'string' && id !== '' ? [{ type, id }] : []));
}

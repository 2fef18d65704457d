import { isKamadoError } from '../../kernel/errors.ts';
import type { Json, JsonObject } from '../../kernel/json.ts';
import type { ValueContext } from '../../model/behaviour/value-evaluator.ts';
import { endOfPath } from '../../model/mapping-checks.ts';
import type { ResourceType } from '../../model/model.ts';
import type { Operation } from '../context.ts';
import type { Row } from '../database.ts';
import { referencesOf } from '../reference-units.ts';
import { getResource } from '../resource-reads.ts';
import { sql, type Unit } from '../sql.ts';
import type { ResourceRef } from './child-ledger.ts';
import { targetsOfCount } from './counter-takes.ts';
import { evaluated } from './evaluate.ts';
import { ownersOfTake } from './number-wishes.ts';
import { endIdOf } from './related-units.ts';
import { isWrittenAlong } from './written-along.ts';

/** A resource with those that came along with it, and of what they have numbers and amounts. */
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
  )`;

/** The first lock of a write: what making a resource is likely to write along. */
export function* lockAlongNew(operation: Operation, type: ResourceType, body: JsonObject): Unit<void> {
  if (!locksAhead(operation, type)) return;
  const targets = yield* targetsOf(operation, type, body);
  // One is locked when it is met.
  if (targets.length > 1) yield* lockInOrder(operation, '', [], targets);
}

/** The first lock of a write: a resource and what changing it, or its going, is likely to write along. */
export function* lockAlongKnown(operation: Operation, type: ResourceType, id: string, patch: JsonObject): Unit<void> {
  if (!locksAhead(operation, type)) return;
  const row = yield* getResource(operation, type.id, id);
  if (row !== null) yield* lockFamily(operation, type, row, { ...row.body, ...patch });
}

/** The first lock of a state: as of a write, where it may cause one. */
export function* lockAlongReported(operation: Operation, type: ResourceType, id: string): Unit<void> {
  if (!locksAhead(operation, type)) return;
  const row = yield* getResource(operation, type.id, id);
  const writes = row?.markedForDeletion === true || type.behaviour.passes.length > 0;
  if (row !== null && writes) yield* lockFamily(operation, type, row, row.body);
}

/** One writer at a time, as with SQLite, waits for nobody; and who writes nothing along waits once. */
function locksAhead({ dialect }: Operation, { behaviour: { takes, updates, children } }: ResourceType): boolean {
  return dialect.lockExclusive !== '' && takes.length + updates.length + children.length > 0;
}

function* lockFamily(operation: Operation, type: ResourceType, row: Row, after: JsonObject): Unit<void> {
  const targets = [...(yield* targetsOf(operation, type, row.body)), ...(yield* targetsOf(operation, type, after))];
  yield* lockInOrder(operation, FAMILY, [type.id, row.id], targets);
}

/**
 * Locks in one order for everybody, before anything else is locked: those who write the same, each in an order of their
 * own, would wait in a circle. What can't be foreseen is locked when it is met.
 */
function* lockInOrder(
  { dialect }: Operation,
  family: typeof FAMILY | '',
  root: readonly string[],
  targets: readonly ResourceRef[],
): Unit<void> {
  const distinct = [...new Map(targets.map((target) => [JSON.stringify([target.type, target.id]), target])).values()];
  const conditions = distinct.map(() => '(k.type = ? AND k.id = ?)');
  if (family !== '') conditions.unshift('(k.type, k.id) IN (SELECT type, id FROM along)');
  yield sql(
    `${family} SELECT 1 FROM kamado_resources k WHERE ${conditions.join(' OR ')}
     ORDER BY k.type, k.id${dialect.lockExclusive} OF k`,
    ...root,
    ...distinct.flatMap((target) => [target.type, target.id]),
  );
}

/** What a resource takes of, and what it changes, as far as it can be told before it is computed. */
function* targetsOf(operation: Operation, type: ResourceType, body: JsonObject): Unit<readonly ResourceRef[]> {
  const { model } = operation;
  const { takes, updates } = type.behaviour;
  const references = referencesOf(operation, type, body)
    .filter(({ target }) => isWrittenAlong(model, target))
    .map(({ target, id }) => ({ type: target, id }));
  const computed = yield* evaluated(operation, { type: type.id, body, version: 1 }, (context) => [
    ...takes.flatMap((take) =>
      refs(
        take.type,
        foreseen(() => (take.kind === 'pool' ? ownersOfTake(take, context) : targetsOfCount(take, context))),
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

/** Of what isn't computed yet a value may not be one: it is looked at again in its turn, and refused there. */
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

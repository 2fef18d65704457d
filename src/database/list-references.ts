import type { Json, JsonObject } from '../kernel/index.ts';
import type { ResourceType } from '../schema/index.ts';
import type { TransactionContext } from './context.ts';
import { lockRelated, type Reference, type RelatedRow } from './reference-transactions.ts';
import { rows, sql, type TransactionFunction, text } from './sql.ts';

/** The references in the lists of a body, each once. */
function referencesIn(type: ResourceType, body: JsonObject): readonly Reference[] {
  return type.properties.flatMap(({ name: field, listRelation: target }) => {
    const list: Json = body[field] ?? null;
    if (target === null || !Array.isArray(list)) return [];
    const ids = list.filter((id): id is string => typeof id === 'string' && id !== '');
    return [...new Set(ids)].map((id) => ({ field, target, id }));
  });
}

/**
 * Stores which resources the lists of a body refer to, beside its row. So a deletion finds the resources that list the
 * deleted one without reading every list. Returns the rows that the new references lead to, and locks them until the
 * commit.
 */
export function* keepListReferences(
  context: TransactionContext,
  type: ResourceType,
  id: string,
  body: JsonObject,
  before: JsonObject | null,
): TransactionFunction<readonly RelatedRow[]> {
  if (!type.properties.some(({ listRelation }) => listRelation !== null)) return [];
  const known = before === null ? [] : referencesIn(type, before);
  const wanted = referencesIn(type, body);
  for (const { field, target, id: targetId } of missingIn(wanted, known)) {
    yield sql(
      `DELETE FROM kamado_list_references WHERE type = ? AND id = ? AND field = ? AND target_type = ? AND target_id = ?`,
      ...[type.id, id, field, target, targetId],
    );
  }
  const related: RelatedRow[] = [];
  for (const reference of missingIn(known, wanted).toSorted(byTarget)) {
    const { field, target, id: targetId } = reference;
    yield sql(
      'INSERT INTO kamado_list_references (type, id, field, target_type, target_id) VALUES (?, ?, ?, ?, ?)',
      ...[type.id, id, field, target, targetId],
    );
    related.push(...(yield* lockRelated(context, [reference])));
  }
  return related;
}

/** One order for all transactions, so that they don't deadlock. */
function byTarget(one: Reference, other: Reference): number {
  const [a, b] = [`${one.target}:${one.id}`, `${other.target}:${other.id}`];
  return a === b ? 0 : a < b ? -1 : 1;
}

function missingIn(list: readonly Reference[], all: readonly Reference[]): readonly Reference[] {
  const known = new Set(list.map(({ field, id }) => `${field} ${id}`));
  return all.filter(({ field, id }) => !known.has(`${field} ${id}`));
}

/** Deletes the references of a resource whose row is gone. */
export function* dropListReferences(type: ResourceType, id: string): TransactionFunction<void> {
  if (!type.properties.some(({ listRelation }) => listRelation !== null)) return;
  yield sql('DELETE FROM kamado_list_references WHERE type = ? AND id = ?', type.id, id);
}

/** Returns a resource that lists this one and isn't in the deletion set, or null. */
export function* listerOf(typeId: string, id: string, deletionSet: ReadonlySet<string>) {
  const found = yield* rows(
    sql(
      `SELECT type, id, MIN(field) AS field FROM kamado_list_references WHERE target_type = ? AND target_id = ?
       GROUP BY type, id ORDER BY type, id LIMIT ?`,
      typeId,
      id,
      deletionSet.size + 1,
    ),
  );
  const listers = found.map((row) => ({ type: text(row, 'type'), id: text(row, 'id'), field: text(row, 'field') }));
  return listers.find((lister) => !deletionSet.has(`${lister.type}:${lister.id}`)) ?? null;
}

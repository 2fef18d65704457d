import type { JsonObject } from '../kernel/index.ts';
import type { ResourceType } from '../schema/index.ts';
import { toColumn } from './rows.ts';
import { quoted, sql, type TransactionFunction } from './sql.ts';
import { tableOf } from './table-names.ts';

/**
 * Writes properties of a row. The caller increments its revision.
 * @param make `sql` if there are few sets of properties; `sqlOnce` if a client can change any set of them
 */
export function* storeColumns(
  type: ResourceType,
  id: string,
  changes: JsonObject,
  make: typeof sql = sql,
): TransactionFunction<void> {
  const columns = type.properties.filter(({ name }) => Object.hasOwn(changes, name) && name !== 'id');
  if (columns.length === 0) return;
  const assignments = columns.map(({ name }) => `${quoted(name)} = ?`).join(', ');
  const values = columns.map((property) => toColumn(property, changes[property.name]));
  yield make(`UPDATE ${tableOf(type)} SET ${assignments} WHERE id = ?`, ...values, id);
}

/** Writes properties of a row without making a version: values that the server counts, and statuses. */
export function* storeRow(type: ResourceType, id: string, changes: JsonObject): TransactionFunction<void> {
  if (Object.keys(changes).length === 0) return;
  yield* storeColumns(type, id, changes);
  yield sql('UPDATE kamado_resources SET row_revision = row_revision + 1 WHERE type = ? AND id = ?', type.id, id);
}

import type { Json } from '../kernel/index.ts';
import type { ResourceType } from '../schema/index.ts';
import { type TransactionContext, typeOf } from './context.ts';
import type { Row } from './resource-row.ts';
import { selectFrom, toColumn, toRow } from './rows.ts';
import { firstRow, quoted, rows, sql, type TransactionFunction } from './sql.ts';

/** Reads one row. null if there is none. */
export function* getResource(
  context: TransactionContext,
  typeId: string,
  id: string,
  lock = '',
): TransactionFunction<Row | null> {
  const type = typeOf(context, typeId);
  const found = yield* firstRow(sql(`${selectFrom(type)} WHERE t.id = ?${lock}`, type.id, id));
  return found === undefined ? null : toRow(type, found);
}

/** Reads one row, and locks it exclusively until the commit. */
export function lockResource(context: TransactionContext, typeId: string, id: string): TransactionFunction<Row | null> {
  return getResource(context, typeId, id, context.dialect.lockExclusive);
}

/** Reads the rows of a type whose field has that value, by id, and locks them exclusively until the commit. */
export function* lockWhere(
  { dialect }: TransactionContext,
  type: ResourceType,
  field: string,
  value: Json,
  limit: number,
): TransactionFunction<readonly Row[]> {
  const property = type.property.get(field);
  if (property === undefined) return [];
  const statement = `${selectFrom(type)} WHERE t.${quoted(field)} = ? ORDER BY t.id LIMIT ?${dialect.lockExclusive}`;
  const found = yield* rows(sql(statement, type.id, toColumn(property, value), limit));
  return found.map((row) => toRow(type, row));
}

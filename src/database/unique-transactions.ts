import { type JsonObject, kamadoError, limits } from '../kernel/index.ts';
import type { ResourceType } from '../schema/index.ts';
import { indexesOf } from './indexes.ts';
import { toColumn } from './rows.ts';
import { firstRow, quoted, type SqlValue, sql, type TransactionFunction } from './sql.ts';
import { tableOf } from './table-names.ts';

/** Checks that the id is free. @throws DUPLICATE_VALUE if there is a row of that id */
export function* checkNewId(type: ResourceType, id: string): TransactionFunction<void> {
  const existing = yield* firstRow(sql(`SELECT id FROM ${tableOf(type)} WHERE id = ?`, id));
  if (existing !== undefined) throw kamadoError('DUPLICATE_VALUE', { type: type.id, field: 'id' });
}

/** Checks unique values. @throws DUPLICATE_VALUE if another row has a value, or values together, that are unique */
export function* checkUnique(type: ResourceType, id: string, body: JsonObject): TransactionFunction<void> {
  for (const { kind, columns } of indexesOf(type)) {
    const values = columnValues(type, columns, body);
    // In SQL, nulls differ from each other.
    if (kind !== 'unique' || values.includes(null)) continue;
    const conditions = columns.map((name) => `${quoted(name)} = ?`).join(' AND ');
    const other = yield* firstRow(
      sql(`SELECT id FROM ${tableOf(type)} WHERE ${conditions} AND id <> ?`, ...values, id),
    );
    if (other !== undefined) throw kamadoError('DUPLICATE_VALUE', { type: type.id, field: columns.join(', ') });
  }
}

/** Checks that values fit an index. @throws VALIDATION_FAILED */
export function checkIndexed(type: ResourceType, body: JsonObject): void {
  for (const { columns } of indexesOf(type)) {
    const texts = columnValues(type, columns, body).filter((value) => typeof value === 'string');
    const bytes = texts.reduce((sum, value) => sum + Buffer.byteLength(value), 0);
    if (bytes <= limits.indexedTextBytes) continue;
    const reason = `String length must be less than or equal to ${limits.indexedTextBytes} bytes`;
    throw kamadoError(
      'VALIDATION_FAILED',
      { type: type.id, details: `Json validation error:\n\t${columns.join(', ')}: ${reason},` },
      { faults: columns.map((name) => ({ pointer: `/${name}`, reason })) },
    );
  }
}

function columnValues(type: ResourceType, columns: readonly string[], body: JsonObject): readonly SqlValue[] {
  return columns.map((name) => {
    const property = type.property.get(name);
    return property === undefined ? null : toColumn(property, body[name]);
  });
}

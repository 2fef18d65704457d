import { firstRow, sql, type TransactionFunction, text } from './sql.ts';

/** Returns a small fact about the installation, or null. */
export function* getMeta(name: string): TransactionFunction<string | null> {
  const row = yield* firstRow(sql('SELECT value FROM kamado_meta WHERE name = ?', name));
  return row === undefined ? null : text(row, 'value');
}

/** Stores a small fact about the installation. */
export function* setMeta(name: string, value: string): TransactionFunction<void> {
  yield sql(
    'INSERT INTO kamado_meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
    name,
    value,
  );
}

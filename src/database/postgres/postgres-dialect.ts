import { type Dialect, sql } from '../sql.ts';

/** The channel that notifies of commits that queued an event. */
export const CHANNEL = 'kamado_events';

/** The SQL of PostgreSQL. */
export const postgresDialect: Dialect = {
  name: 'postgresql',
  text: 'text COLLATE "C"',
  number: 'double precision',
  sequence: 'bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY',
  clustered: '',
  lockShared: ' FOR SHARE',
  lockExclusive: ' FOR UPDATE',
  contains: (column, isNumber) => {
    const text = isNumber ? `CAST(${column} AS text)` : column;
    return `strpos(lower(${text} COLLATE "C"), lower(CAST(? AS text) COLLATE "C")) > 0`;
  },
  nullsFirst: (direction) => (direction === 'ASC' ? ' NULLS FIRST' : ' NULLS LAST'),
  listFrom: (table) => `FROM kamado_resources k JOIN ${table} t ON k.type = ? AND k.id = t.id`,
  listId: 'k.id',
  announced: (insert) => `WITH queued AS (${insert} RETURNING 1) SELECT pg_notify('${CHANNEL}', '') FROM queued`,
  // An arbitrary lock number: 'kamado' as digits.
  lockInstallation: { ...sql('SELECT pg_advisory_xact_lock(526262636)'), use: 'schema' },
  columnsOf: (table) =>
    sql(
      `SELECT attname AS name FROM pg_attribute
       WHERE attrelid = to_regclass(quote_ident(?)) AND attnum > 0 AND NOT attisdropped`,
      table,
    ),
  indexesOf: (table) =>
    sql('SELECT indexname AS name FROM pg_indexes WHERE schemaname = current_schema() AND tablename = ?', table),
};

import { type Dialect, sql } from '../sql.ts';

/** The SQL of SQLite. */
export const sqliteDialect: Dialect = {
  name: 'sqlite',
  text: 'text',
  number: 'REAL',
  sequence: 'INTEGER PRIMARY KEY AUTOINCREMENT',
  clustered: ' WITHOUT ROWID',
  // There is one connection and one transaction at a time, so nothing needs a lock.
  lockShared: '',
  lockExclusive: '',
  contains: (column, isNumber) => `instr(lower(${isNumber ? shortNumber(column) : column}), lower(?)) > 0`,
  nullsFirst: () => '',
  // CROSS JOIN keeps that order of the tables. A row with large values is read as a whole to be found by its id, but
  // not to be skipped.
  listFrom: (table) => `FROM ${table} t CROSS JOIN kamado_resources k ON k.type = ? AND k.id = t.id`,
  listId: 't.id',
  announced: (insert) => insert,
  lockInstallation: null,
  columnsOf: (table) => sql('SELECT name FROM pragma_table_info(?)', table),
  indexesOf: (table) => sql(`SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = ?`, table),
};

/** A number as people write it: SQLite would write 500.0. */
function shortNumber(column: string): string {
  const whole = `CAST(${column} AS INTEGER)`;
  return `CAST(CASE WHEN ${column} = ${whole} THEN ${whole} ELSE ${column} END AS text)`;
}

import type { Storage } from '../kernel/index.ts';

/** A value in a statement or in a row. */
export type SqlValue = string | number | null;

/** A row by column name. */
export type SqlRow = { readonly [column: string]: SqlValue };

/** One SQL statement with '?' for each value. The text consists of checked names, never of input. */
export interface Statement {
  readonly text: string;
  readonly values: readonly SqlValue[];
  /**
   * 'hot': kept prepared, since there are few per type. 'once': the text depends on a request. 'schema': creates
   * tables, and has no time limit. 'begin': see `beginning`.
   */
  readonly use: 'hot' | 'once' | 'schema' | 'begin';
  /** Whether it is read before the transaction begins, to find out what the transaction is likely to write. */
  readonly ahead?: true;
}

/**
 * The isolation of a transaction from others, if several run at a time.
 * - 'rows': rows that it locks stay as they are; other rows that it reads may change.
 * - 'serializable': nothing that it reads changes, found or not; otherwise it is run again.
 * - 'alone': no other transaction writes resources meanwhile.
 */
export type Isolation = 'rows' | 'serializable' | 'alone';

export interface SqlResult {
  readonly rows: readonly SqlRow[];
  /** The number of rows that a write changed. */
  readonly changes: number;
}

/**
 * A transaction as a generator: it yields statements and receives their results, and can't wait for anything else. So
 * the same function serves SQLite, which runs many in one commit, and PostgreSQL, which waits for its network.
 */
export type TransactionFunction<Result> = Generator<Statement, Result, SqlResult>;

/** The differences between the two databases in the SQL of transaction functions. */
export interface Dialect {
  readonly name: 'sqlite' | 'postgresql';
  /** Column types. Text sorts by code point in both. */
  readonly text: string;
  readonly number: string;
  readonly sequence: string;
  /** Appended to CREATE TABLE: rows are stored in the order of the primary key. */
  readonly clustered: string;
  /** Appended to a SELECT: no other transaction may change, or mark, the rows until the commit. */
  readonly lockShared: string;
  readonly lockExclusive: string;
  /** A condition: the text (or number) of `column` contains the value, whatever the case of its ASCII letters. */
  readonly contains: (column: string, isNumber: boolean) => string;
  /** Appended to a direction: null sorts as the smallest value in both. */
  readonly nullsFirst: (direction: 'ASC' | 'DESC') => string;
  /**
   * The FROM clause of a list, with the table of the type as `t` and `kamado_resources` as `k`. The first value is the
   * type's id.
   */
  readonly listFrom: (table: string) => string;
  /** The id column that orders a list without sorting. */
  readonly listId: 't.id' | 'k.id';
  /** Returns an INSERT that notifies the listeners for events, in this and other processes, when it is committed. */
  readonly announced: (insert: string) => string;
  /** Taken before tables are made. null if there is only one process. */
  readonly lockInstallation: Statement | null;
  /** Returns the columns, and the indexes, of a table as `name`; no rows if there is no such table. */
  readonly columnsOf: (table: string) => Statement;
  readonly indexesOf: (table: string) => Statement;
}

/** The executor of transaction functions. */
export interface SqlDriver {
  readonly dialect: Dialect;
  /** Whether the storage is full. Absent if it never is. */
  readonly storage?: Storage;
  /**
   * Runs a transaction that writes. It is durable when the call resolves. It may be run again from its start after a
   * conflict.
   */
  readonly write: <Result>(transaction: () => TransactionFunction<Result>) => Promise<Result>;
  /** The same for a write that no request waits for: it may join the commit of another write that comes soon. */
  readonly writeSoon: <Result>(transaction: () => TransactionFunction<Result>) => Promise<Result>;
  /** Runs a transaction that only reads, on one consistent state. */
  readonly read: <Result>(transaction: () => TransactionFunction<Result>) => Promise<Result>;
  /** The same, cheaper, for a transaction of one statement. */
  readonly readOne: <Result>(transaction: () => TransactionFunction<Result>) => Promise<Result>;
  /** Calls `listener` after each commit that may have queued an event, in this or another process. */
  readonly onCommit: (listener: () => void) => () => void;
  readonly close: () => Promise<void>;
}

/** The violation of a constraint of the database: the backstop behind the checks of the transaction functions. */
export class ConstraintViolation extends Error {
  readonly constraint: string;

  /** @param constraint its name, or the columns; never values, which may be secrets */
  constructor(constraint: string) {
    super(`A constraint of the database was violated: ${constraint}`);
    this.name = 'ConstraintViolation';
    this.constraint = constraint;
  }
}

/** Makes a statement. */
export function sql(text: string, ...values: SqlValue[]): Statement {
  return { text, values, use: 'hot' };
}

/** Makes a statement whose text depends on a request: there are too many of them to keep prepared. */
export function sqlOnce(text: string, ...values: SqlValue[]): Statement {
  return { text, values, use: 'once' };
}

/** Makes a statement that creates tables. */
export function sqlSchema(text: string): Statement {
  return { text, values: [], use: 'schema' };
}

/**
 * Begins a transaction with the given isolation and locks. A transaction function yields it after the statements that
 * are read ahead, and before all others. Without it, a transaction begins in the usual way.
 * @param locks names that only one transaction holds at a time; it waits for them before it reads anything
 */
export function beginning(isolation: Isolation, locks: readonly string[]): Statement {
  return { text: isolation, values: locks, use: 'begin' };
}

/** Returns a transaction function whose statements run before the transaction begins. */
export function* ahead<Result>(transaction: TransactionFunction<Result>): TransactionFunction<Result> {
  let step = transaction.next();
  while (!step.done) step = transaction.next(yield { ...step.value, ahead: true });
  return step.value;
}

/** Quotes a name for SQL; names come from checked schemas. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** '?, ?, ?' for `count` values. */
export function placeholders(count: number): string {
  return Array.from({ length: count }, () => '?').join(', ');
}

/**
 * Values for an IN list, padded with the last one to a power of two, so that lists of any length need few statement
 * texts. There is at least one value.
 */
export function padded(values: readonly SqlValue[]): readonly SqlValue[] {
  const size = 2 ** Math.ceil(Math.log2(values.length));
  return [...values, ...Array.from({ length: size - values.length }, () => values.at(-1) ?? null)];
}

/** Yields a statement and returns its rows. */
export function* rows(statement: Statement): TransactionFunction<readonly SqlRow[]> {
  return (yield statement).rows;
}

/** The first rows whose `bytes` columns add up to at most `mostBytes`: at least one row, if there are any. */
export function rowsWithin(mostBytes: number, found: readonly SqlRow[]): readonly SqlRow[] {
  let bytes = 0;
  const end = found.findIndex((row) => {
    bytes += number(row, 'bytes');
    return bytes > mostBytes;
  });
  return end < 0 ? found : found.slice(0, Math.max(end, 1));
}

/** Yields a statement and returns its first row, or undefined. */
export function* firstRow(statement: Statement): TransactionFunction<SqlRow | undefined> {
  return (yield statement).rows[0];
}

/** The text in a column; '' if it holds none. */
export function text(row: SqlRow, column: string): string {
  const value = row[column];
  return typeof value === 'string' ? value : '';
}

/** The number in a column; 0 if it holds none. */
export function number(row: SqlRow, column: string): number {
  return Number(row[column] ?? 0);
}

/** Returns text from outside as both databases accept it: PostgreSQL has no NUL. */
export function storableText(value: string): string {
  return value.replaceAll('\0', '\uFFFD');
}

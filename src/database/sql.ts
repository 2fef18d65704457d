import type { Storage } from '../kernel/index.ts';

/** A value that goes into a statement or comes out of a row. */
export type SqlValue = string | number | null;

/** A row by column name. */
export type SqlRow = { readonly [column: string]: SqlValue };

/** One SQL statement with '?' for each value. The text is made of names that were checked, never of input. */
export interface Statement {
  readonly text: string;
  readonly values: readonly SqlValue[];
  /**
   * 'hot' ones are kept prepared: there are few of them per type. 'once': a request decides what the text is.
   * 'schema': makes tables, and takes as long as it takes. 'begin': see `beginning`.
   */
  readonly use: 'hot' | 'once' | 'schema' | 'begin';
  /** Whether it is read before the transaction begins, to tell what that is likely to write. */
  readonly ahead?: true;
}

/**
 * How far a transaction is kept apart from others, where there are several at a time.
 * - 'rows': rows that it locks stay as they are; what it reads besides may change.
 * - 'serializable': nothing that it reads changes, found or not, or it is run again.
 * - 'alone': nobody else writes resources meanwhile.
 */
export type Isolation = 'rows' | 'serializable' | 'alone';

export interface SqlResult {
  readonly rows: readonly SqlRow[];
  /** Rows that a write changed. */
  readonly changes: number;
}

/**
 * A transaction as a generator: it yields statements and is sent their results, and can't wait on anything else. So one
 * text of it serves SQLite, which runs many in one commit, and PostgreSQL, which waits for its network.
 */
export type TransactionFunction<Result> = Generator<Statement, Result, SqlResult>;

/** What differs between the two databases in the SQL that units speak. */
export interface Dialect {
  readonly name: 'sqlite' | 'postgresql';
  /** Column types. Text sorts by code point in both. */
  readonly text: string;
  readonly number: string;
  readonly sequence: string;
  /** Appended to CREATE TABLE: rows lie in the order of the primary key. */
  readonly clustered: string;
  /** Appended to a SELECT: nobody else may change, or mark, the rows until the commit. */
  readonly lockShared: string;
  readonly lockExclusive: string;
  /** A condition: the text (or number) of `column` holds the value, whatever the case of its ASCII letters. */
  readonly contains: (column: string, isNumber: boolean) => string;
  /** Appended to a direction: null sorts as the smallest value in both. */
  readonly nullsFirst: (direction: 'ASC' | 'DESC') => string;
  /** FROM of a list, with the table of the type as `t` and `kamado_resources` as `k`; the first value is the type's id. */
  readonly listFrom: (table: string) => string;
  /** The id by which a list is in order without sorting. */
  readonly listId: 't.id' | 'k.id';
  /** An INSERT that tells whoever waits for events, here and in other processes, when it is committed. */
  readonly announced: (insert: string) => string;
  /** Taken first by whoever makes tables; null where there is one process. */
  readonly lockInstallation: Statement | null;
  /** `name` of the columns, and of the indexes, of a table; none where there is no such table. */
  readonly columnsOf: (table: string) => Statement;
  readonly indexesOf: (table: string) => Statement;
}

/** Runs units. */
export interface SqlDriver {
  readonly dialect: Dialect;
  /** Whether it is full; absent where it never is. */
  readonly storage?: Storage;
  /** Runs a unit that writes; durable when it resolves. The unit may be run again from its start after a conflict. */
  readonly write: <Result>(unit: () => TransactionFunction<Result>) => Promise<Result>;
  /** The same for what nobody waits for: it may join the commit of another write that comes soon. */
  readonly writeSoon: <Result>(unit: () => TransactionFunction<Result>) => Promise<Result>;
  /** Runs a unit that only reads, on one consistent state. */
  readonly read: <Result>(unit: () => TransactionFunction<Result>) => Promise<Result>;
  /** The same, cheaper, for a unit of one statement. */
  readonly readOne: <Result>(unit: () => TransactionFunction<Result>) => Promise<Result>;
  /** Calls back after each commit that may have queued an event, here or in another process. */
  readonly onCommit: (listener: () => void) => () => void;
  readonly close: () => Promise<void>;
}

/** A constraint of the database was violated: the backstop behind the units' own checks. */
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

/** Makes a statement whose text depends on a request: too many to keep. */
export function sqlOnce(text: string, ...values: SqlValue[]): Statement {
  return { text, values, use: 'once' };
}

/** Makes a statement that makes tables. */
export function sqlSchema(text: string): Statement {
  return { text, values: [], use: 'schema' };
}

/**
 * Begins a unit's transaction, where it isn't to begin as any other: yielded after what is read ahead, before all else.
 * @param locks names that no two transactions have at a time; they are waited for before this one sees anything
 */
export function beginning(isolation: Isolation, locks: readonly string[]): Statement {
  return { text: isolation, values: locks, use: 'begin' };
}

/** A unit whose statements are run before the transaction begins. */
export function* ahead<Result>(unit: TransactionFunction<Result>): TransactionFunction<Result> {
  let step = unit.next();
  while (!step.done) step = unit.next(yield { ...step.value, ahead: true });
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
 * Values for an IN list, filled up with the last one to a power of two: few texts of statements for lists of any length.
 * There is at least one.
 */
export function padded(values: readonly SqlValue[]): readonly SqlValue[] {
  const size = 2 ** Math.ceil(Math.log2(values.length));
  return [...values, ...Array.from({ length: size - values.length }, () => values.at(-1) ?? null)];
}

/** Yields a statement and returns its rows. */
export function* rows(statement: Statement): TransactionFunction<readonly SqlRow[]> {
  return (yield statement).rows;
}

/** The first rows, as many as `mostBytes` hold, which they say as `bytes`: one at least, if there are any. */
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

/** A column that holds text. */
export function text(row: SqlRow, column: string): string {
  const value = row[column];
  return typeof value === 'string' ? value : '';
}

/** A column that holds a number. */
export function number(row: SqlRow, column: string): number {
  return Number(row[column] ?? 0);
}

/** A text of somebody else as both databases take it: PostgreSQL knows no NUL. */
export function storableText(value: string): string {
  return value.replaceAll('\0', '\uFFFD');
}

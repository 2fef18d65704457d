import type { Storage } from '../../kernel/index.ts';
import type { KeyValue } from '../store.ts';

/** One line of the log: a key was put (entry), or deleted (null). */
export interface LogRecord {
  /** The position in the log; grows by one with each record. */
  readonly row: number;
  readonly revision: number;
  readonly key: string;
  readonly entry: KeyValue | null;
}

/**
 * The contents of a log, in order of rows: up to the compact revision only the entries that lived then, after it
 * everything.
 */
export interface LoadedLog {
  readonly compactRevision: number;
  readonly records: Iterable<LogRecord>;
}

/** Records that become durable together, or not at all. */
export interface LogBatch {
  readonly records: readonly LogRecord[];
  /** History to remove: the new compact revision, and the rows that are no longer needed. */
  readonly compaction: { readonly revision: number; readonly obsolete: readonly number[] } | null;
}

/** The storage of an embedded store's log. All calls come from one store, one after the other. */
export interface Persistence {
  /** Whether it has space; absent if it always has. */
  readonly storage?: Storage;
  /** Called once, first. Throws an error of the catalogue if the log can't be used. */
  readonly load: () => LoadedLog;
  /**
   * Returns when the batch is durable. After STORAGE_FULL nothing of it is written, and another batch may follow. After
   * any other error the store calls nothing but `close`.
   */
  readonly commit: (batch: LogBatch) => void;
  /**
   * Returns the value that a row put. The row is durable and not obsolete. Throws the driver's error if it can't be
   * read.
   */
  readonly read: (row: number) => string;
  readonly close: () => void;
}

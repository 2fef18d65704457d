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

/** What a log holds: in order of rows; up to the compact revision only what lived then, after it everything. */
export interface LoadedLog {
  readonly compactRevision: number;
  readonly records: Iterable<LogRecord>;
}

/** What is made durable together, or not at all. */
export interface LogBatch {
  readonly records: readonly LogRecord[];
  /** History that is forgotten: the new compact revision, and the rows that aren't needed any more. */
  readonly compaction: { readonly revision: number; readonly obsolete: readonly number[] } | null;
}

/** Where the log of an embedded store is kept. All calls come from one store, one after the other. */
export interface Persistence {
  /** Whether it has room; absent where it always has. */
  readonly storage?: Storage;
  /** Called once, first. Throws an error of the catalogue where the log can't be used. */
  readonly load: () => LoadedLog;
  /**
   * Returns when the batch is durable. After STORAGE_FULL nothing of it is written, and another one may follow; after
   * any other error the store asks for nothing more than `close`.
   */
  readonly commit: (batch: LogBatch) => void;
  /** The value that a row put; the row is durable and not obsolete. Throws the driver's error if it can't be read. */
  readonly read: (row: number) => string;
  readonly close: () => void;
}

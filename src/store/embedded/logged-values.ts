import { errorText, type KamadoError, kamadoError } from '../../kernel/index.ts';
import type { KeyValue } from '../store.ts';

/**
 * An entry whose value is left in the log. It must not leave the store: its row is removed when its history is
 * compacted.
 */
class LoggedEntry implements KeyValue {
  readonly key: string;
  readonly createRevision: number;
  readonly modRevision: number;
  readonly version: number;
  readonly lease: string | null;
  readonly #read: () => string;

  constructor({ key, createRevision, modRevision, version, lease }: KeyValue, read: () => string) {
    this.key = key;
    this.createRevision = createRevision;
    this.modRevision = modRevision;
    this.version = version;
    this.lease = lease;
    this.#read = read;
  }

  /** The value is read from the log each time. */
  get value(): string {
    return this.#read();
  }
}

/**
 * Returns the entry with its value in memory, for use outside of the store. Throws STORE_UNAVAILABLE if the log can't
 * be read.
 */
export function loaded(entry: KeyValue): KeyValue {
  return entry instanceof LoggedEntry ? { ...entry, value: entry.value } : entry;
}

/** The characters that are kept in memory: of a single value, and of all recent ones. */
export interface ValueBounds {
  readonly inlineCharacters: number;
  readonly recentCharacters: number;
}

/**
 * Leaves large values in the log, so that the memory of a store doesn't grow with them. Recently written or read ones
 * are kept: several watchers usually need the same ones.
 */
export class LoggedValues {
  /** Called with the error if a value can't be read. */
  onFailed: (error: KamadoError) => void = () => {};
  readonly #readRow: (row: number) => string;
  readonly #bounds: ValueBounds;
  /** Values by row, in the order of their use. */
  readonly #recent = new Map<number, string>();
  #recentCharacters = 0;

  constructor(readRow: (row: number) => string, bounds: ValueBounds) {
    this.#readRow = readRow;
    this.#bounds = bounds;
  }

  /** Returns the entry of a row in the log; without its value, if that is large. */
  entryOf(row: number, entry: KeyValue): KeyValue {
    if (entry.value.length <= this.#bounds.inlineCharacters) return entry;
    this.#keep(row, entry.value);
    return new LoggedEntry(entry, () => this.#value(row));
  }

  #value(row: number): string {
    const recent = this.#recent.get(row);
    if (recent !== undefined) return recent;
    const value = this.#read(row);
    this.#keep(row, value);
    return value;
  }

  #read(row: number): string {
    try {
      return this.#readRow(row);
    } catch (error) {
      const reason = `its log cannot be read (${errorText(error)}); it must be started again`;
      const failure = kamadoError('STORE_UNAVAILABLE', { reason }, { cause: error });
      this.onFailed(failure);
      throw failure;
    }
  }

  #keep(row: number, value: string): void {
    this.#recent.set(row, value);
    this.#recentCharacters += value.length;
    for (const [oldest, { length }] of this.#recent) {
      if (this.#recentCharacters <= this.#bounds.recentCharacters) return;
      this.#recent.delete(oldest);
      this.#recentCharacters -= length;
    }
  }
}

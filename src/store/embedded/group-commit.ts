import { errorText, isKamadoError, kamadoError, limits, type Runtime } from '../../kernel/index.ts';
import type { LogBatch, LogRecord, Persistence } from './persistence.ts';

interface Waiting {
  readonly settle: () => void;
  /** The group is not written. */
  readonly refuse: (error: Error) => void;
}

/** The callbacks of a group commit to its store. */
export interface GroupCommitEvents {
  /** Everything up to this group is durable. Called before the waiting requests are answered. */
  readonly onDurable: () => void;
  /** There is no space for the group, which has to be undone. Called before the waiting requests are answered. */
  readonly onRefused: (records: readonly LogRecord[]) => void;
  /** The log could not be written: the store is ahead of it, and unusable. */
  readonly onFailed: (error: Error) => void;
}

/** Makes the writes of one turn of the event loop durable together, and reveals none of them before. */
export class GroupCommit {
  readonly #persistence: Persistence;
  readonly #runtime: Runtime;
  readonly #events: GroupCommitEvents;
  #records: LogRecord[] = [];
  #waiting: Waiting[] = [];
  #turnPending = false;
  #failure: Error | null = null;

  constructor(persistence: Persistence, runtime: Runtime, events: GroupCommitEvents) {
    this.#persistence = persistence;
    this.#runtime = runtime;
    this.#events = events;
  }

  /** Whether there are writes that aren't durable yet. */
  get pending(): boolean {
    return this.#records.length > 0;
  }

  /** Throws if nothing can be accepted: after a failure, or if too many requests are waiting. */
  check(): void {
    if (this.#failure !== null) throw this.#failure;
    if (this.#waiting.length >= limits.storeQueueRequests) {
      throw kamadoError('OVERLOADED', { queue: 'the store', limit: limits.storeQueueRequests });
    }
  }

  /**
   * Adds records to the group, and resolves with `value` when everything written so far is durable. If there is no
   * space, a write is rejected with STORAGE_FULL, and a read is repeated by `again`.
   */
  add<Value>(records: readonly LogRecord[], value: Value, again?: () => Value): Promise<Value> {
    if (records.length === 0 && !this.pending) return Promise.resolve(value);
    for (const record of records) this.#records.push(record);
    if (!this.#turnPending) {
      this.#turnPending = true;
      this.#runtime.nextTurn(() => {
        this.#turnPending = false;
        this.flush();
      });
    }
    return new Promise((resolve, reject) => {
      const settle = () => resolve(value);
      const refuse = (error: Error) =>
        again === undefined || this.#failure !== null ? reject(error) : resolve(again());
      this.#waiting.push({ settle, refuse });
    });
  }

  /** Commits the group now. */
  flush(): void {
    const waiting = this.#waiting;
    const records = this.#records;
    this.#waiting = [];
    this.#records = [];
    const error = records.length === 0 ? this.#failure : this.commit({ records, compaction: null });
    if (error === null) this.#events.onDurable();
    else if (this.#failure === null) this.#events.onRefused(records);
    for (const { settle, refuse } of waiting) {
      if (error === null) settle();
      else refuse(error);
    }
  }

  /**
   * Commits a batch now. Returns STORAGE_FULL if there is no space for it, or the error that made the store unusable.
   */
  commit(batch: LogBatch): Error | null {
    if (this.#failure !== null) return this.#failure;
    try {
      this.#persistence.commit(batch);
      return null;
    } catch (error) {
      if (isKamadoError(error, 'STORAGE_FULL')) return error;
      const failure = commitError(error);
      this.fail(failure);
      return failure;
    }
  }

  /** Refuses everything from now on. */
  fail(error: Error): void {
    this.#failure = error;
    this.#events.onFailed(error);
  }
}

function commitError(error: unknown): Error {
  const reason = `its log cannot be written (${errorText(error)}); it must be started again`;
  return kamadoError('STORE_UNAVAILABLE', { reason }, { cause: error });
}

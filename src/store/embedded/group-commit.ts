import { errorText, kamadoError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import type { Runtime } from '../../kernel/runtime.ts';
import { sqliteCode, sqliteCodes } from '../../kernel/sqlite.ts';
import type { LogBatch, LogRecord, Persistence } from './persistence.ts';

interface Waiting {
  readonly settle: () => void;
  readonly fail: (error: Error) => void;
}

/** What the group commit asks of its store. */
export interface GroupCommitEvents {
  /** Everything up to this group is durable. Called before what waited for it is answered. */
  readonly onDurable: () => void;
  /** The log could not be written: the store is ahead of it, and of no use any more. */
  readonly onFailed: (error: Error) => void;
}

/** Makes what is written in one turn of the event loop durable in one go, and lets nobody see it before. */
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

  /** Whether something is written that isn't durable yet. */
  get pending(): boolean {
    return this.#records.length > 0;
  }

  /** Throws where nothing can be taken: after a failure, or where too much is waiting. */
  check(): void {
    if (this.#failure !== null) throw this.#failure;
    if (this.#waiting.length >= limits.storeQueueRequests) {
      throw kamadoError('OVERLOADED', { queue: 'the store', limit: limits.storeQueueRequests });
    }
  }

  /** Adds records to the group, and resolves with `value` when everything written so far is durable. */
  add<Value>(records: readonly LogRecord[], value: Value): Promise<Value> {
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
      this.#waiting.push({ settle: () => resolve(value), fail: reject });
    });
  }

  /** Commits the group now. */
  flush(): void {
    const waiting = this.#waiting;
    const records = this.#records;
    this.#waiting = [];
    this.#records = [];
    const durable = records.length === 0 || this.commit({ records, compaction: null });
    if (durable) this.#events.onDurable();
    const failure = this.#failure;
    for (const { settle, fail } of waiting) {
      if (durable || failure === null) settle();
      else fail(failure);
    }
  }

  /** Commits a batch now; false where that failed, and with it the store. */
  commit(batch: LogBatch): boolean {
    if (this.#failure !== null) return false;
    try {
      this.#persistence.commit(batch);
      return true;
    } catch (error) {
      this.fail(commitError(error));
      return false;
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
  return sqliteCode(error) === sqliteCodes.FULL
    ? kamadoError('STORE_FULL', { reason }, { cause: error })
    : kamadoError('STORE_UNAVAILABLE', { reason }, { cause: error });
}

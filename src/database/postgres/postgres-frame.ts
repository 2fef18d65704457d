import { createHash } from 'node:crypto';
import { limits } from '../../kernel/index.ts';
import type { Isolation, SqlValue, Statement } from '../sql.ts';

/** The control statements around a transaction. Each is one text for the server, and has one answer. */
export interface Frame {
  readonly isolation: Isolation;
  readonly begin: string;
  readonly commit: string;
  /** Sent after a statement that failed. */
  readonly rollback: string;
  /**
   * Sent after the transaction function itself throws. It ends with a commit, so that the database checks what was
   * read: an error must not rest on data that never was committed.
   */
  readonly refuse: string;
  /** Sent after a failed commit, which ended the transaction; '' if nothing is left to release. */
  readonly release: string;
}

// The full text, since a server can have other defaults.
const READ_COMMITTED = 'BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE';
const SERIALIZABLE = 'BEGIN ISOLATION LEVEL SERIALIZABLE READ WRITE';

// LOCK TABLE takes no snapshot: the next statement sees the writes of the transactions that it waited for.
const AMONG_OTHERS = 'LOCK TABLE kamado_resources IN ROW SHARE MODE';
const ALONE = 'LOCK TABLE kamado_resources IN EXCLUSIVE MODE';

/** The frame of a transaction that only reads, on one consistent state. */
export const readFrame = framed('rows', 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY', []);

/** The frame of a usual transaction. */
const usual = framed('rows', READ_COMMITTED, []);

/**
 * Returns the frame of a transaction that begins with this statement (see `beginning`); null: the usual frame. A
 * transaction that has lost several conflicts runs alone: it waits for running ones, and new ones wait for it.
 */
export function frameOf(beginning: Statement | null, attempt: number): Frame {
  if (beginning === null) return usual;
  const { text: isolation, values: names } = beginning;
  const isTooMuch = attempt > limits.databaseSharedAttempts || names.length > limits.databaseLocksAhead;
  if (isolation === 'alone' || isTooMuch) return framed('alone', `${READ_COMMITTED}; ${ALONE}`, []);
  if (isolation === 'serializable') {
    const frame = framed(isolation, `${SERIALIZABLE}; ${AMONG_OTHERS}; SAVEPOINT nothing_written`, names);
    return { ...frame, refuse: `ROLLBACK TO SAVEPOINT nothing_written; ${frame.commit}` };
  }
  return names.length === 0 ? usual : framed('rows', READ_COMMITTED, names);
}

/** Locks belong to the session: they are taken before the transaction has a snapshot, and released after it. */
function framed(isolation: Isolation, begin: string, names: readonly SqlValue[]): Frame {
  const [commit, rollback] = ['COMMIT', 'ROLLBACK'];
  if (names.length === 0) return { isolation, begin, commit, rollback, refuse: rollback, release: '' };
  const numbers = [...new Set(names.map((name) => lockNumber(String(name))))].sort();
  const lock = `SELECT pg_advisory_lock(number) FROM unnest('{${numbers.join()}}'::bigint[]) AS number`;
  const release = 'SELECT pg_advisory_unlock_all()';
  return {
    isolation,
    begin: `BEGIN; ${lock}; COMMIT; ${begin}`,
    commit: `${commit}; ${release}`,
    rollback: `${rollback}; ${release}`,
    refuse: `${rollback}; ${release}`,
    release,
  };
}

/** The 64-bit number of a lock name. Two names with the same number only wait for each other. */
function lockNumber(name: string): string {
  return createHash('sha256').update(name).digest().readBigInt64BE().toString();
}

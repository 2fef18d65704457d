import { createHash } from 'node:crypto';
import { limits } from '../../kernel/index.ts';
import type { Isolation, SqlValue, Statement } from '../sql.ts';

/** What stands around the statements of a transaction. Each is one text for the server, and one answer. */
export interface Frame {
  readonly isolation: Isolation;
  readonly begin: string;
  readonly commit: string;
  /** After a statement that failed. */
  readonly rollback: string;
  /** After a refusal by the unit itself: what it has read counts, so that it is not refused by what never was. */
  readonly refuse: string;
  /** After a commit that failed, which ended the transaction; '' where nothing is left to do. */
  readonly release: string;
}

// Said in full, since a server can have other defaults.
const READ_COMMITTED = 'BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE';
const SERIALIZABLE = 'BEGIN ISOLATION LEVEL SERIALIZABLE READ WRITE';

// LOCK TABLE takes no snapshot: what comes after it sees what those have written that it waited for.
const AMONG_OTHERS = 'LOCK TABLE kamado_resources IN ROW SHARE MODE';
const ALONE = 'LOCK TABLE kamado_resources IN EXCLUSIVE MODE';

/** Of a transaction that only reads, on one state. */
export const readFrame = framed('rows', 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY', []);

/** Of a transaction that is like any other. */
const usual = framed('rows', READ_COMMITTED, []);

/**
 * The frame of a transaction that begins like that (see `beginning`), null as usual. One that has lost several times to
 * others goes alone: it waits for those that run, and those that come wait for it.
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

/** Locks are those of the session: they are taken before the transaction has a snapshot, and given back after it. */
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

/** The 64 bits that stand for a name: two names that share them only wait for each other. */
function lockNumber(name: string): string {
  return createHash('sha256').update(name).digest().readBigInt64BE().toString();
}

import pg from 'pg';
import { errorText, type FullStorage, type KamadoError, kamadoError, storageFull } from '../../kernel/index.ts';
import { ConstraintViolation } from '../sql.ts';

/**
 * A transaction lost a conflict with another one, over their reads and writes or by a deadlock: it can be run again.
 */
export class Conflict extends Error {}

const conflicts = [
  '40001', // serialization failure
  '40P01', // deadlock
  '53200', // out of memory for the reads of serializable transactions
];

const DISK_FULL = '53100';

/** The report that the server's disk is full. */
export function postgresFull(reason: string): FullStorage {
  return {
    what: 'database (PostgreSQL)',
    reason,
    remedy:
      'Free space on the disk of the server (docs/full.md). Waiting work continues by itself when there is space.',
  };
}

/** Classes of SQLSTATE (PostgreSQL, appendix A) that concern the server rather than a statement, and may pass. */
const passing = new Set([
  '08', // connection
  '25', // read only: a standby
  '28', // login
  '3D', // no such database
  '53', // out of connections or memory
  '55', // a lock was not available
  '57', // shutting down, starting
  '58', // I/O
]);

/**
 * Translates an error of PostgreSQL, or of the connection to it, for transactions. The message of a refused statement
 * can hold values of the row, so only the code is kept.
 */
export function translated(error: unknown): Error {
  if (!(error instanceof pg.DatabaseError)) return unavailable(error);
  const state = error.code ?? '';
  if (conflicts.includes(state)) return new Conflict(error.message);
  if (state.startsWith('23')) return new ConstraintViolation(error.constraint ?? state);
  if (state === DISK_FULL) return storageFull(postgresFull('its disk is full'), error);
  if (passing.has(state.slice(0, 2))) return unavailable(error);
  return new Error(`PostgreSQL refused a statement (SQLSTATE ${state}).`);
}

/** Returns DATABASE_UNAVAILABLE with the reason. */
export function unavailable(error: unknown): KamadoError {
  // A host with several addresses fails with one error for each.
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  return kamadoError('DATABASE_UNAVAILABLE', { reason: errorText(first) }, { cause: error });
}

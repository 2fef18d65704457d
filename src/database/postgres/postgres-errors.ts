import pg from 'pg';
import { errorText, type FullStorage, type KamadoError, kamadoError, storageFull } from '../../kernel/index.ts';
import { ConstraintViolation } from '../sql.ts';

/** A transaction lost to another one, by a conflict of what they read and write or a deadlock: it can be run again. */
export class Conflict extends Error {}

const conflicts = [
  '40001', // serialization failure
  '40P01', // deadlock
  '53200', // no room to note what serializable transactions have read
];

const DISK_FULL = '53100';

/** A server whose disk is full. */
export function postgresFull(reason: string): FullStorage {
  return {
    what: 'database (PostgreSQL)',
    reason,
    remedy: 'Free space on the disk of the server (docs/full.md). What waits goes on by itself when there is room.',
  };
}

/** Classes of SQLSTATE (PostgreSQL, appendix A) that say what a server, not a statement, has: it may pass. */
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
 * What an error of PostgreSQL, or of the way to it, means for a unit. Messages of refused statements can hold values of
 * the row, so nothing but the code is kept of them.
 */
export function translated(error: unknown): Error {
  if (!(error instanceof pg.DatabaseError)) return unavailable(error);
  const state = error.code ?? '';
  if (conflicts.includes(state)) return new Conflict(error.message);
  if (state.startsWith('23')) return new ConstraintViolation(error.constraint ?? state);
  if (state === DISK_FULL) return storageFull(postgresFull('its disk has no room'), error);
  if (passing.has(state.slice(0, 2))) return unavailable(error);
  return new Error(`PostgreSQL refused a statement (SQLSTATE ${state}).`);
}

/** DATABASE_UNAVAILABLE with the reason. */
export function unavailable(error: unknown): KamadoError {
  // A host with several addresses fails with one error for each.
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  return kamadoError('DATABASE_UNAVAILABLE', { reason: errorText(first) }, { cause: error });
}

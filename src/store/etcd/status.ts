import type { ServiceError } from '@grpc/grpc-js';
import { status } from '@grpc/grpc-js';
import { errorText, type FullStorage, isKamadoError, kamadoError, storageFull } from '../../kernel/index.ts';

/** The texts of etcd about a token that is no longer valid: a new one helps. */
const TOKEN_DETAILS = [
  'etcdserver: invalid auth token',
  'etcdserver: revision of auth store is old',
  'etcdserver: user name is empty',
];

/** Whether an error is an answer of gRPC other than OK; `details` is etcd's own text. */
function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' && 'details' in error;
}

/**
 * Whether the server gave no answer about the request: it may or may not have executed it, and other members may
 * answer.
 */
export function isUnanswered(error: unknown): boolean {
  if (!isServiceError(error)) return false;
  switch (error.code) {
    case status.UNAVAILABLE:
    case status.DEADLINE_EXCEEDED:
    case status.CANCELLED:
    case status.INTERNAL:
    case status.UNKNOWN:
    case status.ABORTED:
      return true;
    default:
      return false;
  }
}

export function isTokenRefused(error: unknown): boolean {
  return isServiceError(error) && (error.code === status.UNAUTHENTICATED || TOKEN_DETAILS.includes(error.details));
}

export function hasDetails(error: unknown, details: string): boolean {
  return isServiceError(error) && error.details.includes(details);
}

/** Returns the error of the catalogue for an answer of etcd. */
export function storeError(error: unknown): Error {
  if (isKamadoError(error)) return error;
  if (!isServiceError(error) || isUnanswered(error)) return unavailable(reasonOf(error), error);
  if (error.code === status.RESOURCE_EXHAUSTED) {
    return hasDetails(error, 'space exceeded')
      ? storageFull(etcdFull(error.details), error)
      : unavailable(error.details, error);
  }
  return kamadoError('STORE_REFUSED', { reason: error.details }, { cause: error });
}

/** The report that etcd accepts no writes because it is full. */
export function etcdFull(reason: string): FullStorage {
  return {
    what: 'store (etcd)',
    reason,
    remedy:
      'Free space in etcd (etcdctl compact, etcdctl defrag, or a larger --quota-backend-bytes), then etcdctl alarm disarm; ' +
      'docs/full.md shows how. Waiting work continues by itself.',
  };
}

export function unavailable(reason: string, cause?: unknown): Error {
  return kamadoError('STORE_UNAVAILABLE', { reason }, { cause });
}

function reasonOf(error: unknown): string {
  return isServiceError(error) ? error.details : errorText(error);
}

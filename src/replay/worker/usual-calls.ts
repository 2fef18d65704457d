import type { JobAction } from '../../records/index.ts';
import type { CallKind } from './heat-recording.ts';

const kindOf: { readonly [Action in JobAction]: CallKind } = {
  create: 'POST',
  modify: 'PUT',
  delete: 'DELETE',
  logical_delete: 'DELETE',
};

/** The usual call of a job with this action. */
export function usualCall(action: JobAction): CallKind {
  return kindOf[action];
}

/** The status and reason of a stack after a successful call. */
export const doneAs: { readonly [Kind in CallKind]: readonly [status: string, reason: string] } = {
  POST: ['CREATE_COMPLETE', 'Stack CREATE completed successfully'],
  PUT: ['UPDATE_COMPLETE', 'Stack successfully updated'],
  PATCH: ['UPDATE_COMPLETE', 'Stack successfully updated'],
  DELETE: ['DELETE_COMPLETE', ''],
};

/** The status of a stack after a failed call. */
export const failedAs: { readonly [Kind in CallKind]: string } = {
  POST: 'CREATE_FAILED',
  PUT: 'UPDATE_FAILED',
  PATCH: 'UPDATE_FAILED',
  DELETE: 'DELETE_FAILED',
};

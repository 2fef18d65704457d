import type { JobAction } from '../../records/index.ts';
import type { CallKind } from './heat-recording.ts';

const kindOf: { readonly [Action in JobAction]: CallKind } = {
  create: 'POST',
  modify: 'PUT',
  delete: 'DELETE',
  logical_delete: 'DELETE',
};

/** The call that a job of this action makes, as a rule. */
export function usualCall(action: JobAction): CallKind {
  return kindOf[action];
}

/** What a stack is after a call that went well. */
export const doneAs: { readonly [Kind in CallKind]: readonly [status: string, reason: string] } = {
  POST: ['CREATE_COMPLETE', 'Stack CREATE completed successfully'],
  PUT: ['UPDATE_COMPLETE', 'Stack successfully updated'],
  PATCH: ['UPDATE_COMPLETE', 'Stack successfully updated'],
  DELETE: ['DELETE_COMPLETE', ''],
};

/** What it is after one that didn't. */
export const failedAs: { readonly [Kind in CallKind]: string } = {
  POST: 'CREATE_FAILED',
  PUT: 'UPDATE_FAILED',
  PATCH: 'UPDATE_FAILED',
  DELETE: 'DELETE_FAILED',
};

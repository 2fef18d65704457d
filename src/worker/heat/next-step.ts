import type { StackSummary } from '../../southbound/stack/index.ts';

/** The wanted state of a stack: that it matches the request of a revision, or that it is absent. */
export type Wanted = { readonly kind: 'present'; readonly revision: string } | { readonly kind: 'absent' };

/** The next step. */
export type Step = 'create' | 'update' | 'delete' | 'wait' | 'done' | 'failed';

/**
 * The next step from the current status, no matter which client caused it: an existing stack is updated rather than
 * created, and an absent one needs no deletion. So a job that starts again continues from where the job before it was
 * lost. Requests of other clients are waited for, until `isImpatient`.
 */
export function nextStep(stack: StackSummary | null, wanted: Wanted, isImpatient = false): Step {
  if (stack === null) return wanted.kind === 'absent' ? 'done' : 'create';
  return wanted.kind === 'absent' ? toBeAbsent(stack, isImpatient) : toBePresent(stack, wanted.revision, isImpatient);
}

function toBeAbsent({ action, progress }: StackSummary, isImpatient: boolean): Step {
  return action === 'DELETE' && progress === 'IN_PROGRESS' && !isImpatient ? 'wait' : 'delete';
}

function toBePresent({ action, progress, revision }: StackSummary, wanted: string, isImpatient: boolean): Step {
  const isOurs = revision === wanted && action !== 'DELETE';
  if (progress === 'IN_PROGRESS' && (isOurs || !isImpatient)) return 'wait';
  // A stack that is being removed, or whose removal failed, can't be updated.
  if (action === 'DELETE') return 'delete';
  // Other actions, such as a check or a suspension, don't change the revision.
  const isBuilt = action === 'CREATE' || action === 'UPDATE';
  if (!isBuilt || !isOurs) return 'update';
  return progress === 'COMPLETE' ? 'done' : 'failed';
}

import type { StackSummary } from '../../southbound/stack/index.ts';

/** What a job wants of a stack: that it is what the request of a revision says, or that it isn't there. */
export type Wanted = { readonly kind: 'present'; readonly revision: string } | { readonly kind: 'absent' };

/** What is to be done next. */
export type Step = 'create' | 'update' | 'delete' | 'wait' | 'done' | 'failed';

/**
 * What follows from what is there, whoever has made it: a stack that is there already is updated rather than created, one
 * that is absent needs no deletion. So a job that begins again goes on where the one before it was lost. What somebody
 * else has asked of the stack is waited for, until `isImpatient`.
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
  // What is removed, or could not be, can't be updated.
  if (action === 'DELETE') return 'delete';
  // What was done to it besides, as a check or a suspension, leaves the revision.
  const isBuilt = action === 'CREATE' || action === 'UPDATE';
  if (!isBuilt || !isOurs) return 'update';
  return progress === 'COMPLETE' ? 'done' : 'failed';
}

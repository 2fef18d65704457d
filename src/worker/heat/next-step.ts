import type { StackSummary } from '../../stack/stack.ts';

/** What a job wants of a stack: that it is what the request of a revision says, or that it isn't there. */
export type Wanted = { readonly kind: 'present'; readonly revision: string } | { readonly kind: 'absent' };

/** What is to be done next. */
export type Step = 'create' | 'update' | 'delete' | 'wait' | 'done' | 'failed';

/**
 * What follows from what is there, whoever has made it: a stack that is there already is updated rather than created, one
 * that is absent needs no deletion. So a job that begins again goes on where the one before it was lost.
 */
export function nextStep(stack: StackSummary | null, wanted: Wanted): Step {
  return wanted.kind === 'absent' ? toBeAbsent(stack) : toBePresent(stack, wanted.revision);
}

function toBeAbsent(stack: StackSummary | null): Step {
  if (stack === null) return 'done';
  const { action, progress } = stack;
  return action === 'DELETE' && progress === 'IN_PROGRESS' ? 'wait' : 'delete';
}

function toBePresent(stack: StackSummary | null, revision: string): Step {
  if (stack === null) return 'create';
  const { action, progress } = stack;
  if (progress === 'IN_PROGRESS') return 'wait';
  // What could not be removed can't be updated either.
  if (action === 'DELETE') return 'delete';
  // What was done to it besides, as a check or a suspension, leaves the revision.
  const isBuilt = action === 'CREATE' || action === 'UPDATE';
  if (!isBuilt || stack.revision !== revision) return 'update';
  return progress === 'COMPLETE' ? 'done' : 'failed';
}

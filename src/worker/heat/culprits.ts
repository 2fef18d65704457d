import type { StackEvent, StackSummary } from '../../southbound/stack/index.ts';

/** How many resources are named at most. */
const NAMED = 5;

/**
 * The resources of a stack on which it hangs or which failed, from its events, newest first: '' where they tell none.
 * Engines name them in the stack's own reason only where one has failed by itself, not where the time was up.
 */
export function culpritsOf(stack: StackSummary, events: readonly StackEvent[]): string {
  const last = new Map<string, StackEvent>();
  for (const event of events) {
    if (event.resource !== stack.name && !last.has(event.resource)) last.set(event.resource, event);
  }
  const unfinished = [...last.values()].filter(({ status }) => !status.endsWith('_COMPLETE'));
  return unfinished
    .slice(0, NAMED)
    .map(({ resource, status, reason }) => {
      const isTold = status.endsWith('_FAILED') && reason !== '';
      return isTold ? `${resource} is ${status}: ${reason}` : `${resource} is ${status}`;
    })
    .join('; ');
}

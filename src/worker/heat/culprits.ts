import type { StackEvent, StackSummary } from '../../southbound/stack/index.ts';

/** The largest number of named resources. */
const NAMED = 5;

/**
 * Names the resources of a stack that hang or failed, from its events, newest first: '' if the events name none.
 * Engines name them in the stack's own reason only if a resource failed by itself, not if the time was up.
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
      const hasReason = status.endsWith('_FAILED') && reason !== '';
      return hasReason ? `${resource} is ${status}: ${reason}` : `${resource} is ${status}`;
    })
    .join('; ');
}

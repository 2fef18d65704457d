import type { RequestEvent } from '../api/index.ts';

/** Events after the commit of a state or an observation. */
export const reportEvents = ['post_state_update', 'post_monitoring'] as const;
export type ReportEvent = (typeof reportEvents)[number];

/** The events of hooks outside of transactions. */
export const outsideEvents: readonly (RequestEvent | ReportEvent)[] = [
  'pre_create',
  'post_create',
  'pre_update',
  'post_update',
  'pre_delete',
  'post_delete',
  'pre_list',
  'post_list',
  'pre_show',
  'post_show',
  ...reportEvents,
];

/** Whether an event needs a type with versions: only such types receive states and observations. */
export function needsVersions(event: string): boolean {
  return event.includes('state_update') || event.includes('monitoring');
}

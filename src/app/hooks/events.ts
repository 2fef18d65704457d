import type { RequestEvent } from '../../api/request-hooks.ts';
import type { TransactionEvent } from '../../database/hooks.ts';

/** Events after the commit of a state or an observation. */
export const reportEvents = ['post_state_update', 'post_monitoring'] as const;
export type ReportEvent = (typeof reportEvents)[number];

/** What hooks outside of transactions can be for. */
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

/** What hooks inside of transactions can be for. */
export const insideEvents: readonly TransactionEvent[] = [
  'pre_create_in_transaction',
  'post_create_in_transaction',
  'pre_update_in_transaction',
  'post_update_in_transaction',
  'pre_delete_in_transaction',
  'post_delete_in_transaction',
  'pre_state_update_in_transaction',
  'post_state_update_in_transaction',
  'pre_monitoring_update_in_transaction',
  'post_monitoring_update_in_transaction',
];

/** States and observations come to types that have versions only. */
export function needsVersions(event: string): boolean {
  return event.includes('state_update') || event.includes('monitoring');
}

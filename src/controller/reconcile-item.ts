import { answerRequest, type StoredRequest } from './job-requests.ts';
import { type ReconcileContext, reconcile } from './reconcile.ts';
import { promoteIfFree, putBack, settleFinished, sweep } from './settle.ts';
import { trySuspects } from './suspects.ts';
import type { WorkItem } from './work-list.ts';
import type { Writes } from './writes.ts';

/** The knowledge for reconciling items. */
export interface ItemContext extends ReconcileContext {
  /** An operator's request about a job, by its key. */
  readonly request: (key: string) => StoredRequest | undefined;
}

/** Returns the writes that one item needs now, from the store's content; none if it needs nothing. */
export function reconcileItem(context: ItemContext, item: WorkItem): Writes {
  const settling = { ...context, views: context.jobs };
  switch (item.kind) {
    case 'resource':
      return reconcile(context, item.path);
    case 'finished':
      return settleFinished(settling, item.jobId);
    case 'promote':
      return promoteIfFree(settling, item.jobId);
    case 'putBack':
      return putBack(settling, item.jobId);
    case 'sweep':
      return sweep(settling, item.jobId);
    case 'request':
      return answerRequest(settling, context.request(item.key));
    case 'suspects':
      return trySuspects(settling);
  }
}

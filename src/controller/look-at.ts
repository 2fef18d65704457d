import type { Writes } from './enqueue.ts';
import { type ReconcileContext, reconcile } from './reconcile.ts';
import { promoteIfFree, putBack, settleFinished, sweep } from './settle.ts';
import type { WorkItem } from './work-list.ts';

/** What one thing needs now, from what the store holds; nothing where it needs nothing. */
export function lookAt(context: ReconcileContext, item: WorkItem): Writes {
  const settling = { model: context.model, views: context.jobs, resources: context.resources };
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
  }
}

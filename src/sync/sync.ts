import { keys } from '../records/index.ts';
import { campaign, type Term, together } from '../store/index.ts';
import { bindCluster } from './cluster.ts';
import { compareStore, mirrorEvents } from './event-writer.ts';
import { applyStates } from './state-reader.ts';
import type { SyncContext } from './sync-context.ts';

/** A running sync component. */
export interface Sync {
  readonly close: () => Promise<void>;
}

/**
 * Starts the sync component: it mirrors committed events to /config in order, and applies /state and /monitoring to the
 * database. One sync leads. `onFatal` is called with errors that no retry can correct (CLUSTER_MISMATCH).
 */
export function startSync(context: SyncContext, onFatal: (error: unknown) => void): Sync {
  const lead = async (term: Term): Promise<void> => {
    await bindCluster(context.store, context.database.clusterId);
    // States are applied after that: those in a store that has gone back may belong to resources that no longer exist.
    const compared = await compareStore(context, term);
    if (compared !== null) {
      await together(term, [(part) => mirrorEvents(context, part, compared), (part) => applyStates(context, part)]);
    }
    if (!term.ended.aborted) context.log.info({}, 'Another sync leads, or the store has gone back to an older state.');
  };
  return campaign({
    runtime: context.runtime,
    store: context.store,
    log: context.log,
    key: keys.syncLeader,
    value: JSON.stringify({ ProcessID: context.runtime.uuid() }),
    lead,
    onFatal,
  });
}

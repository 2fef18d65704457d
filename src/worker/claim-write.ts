import { errorText } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { sleep } from '../kernel/runtime.ts';
import { isTransient } from '../store/leadership.ts';
import type { Operation, Store } from '../store/store.ts';
import type { Claim } from './claim.ts';
import type { WorkerContext } from './worker.ts';

/**
 * Writes something about a claimed job; false where the claim is lost. A store that is away is waited for as long as the
 * claim holds. Written again after an answer that was lost, the operations have to give the same.
 */
export async function writeClaimed(
  { runtime, store, log }: WorkerContext,
  claim: Claim,
  operations: readonly Operation[],
  lost: AbortSignal,
): Promise<boolean> {
  for (let pauseMs: number = limits.reconnectFirstMs; !lost.aborted; ) {
    try {
      return await guarded(store, claim, operations);
    } catch (error) {
      if (!isTransient(error)) throw error;
      log.warn({ job: claim.job.id, reason: errorText(error) }, 'What is to be written waits for the store.');
      await sleep(runtime, pauseMs, lost);
      pauseMs = Math.min(pauseMs * 2, limits.reconnectLongestMs);
    }
  }
  return false;
}

// A finish that is written again after an answer that was lost changes nothing: the claim is gone with the first.
async function guarded(store: Store, claim: Claim, operations: readonly Operation[]): Promise<boolean> {
  return (await store.transact({ compare: [claim.guard], success: operations })).succeeded;
}

import { isRetryable, reconnecting, sleep, warnUnlessFull } from '../kernel/index.ts';
import { type Compare, holds, type Operation, oneKey, type Store } from '../store/index.ts';
import type { Claim } from './claim.ts';
import type { WorkerContext } from './worker-context.ts';

/**
 * Writes something about a claimed job; gives a revision at which it is written, or null if the claim is lost. A store
 * that is away is waited for as long as the claim holds. Written again after an answer that was lost, the operations
 * have to give the same; where something else may be written after them, `unwritten` holds only before they are.
 */
export async function writeClaimed(
  { runtime, store, log }: WorkerContext,
  claim: Claim,
  operations: readonly Operation[],
  lost: AbortSignal,
  unwritten?: Compare,
): Promise<number | null> {
  for (const pauses = reconnecting(); !lost.aborted; ) {
    try {
      return await guarded(store, claim, operations, unwritten);
    } catch (error) {
      if (!isRetryable(error)) throw error;
      warnUnlessFull(log, error, { job: claim.job.id }, 'What is to be written waits for the store.');
      await sleep(runtime, pauses.nextMs(), lost);
    }
  }
  return null;
}

// A finish that is written again after an answer that was lost changes nothing: the claim is gone with the first.
async function guarded(
  store: Store,
  { guard }: Claim,
  operations: readonly Operation[],
  unwritten: Compare | undefined,
): Promise<number | null> {
  const { succeeded, revision, results } = await store.transact({
    compare: unwritten === undefined ? [guard] : [guard, unwritten],
    success: operations,
    failure: [{ type: 'get', range: oneKey(guard.key) }],
  });
  if (succeeded) return revision;
  const [working] = results;
  const isOurs = working?.type === 'get' && holds(working.entries[0] ?? null, guard);
  return isOurs ? revision : null;
}

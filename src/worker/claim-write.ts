import { isRetryable, reconnecting, sleep, warnUnlessFull } from '../kernel/index.ts';
import { type Compare, holds, type Operation, oneKey, type Store } from '../store/index.ts';
import type { Claim } from './claim.ts';
import type { WorkerContext } from './worker-context.ts';

/**
 * Writes operations for a claimed job. Returns a revision at which they are written, or null if the claim is lost.
 * Waits for an unavailable store as long as the claim holds. The operations must be idempotent, since they are written
 * again if an answer was lost. If other operations may be written after them, `unwritten` must hold only before these
 * are written.
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
      warnUnlessFull(log, error, { job: claim.job.id }, 'A write about a job waits for the store.');
      await sleep(runtime, pauses.nextMs(), lost);
    }
  }
  return null;
}

// Writing a finish again after a lost answer changes nothing: the first write removed the claim.
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

import { errorText, isKamadoError, type Log, type Runtime, sleep, waitingForSpace } from '../kernel/index.ts';

/**
 * Repeats a write for which there is no space, with growing pauses, until there is: failed attempts write nothing.
 * Returns null if `signal` aborts before. Attempts are logged at level debug only: the full storage itself is logged by
 * its gauge.
 */
export async function whenSpaceIsFree<Result>(
  { runtime, log }: { readonly runtime: Runtime; readonly log: Log },
  signal: AbortSignal,
  write: () => Promise<Result>,
): Promise<Result | null> {
  for (const pauses = waitingForSpace(); !signal.aborted; ) {
    try {
      return await write();
    } catch (error) {
      if (!isKamadoError(error, 'STORAGE_FULL')) throw error;
      const pauseMs = pauses.nextMs();
      log.debug({ reason: errorText(error), pauseMs }, 'A write waits for space.');
      await sleep(runtime, pauseMs, signal);
    }
  }
  return null;
}

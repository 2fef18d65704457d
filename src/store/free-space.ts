import { errorText, isKamadoError, type Log, type Runtime, sleep, waitingForSpace } from '../kernel/index.ts';

/**
 * Repeats a write for which there is no room, with growing pauses, until there is: nothing of it was written. Null where
 * `signal` aborts before. The log isn't told of each attempt: that something is full is told by what is.
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
      log.debug({ reason: errorText(error), pauseMs }, 'A write waits for room.');
      await sleep(runtime, pauseMs, signal);
    }
  }
  return null;
}

import { isKamadoError, pauseAfter, sleep } from '../kernel/index.ts';
import type { HandlerRetry } from '../schema/index.ts';
import { attempt, claimLost, type GivenUp, type JobPlace, type Outcome } from './attempt.ts';
import { attemptOperations, type Claim, isRecordUnchanged } from './claim.ts';
import { writeClaimed } from './claim-write.ts';
import type { Handler } from './handler.ts';
import type { WorkerContext } from './worker-context.ts';

/** The outcome of the last try, and the claim at that time. */
export interface LastTry {
  readonly outcome: Outcome | GivenUp;
  readonly claim: Claim;
}

/**
 * Runs the handler, and after a failure again, as often as the schema says
 * (`docs/decisions/0011-retry-in-the-worker.md`). The claim is kept in the pauses, the slot isn't. Returns the outcome
 * of the last try.
 */
export async function runWithRetries(
  context: WorkerContext,
  handler: Handler,
  claim: Claim,
  place: JobPlace,
  lost: AbortSignal,
): Promise<LastTry> {
  for (let current = claim; ; ) {
    const outcome = await attempt(context, handler, current, place, lost);
    const { retry, failures } = current;
    if (outcome.kind !== 'failed' || retry === null || failures >= retry.attempts) {
      return { outcome, claim: current };
    }
    const pauseMs = pauseBefore(retry, failures);
    const log = context.log.child({ job: claim.job.id });
    log.warn({ reason: outcome.error, failures: failures + 1, pauseMs }, 'A try failed; the job is tried again.');
    const prepared = await prepare(context, current, place, lost, pauseMs);
    if (prepared === 'noSpace') return { outcome, claim: current };
    if (prepared === 'claimLost') return { outcome: claimLost, claim: current };
    current = prepared;
  }
}

function failedOnce(claim: Claim): Claim {
  return { ...claim, attempt: claim.attempt + 1, failures: claim.failures + 1 };
}

/** The pause after a failure, by the number of earlier failures: twice as long each time. */
function pauseBefore({ firstDelayMs, longestDelayMs }: HandlerRetry, failures: number): number {
  return pauseAfter(failures, { firstMs: firstDelayMs, longestMs: longestDelayMs });
}

/** Records the failure, so that it survives a crash, and waits without a slot. Returns the claim for the next try. */
async function prepare(
  context: WorkerContext,
  claim: Claim,
  { slot, onSuspended, closing }: JobPlace,
  lost: AbortSignal,
  pauseMs: number,
): Promise<Claim | 'claimLost' | 'noSpace'> {
  try {
    return await slot.suspendDuring(async () => {
      onSuspended();
      const next = failedOnce(claim);
      const unwritten = isRecordUnchanged(claim);
      const recordRevision = await writeClaimed(context, next, attemptOperations(next), lost, unwritten);
      if (recordRevision === null) return 'claimLost';
      await sleep(context.runtime, pauseMs, AbortSignal.any([lost, closing]));
      return { ...next, recordRevision };
    });
  } catch (error) {
    // If too many jobs wait already, the job fails without another try.
    if (isKamadoError(error, 'OVERLOADED')) return 'noSpace';
    throw error;
  }
}

import { errorText } from '../kernel/index.ts';
import type { Operation } from '../store/index.ts';
import { closingDown, type JobPlace, type Outcome } from './attempt.ts';
import { type Claim, claimJob, finishOperations, giveBackOperations, type JobEnd, resultOperations } from './claim.ts';
import { writeClaimed } from './claim-write.ts';
import type { Handler } from './handler.ts';
import { type ReadyJob, readReadyJob } from './ready-jobs.ts';
import { runWithRetries } from './retry.ts';
import type { WorkerContext } from './worker-context.ts';

/**
 * Runs one job from claim to finish. The claim has a lease of its own, and the job's transactions succeed as long as
 * the lease holds. If it is lost, nothing is reported: another worker has the job by then.
 */
export async function runJob(
  context: WorkerContext,
  handler: Handler,
  ready: ReadyJob,
  place: JobPlace,
): Promise<void> {
  const { store, model, runtime } = context;
  const log = context.log.child({ job: ready.jobId });
  const queued = ready.queued ?? (await readReadyJob(store, ready.jobId));
  if (queued === null) return;
  const lease = await place.leases.take();
  let isFree = false;
  try {
    const claim = await claimJob(store, model, { ...ready, queued }, lease, runtime.uuid());
    if (claim === null) {
      isFree = true;
      return;
    }
    log.debug({ attempt: claim.attempt }, 'Claimed.');
    const { outcome, claim: last } = await runWithRetries(context, handler, claim, place, lease.lost);
    if (outcome.kind === 'givenUp') {
      log.info({ reason: outcome.reason }, 'The job was given up.');
      // If the process fails, this job may be the cause; the lost claim tells the controller.
      const isInOrder = outcome === closingDown && context.failing?.aborted !== true;
      if (isInOrder) isFree = (await writeClaimed(context, last, giveBackOperations(last), lease.lost)) !== null;
      return;
    }
    isFree = await report(context, handler, claim, outcome, lease.lost);
    if (outcome.kind === 'failed') log.warn({ reason: outcome.error }, 'The job failed.');
    else log.debug({}, 'The job is done.');
  } finally {
    // Revoking a lease also deletes the keys that may still be attached to it.
    if (isFree) await place.leases.giveBack(lease);
    else await lease.close();
  }
}

/**
 * Writes the result, then the finish. Waits for an unavailable store as long as the claim holds. True if the finish was
 * written, which also ends the claim.
 */
async function report(
  context: WorkerContext,
  handler: Handler,
  claim: Claim,
  outcome: Outcome,
  lost: AbortSignal,
): Promise<boolean> {
  const write = async (of: Claim, became: Outcome): Promise<boolean> => {
    const end = endOf(handler, of, became);
    const operations = resultOf(handler, of, became, end);
    if (operations.length > 0 && (await writeClaimed(context, of, operations, lost)) === null) return false;
    return (await writeClaimed(context, of, finishOperations(of, end), lost)) !== null;
  };
  try {
    return await write(claim, outcome);
  } catch (unfit) {
    // A result that the store can't hold fails the job: another try would give the same.
    const error = outcome.kind === 'failed' ? outcome.error : errorText(unfit);
    return await write({ ...claim, jobState: {} }, { kind: 'failed', error });
  }
}

function endOf(handler: Handler, claim: Claim, outcome: Outcome): JobEnd {
  const { job, stateForm, jobState } = claim;
  return outcome.kind === 'done'
    ? { error: null, members: { ...jobState, ...outcome.jobState } }
    : { error: outcome.error, members: { ...jobState, ...handler.failedState?.(job, stateForm) } };
}

/** If a handler defines no state for a failure, the job state stays as it is. */
function resultOf(handler: Handler, claim: Claim, outcome: Outcome, { members }: JobEnd): readonly Operation[] {
  if (outcome.kind === 'done') return resultOperations(claim, members, outcome.stack);
  return handler.failedState === undefined ? [] : resultOperations(claim, members, null);
}

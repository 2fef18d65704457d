import { errorText, isKamadoError, kamadoError } from '../kernel/errors.ts';
import type { JsonObject } from '../kernel/json.ts';
import { limits } from '../kernel/limits.ts';
import { sleep } from '../kernel/runtime.ts';
import { isTransient } from '../store/leadership.ts';
import type { Operation, Store } from '../store/store.ts';
import { type Claim, claimJob, finishOperations, resultOperations } from './claim.ts';
import type { Handler, JobTools } from './handler.ts';
import type { ReadyJob } from './ready-jobs.ts';
import type { Slot } from './slots.ts';
import type { WorkerContext } from './worker.ts';

/** What became of a job: the members that it hands on, or why it failed. */
type Outcome =
  | { readonly kind: 'done'; readonly jobState: JsonObject }
  | { readonly kind: 'failed'; readonly error: string };

/** Nothing is said about the job: somebody else has it, or is to have it. */
interface GivenUp {
  readonly kind: 'givenUp';
  readonly reason: string;
}

/** The place in the worker where a job runs. */
export interface JobPlace {
  readonly slot: Slot;
  /** Called when the job waits without its slot. */
  readonly onParked: () => void;
  /** Aborts when the worker ends. */
  readonly closing: AbortSignal;
}

/**
 * One job from claim to finish. The claim has a lease of its own; while that holds, its three transactions do, and when
 * it is lost nothing is reported: somebody else has the job by then.
 */
export async function runJob(
  context: WorkerContext,
  handler: Handler,
  ready: ReadyJob,
  place: JobPlace,
): Promise<void> {
  const { store, model, runtime } = context;
  const log = context.log.child({ job: ready.queued.job.id });
  const lease = await store.lease(limits.claimLeaseMs);
  try {
    const claim = await claimJob(store, model, ready, lease, runtime.uuid());
    if (claim === null) return;
    log.debug({ attempt: claim.attempt }, 'Claimed.');
    const outcome = await attempt(context, handler, claim, place, lease.lost);
    if (outcome.kind === 'givenUp') {
      log.info({ reason: outcome.reason }, 'The job was given up.');
      return;
    }
    await report(context, claim, outcome, lease.lost);
    if (outcome.kind === 'failed') log.warn({ reason: outcome.error }, 'The job failed.');
    else log.debug({}, 'The job is done.');
  } finally {
    await lease.close();
  }
}

function toolsFor(context: WorkerContext, claim: Claim, { slot, onParked }: JobPlace, signal: AbortSignal): JobTools {
  return {
    runtime: context.runtime,
    log: context.log.child({ job: claim.job.id }),
    model: context.model,
    store: context.store,
    attempt: claim.attempt,
    template: () => {
      if (claim.template !== null) return claim.template.body;
      throw kamadoError('TEMPLATE_NOT_FOUND', { template: claim.job.handler, type: claim.type.id });
    },
    signal,
    outsideSlot: (wait) =>
      slot.outside(() => {
        onParked();
        return wait();
      }),
  };
}

/** Runs the handler. It ends when that does, when it took too long, and at once when the worker ends. */
async function attempt(
  context: WorkerContext,
  handler: Handler,
  claim: Claim,
  place: JobPlace,
  lost: AbortSignal,
): Promise<Outcome | GivenUp> {
  if (place.closing.aborted) return closingDown;
  const { runtime } = context;
  const over = new AbortController();
  const signal = AbortSignal.any([lost, place.closing, over.signal]);
  const tools = toolsFor(context, claim, place, signal);
  const late = sleep(runtime, limits.handlerTimeoutMs, over.signal).then((): Outcome => {
    return { kind: 'failed', error: errorText(kamadoError('JOB_TIMEOUT', { timeoutMs: limits.handlerTimeoutMs })) };
  });
  try {
    const outcome = await Promise.race([outcomeOf(handler, claim, tools), late, untilClosing(place.closing, signal)]);
    if (lost.aborted) return { kind: 'givenUp', reason: 'its claim was lost' };
    // What failed while the worker ends may have failed because of that.
    return outcome.kind === 'failed' && place.closing.aborted ? closingDown : outcome;
  } finally {
    over.abort();
  }
}

const closingDown: GivenUp = { kind: 'givenUp', reason: 'the worker ends' };

/**
 * Resolves when the worker ends: what a handler then still does isn't waited for. It listens to the job's own `signal`,
 * which aborts with `closing`: thousands of jobs share that.
 */
function untilClosing(closing: AbortSignal, signal: AbortSignal): Promise<GivenUp> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (closing.aborted) resolve(closingDown);
    };
    signal.addEventListener('abort', look, { once: true });
    look();
  });
}

async function outcomeOf(handler: Handler, claim: Claim, tools: JobTools): Promise<Outcome | GivenUp> {
  try {
    return { kind: 'done', jobState: await handler.run(claim.job, tools) };
  } catch (error) {
    // The store is ours, not the resource's: its absence fails no job.
    if (isKamadoError(error, 'STORE_UNAVAILABLE')) return { kind: 'givenUp', reason: error.message };
    return { kind: 'failed', error: errorText(error) };
  }
}

/** Writes the result, then the finish. A store that is away is waited for as long as the claim holds. */
async function report(context: WorkerContext, claim: Claim, outcome: Outcome, lost: AbortSignal): Promise<void> {
  let error = outcome.kind === 'failed' ? outcome.error : null;
  let { jobState } = claim;
  if (outcome.kind === 'done') {
    try {
      const merged = { ...claim.jobState, ...outcome.jobState };
      if (!(await write(context, claim, resultOperations(claim, merged), lost))) return;
      jobState = merged;
    } catch (unfit) {
      // What a handler hands on and the store can't hold is a failure of the job: trying again gives the same.
      error = errorText(unfit);
    }
  }
  await write(context, claim, finishOperations(claim, jobState, error), lost);
}

async function write(
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
      log.warn({ job: claim.job.id, reason: errorText(error) }, 'A result waits for the store.');
      await sleep(runtime, pauseMs, lost);
      pauseMs = Math.min(pauseMs * 2, limits.reconnectLongestMs);
    }
  }
  return false;
}

// Written again after an answer that was lost, it changes nothing: then the claim is gone with the first.
async function guarded(store: Store, claim: Claim, operations: readonly Operation[]): Promise<boolean> {
  return (await store.transact({ compare: [claim.guard], success: operations })).succeeded;
}

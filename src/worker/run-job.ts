import { errorText, kamadoError } from '../kernel/errors.ts';
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
    const signal = AbortSignal.any([lease.lost, place.closing]);
    const tools = toolsFor(context, claim, place, signal);
    const outcome = await attempt(handler, claim, tools);
    if (signal.aborted) {
      log.info({}, 'The job was given up: its claim ended.');
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
    log: context.log,
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

async function attempt(handler: Handler, claim: Claim, tools: JobTools): Promise<Outcome> {
  try {
    return { kind: 'done', jobState: await handler.run(claim.job, tools) };
  } catch (error) {
    return { kind: 'failed', error: errorText(error) };
  }
}

/** Writes the result, then the finish. A store that is away is waited for as long as the claim holds. */
async function report(context: WorkerContext, claim: Claim, outcome: Outcome, lost: AbortSignal): Promise<void> {
  const failed = outcome.kind === 'failed';
  const jobState = failed ? claim.jobState : { ...claim.jobState, ...outcome.jobState };
  if (!failed && !(await write(context, claim, resultOperations(claim, jobState), lost))) return;
  await write(context, claim, finishOperations(claim, jobState, failed ? outcome.error : null), lost);
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

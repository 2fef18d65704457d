import { errorText, isKamadoError, type JsonObject, kamadoError, limits, sleep } from '../kernel/index.ts';
import type { StackRecord } from '../records/index.ts';
import type { Claim } from './claim.ts';
import type { ClaimLeases } from './claim-leases.ts';
import type { Handler, JobTools } from './handler.ts';
import { jobRedactor, redactedText } from './job-secrets.ts';
import type { Slot } from './slots.ts';
import type { WorkerContext } from './worker-context.ts';

/** The outcome of a job: the members that it hands on, or the error. */
export type Outcome =
  | { readonly kind: 'done'; readonly jobState: JsonObject; readonly stack: StackRecord | null }
  | { readonly kind: 'failed'; readonly error: string };

/** The worker reports nothing about the job: another worker has it, or is to have it. */
export interface GivenUp {
  readonly kind: 'givenUp';
  readonly reason: string;
}

/** The worker's resources for a running job. */
export interface JobPlace {
  readonly slot: Slot;
  readonly leases: ClaimLeases;
  /** Called when the job waits without its slot. */
  readonly onSuspended: () => void;
  /** Aborts when the worker ends. */
  readonly closing: AbortSignal;
}

/** The job is given back, because this worker ends. */
export const closingDown: GivenUp = { kind: 'givenUp', reason: 'the worker ends' };
export const claimLost: GivenUp = { kind: 'givenUp', reason: 'its claim was lost' };

/**
 * Runs the handler once. Resolves when the handler has ended, when it took longer than `limits.handlerTimeoutMs`, and
 * at once when the worker ends.
 */
export async function attempt(
  context: WorkerContext,
  handler: Handler,
  claim: Claim,
  place: JobPlace,
  lost: AbortSignal,
): Promise<Outcome | GivenUp> {
  if (place.closing.aborted) return closingDown;
  if (lost.aborted) return claimLost;
  const { runtime } = context;
  const over = new AbortController();
  const signal = AbortSignal.any([lost, place.closing, over.signal]);
  const tools = toolsFor(context, claim, place, signal);
  const late = sleep(runtime, limits.handlerTimeoutMs, over.signal).then((): Outcome => {
    return { kind: 'failed', error: errorText(kamadoError('JOB_TIMEOUT', { timeoutMs: limits.handlerTimeoutMs })) };
  });
  try {
    const outcome = await Promise.race([outcomeOf(handler, claim, tools), late, untilClosing(place.closing, signal)]);
    if (lost.aborted) return claimLost;
    // A failure while the worker ends may have been caused by that.
    return outcome.kind === 'failed' && place.closing.aborted ? closingDown : outcome;
  } finally {
    over.abort();
  }
}

function toolsFor(
  context: WorkerContext,
  claim: Claim,
  { slot, onSuspended }: JobPlace,
  signal: AbortSignal,
): Omit<JobTools, 'keepStack'> {
  return {
    runtime: context.runtime,
    log: context.log.child({ job: claim.job.id }),
    model: context.model,
    store: context.store,
    attempt: claim.attempt,
    failures: claim.failures,
    stateForm: claim.stateForm,
    secretParams: claim.secretParams ?? null,
    template: () => {
      if (claim.template !== null) return claim.template.body;
      throw kamadoError('TEMPLATE_NOT_FOUND', { template: claim.job.handler, type: claim.type.id });
    },
    signal,
    releaseSlot: (wait) =>
      slot.suspendDuring(() => {
        onSuspended();
        return wait();
      }),
  };
}

/**
 * Resolves when the worker ends; the rest of the handler's work isn't waited for. Listens to the job's own `signal`,
 * which aborts with `closing`, because thousands of jobs share that one.
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

async function outcomeOf(
  handler: Handler,
  claim: Claim,
  tools: Omit<JobTools, 'keepStack'>,
): Promise<Outcome | GivenUp> {
  let stack: StackRecord | null = null;
  const keepStack: JobTools['keepStack'] = (record) => {
    stack = record;
  };
  try {
    const jobState = await handler.run(claim.job, { ...tools, keepStack });
    return { kind: 'done', jobState, stack };
  } catch (error) {
    // The store isn't part of the resource: no job fails because it is unavailable or full.
    if (isKamadoError(error, 'STORE_UNAVAILABLE')) return { kind: 'givenUp', reason: error.message };
    if (isKamadoError(error, 'STORAGE_FULL')) return { kind: 'givenUp', reason: error.message };
    return { kind: 'failed', error: redactedText(error, jobRedactor(claim.job, tools)) };
  }
}

import { errorText, isKamadoError, isRetryable, limits, sleep, warnUnlessFull } from '../kernel/index.ts';
import { encodeHandler, handlerKey, keys } from '../records/index.ts';
import { follow, type KeyValue, type StoreEvent, withPrefix } from '../store/index.ts';
import { ClaimLeases } from './claim-leases.ts';
import type { Handler } from './handler.ts';
import { type ReadyJob, ReadyJobs } from './ready-jobs.ts';
import { runJob } from './run-job.ts';
import { type Slot, Slots } from './slots.ts';
import type { WorkerContext } from './worker-context.ts';

/** A running worker component. */
export interface Worker {
  /** Claims no more jobs, and gives back those in progress: another worker can claim them at once. */
  readonly close: () => Promise<void>;
}

/** A handler with its own jobs and slots: if it waits for a service that hangs, the other handlers continue. */
interface HandlerQueue {
  readonly handler: Handler;
  readonly ready: ReadyJobs;
  readonly slots: Slots;
}

/**
 * Starts the worker component: it claims jobs for its handlers, runs as many at a time as each handler has slots, and
 * reports the results.
 */
export function startWorker(context: WorkerContext): Worker {
  const { runtime, log, handlers } = context;
  const closing = new AbortController();
  const queues = handlers.map((handler): HandlerQueue => {
    const slots = new Slots(limits.workerSlots, limits.workerSuspendedJobs);
    return { handler, ready: new ReadyJobs(handler.name), slots };
  });
  const leases = new ClaimLeases(context.store);
  const running = new Set<Promise<void>>();

  const fill = (queue: HandlerQueue): void => {
    const { ready, slots } = queue;
    for (let slot = closing.signal.aborted ? null : slots.tryTake(); slot !== null; slot = slots.tryTake()) {
      const next = ready.shift();
      if (next === undefined) {
        slot.release();
        return;
      }
      start(queue, next, slot);
    }
  };

  const start = (queue: HandlerQueue, next: ReadyJob, slot: Slot): void => {
    const onSuspended = (): void => fill(queue);
    const run = runJob(context, queue.handler, next, { slot, leases, onSuspended, closing: closing.signal })
      .catch(async (error: unknown) => {
        const job = { job: next.jobId };
        if (isRetryable(error)) warnUnlessFull(log, error, job, 'A job could not be run yet.');
        else log.error({ ...job, reason: errorText(error) }, 'A job could not be run.');
        if (!isRetryable(error)) return;
        // A separate signal: many jobs may wait at once, and each would add a listener to the shared one.
        await sleep(runtime, limits.reconnectLongestMs, AbortSignal.any([closing.signal]));
        queue.ready.putBack(next);
      })
      .finally(() => {
        running.delete(run);
        slot.release();
        fill(queue);
      });
    running.add(run);
  };

  let declared = declareHandlers(context, closing.signal);
  let listed = false;
  const follower = {
    onSnapshot: (entries: readonly KeyValue[]) => {
      for (const { ready } of queues) ready.onSnapshot(entries);
      // A repeated list may be that of a store that has lost all its data.
      if (listed) declared = declared.then(() => declareHandlers(context, closing.signal));
      listed = true;
      queues.forEach(fill);
    },
    onEvents: (events: readonly StoreEvent[]) => {
      for (const { ready } of queues) ready.onEvents(events);
      queues.forEach(fill);
    },
  };
  const following = declared.then(() => follow(context, withPrefix(keys.jobs), follower, closing.signal));

  return {
    close: async () => {
      closing.abort();
      for (const { slots } of queues) slots.open();
      await following;
      await declared;
      await Promise.race([Promise.all(running), sleep(runtime, limits.shutdownMs)]);
      await leases.close().catch((error: unknown) => {
        log.warn({ reason: errorText(error) }, 'Unused leases could not be revoked; they expire.');
      });
    },
  };
}

/** Declares the abilities of the handlers to the controller, before any of their jobs is claimed. */
async function declareHandlers({ runtime, store, log, handlers }: WorkerContext, closing: AbortSignal): Promise<void> {
  while (!closing.aborted) {
    try {
      await store.transact({
        success: handlers.map(({ name, canModify }) => ({
          type: 'put',
          key: handlerKey(name),
          value: encodeHandler({ handler: name, canModify }),
        })),
      });
      return;
    } catch (error) {
      if (!isKamadoError(error)) throw error;
      warnUnlessFull(log, error, {}, 'The handlers could not be declared yet.');
      await sleep(runtime, limits.reconnectLongestMs, closing);
    }
  }
}

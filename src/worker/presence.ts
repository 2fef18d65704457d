import { errorText, limits, sleep } from '../kernel/index.ts';
import { encodeWorker, workerKey } from '../records/index.ts';
import type { Lease } from '../store/index.ts';
import type { WorkerContext } from './worker-context.ts';

/** A record in the store that a worker is alive. */
export interface Presence {
  readonly close: () => Promise<void>;
}

/**
 * Records in the store that a worker is alive, and its handlers. The record has a lease, which ends with the worker. So
 * a job that has to wait can be distinguished from one that no worker would claim.
 */
export function startPresence(context: WorkerContext): Presence {
  const closing = new AbortController();
  const running = keepPresence(context, closing.signal);
  return {
    close: async () => {
      closing.abort();
      await running;
    },
  };
}

async function keepPresence(context: WorkerContext, closing: AbortSignal): Promise<void> {
  const { runtime, log } = context;
  const key = workerKey(runtime.uuid());
  while (!closing.aborted) {
    try {
      await holdPresence(context, key, closing);
    } catch (error) {
      log.debug({ reason: errorText(error) }, 'The presence of the worker could not be recorded yet.');
    }
    if (!closing.aborted) await sleep(runtime, limits.reconnectLongestMs, closing);
  }
}

async function holdPresence({ store, handlers }: WorkerContext, key: string, closing: AbortSignal): Promise<void> {
  const lease = await store.lease(limits.claimLeaseMs);
  try {
    const value = encodeWorker(handlers.map(({ name }) => name));
    await store.transact({ success: [{ type: 'put', key, value, lease: lease.id }] });
    await untilOver(lease, closing);
  } finally {
    await lease.close();
  }
}

function untilOver({ lost }: Lease, closing: AbortSignal): Promise<void> {
  const over = AbortSignal.any([lost, closing]);
  return new Promise((resolve) => {
    if (over.aborted) resolve();
    else over.addEventListener('abort', () => resolve(), { once: true });
  });
}

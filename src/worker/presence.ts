import { errorText, limits, sleep } from '../kernel/index.ts';
import { encodeWorker, workerKey } from '../records/index.ts';
import type { Lease } from '../store/index.ts';
import type { WorkerContext } from './worker-context.ts';

/** What says in the store that a worker lives. */
export interface Presence {
  readonly close: () => Promise<void>;
}

/**
 * Says in the store that a worker lives, and which handlers it has: a record with a lease, which ends with the worker. So
 * a job that has to wait can be told from one that nobody would take.
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
      log.debug({ reason: errorText(error) }, 'That the worker lives could not be said yet.');
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

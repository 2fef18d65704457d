import { isRetryable, type Log, limits, type Runtime, reconnecting, sleep, warnUnlessFull } from '../kernel/index.ts';
import { type Compare, type Lease, oneKey, type Store } from './store.ts';

/** A term of leadership: the guard that every write of the leader compares, and the end of the term. */
export interface Term {
  /**
   * Holds only while the leader's key is the one that it created, so that a deposed leader's transactions fail. It
   * compares the lease: no other term has the same one, not even in another history of a store that has gone back.
   */
  readonly guard: Compare;
  /** Aborts when the lease is lost, the candidate stops, or `lead` has returned: nothing of a term survives it. */
  readonly ended: AbortSignal;
}

/** A candidate for leadership. */
export interface Candidate {
  /** Stops leading, gives the key back at once, and resolves when `lead` has returned. */
  readonly close: () => Promise<void>;
}

/**
 * Leads whenever the key is free. At most one candidate leads. `lead` runs for a term, and returns or throws when it
 * has ended. An error that isn't the store's is passed to `onFatal` and ends the candidacy.
 */
export function campaign(options: {
  readonly runtime: Runtime;
  readonly store: Store;
  readonly log: Log;
  readonly key: string;
  readonly value: string;
  readonly lead: (term: Term) => Promise<void>;
  readonly onFatal: (error: unknown) => void;
}): Candidate {
  const { runtime, store, log, key } = options;
  const closing = new AbortController();
  const pauses = reconnecting();

  const term = async (): Promise<void> => {
    const over = new AbortController();
    const lease = await store.lease(limits.leaderLeaseMs);
    try {
      if (!(await acquire(store, key, options.value, lease, closing.signal))) return;
      log.info({ key }, 'Leading.');
      const ended = AbortSignal.any([lease.lost, closing.signal, over.signal]);
      await options.lead({ guard: { key, target: 'lease', is: '=', value: lease.id }, ended });
    } finally {
      over.abort();
      await lease.close();
    }
  };

  const run = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      const beganMs = runtime.monotonicMs();
      try {
        await term();
      } catch (error) {
        if (!isRetryable(error)) {
          options.onFatal(error);
          return;
        }
        warnUnlessFull(log, error, { key }, 'Leadership was interrupted.');
      }
      // Terms that end as soon as they began must not follow each other without a pause.
      if (runtime.monotonicMs() - beganMs >= limits.leaderLeaseMs) pauses.reset();
      await sleep(runtime, pauses.nextMs(), closing.signal);
    }
  };

  const running = run();
  return {
    close: async () => {
      closing.abort();
      await running;
    },
  };
}

/**
 * Runs the parts of a term concurrently: when one of them returns or throws, the term ends for the others, too.
 * Resolves, or rejects with the thrown error, when all have returned.
 */
export async function together(term: Term, parts: readonly ((term: Term) => Promise<void>)[]): Promise<void> {
  const over = new AbortController();
  const shared: Term = { guard: term.guard, ended: AbortSignal.any([term.ended, over.signal]) };
  const results = await Promise.allSettled(parts.map((part) => part(shared).finally(() => over.abort())));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

/** Returns true once the key is created, false if the wait was aborted. */
async function acquire(store: Store, key: string, value: string, lease: Lease, closing: AbortSignal): Promise<boolean> {
  while (!closing.aborted && !lease.lost.aborted) {
    const result = await store.transact({
      compare: [{ key, target: 'createRevision', is: '=', value: 0 }],
      success: [{ type: 'put', key, value, lease: lease.id }],
      failure: [{ type: 'get', range: oneKey(key) }],
    });
    if (result.succeeded) return true;
    await untilDeleted(store, key, result.revision + 1, AbortSignal.any([closing, lease.lost]));
  }
  return false;
}

function untilDeleted(store: Store, key: string, fromRevision: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      watch.close();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const watch = store.watch(
      oneKey(key),
      { fromRevision },
      {
        onEvents: (events) => {
          if (events.some((event) => event.type === 'delete')) done();
        },
        // The missed event may have been the deletion: look again.
        onCompacted: done,
      },
    );
    signal.addEventListener('abort', done, { once: true });
    if (signal.aborted) done();
  });
}

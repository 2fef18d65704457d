import type { FastifyInstance } from 'fastify';
import type { Database } from '../database/index.ts';
import { errorText, kamadoError, limits, type Runtime, type Storage, storageFull } from '../kernel/index.ts';
import { keys } from '../records/index.ts';
import { oneKey, type Store } from '../store/index.ts';
import { JSON_TYPE } from './requests.ts';
import { serve } from './routes.ts';

/** What a room needs, and whether it answers: null where it does, else why not. */
type Check = () => Promise<string | null>;

/** Whoever watches over the process must not take a busy one for a dead one. */
const always = { work: { GET: 0 } };

/**
 * Serves /livez (the process answers) and /readyz (requests are taken). Writes go on while the store is away, since
 * their events wait in the database: that is 'degraded'. So is one that is full: reads and deletions go on. Without the
 * database nothing goes on: 503.
 */
export function serveHealth(
  fastify: FastifyInstance,
  { runtime, database, store }: { readonly runtime: Runtime; readonly database: Database; readonly store: Store },
): void {
  const checkDatabase = createCheck(runtime, () => database.getMeta('cluster'));
  const checkStore = createCheck(runtime, () => store.get(oneKey(keys.cluster), { keysOnly: true, limit: 1 }));
  const fullness = (storage: Storage | undefined): string | null => {
    storage?.refresh?.();
    return storage?.state.kind === 'readOnly' ? storageFull(storage.state).message : null;
  };

  serve(
    fastify,
    '/livez',
    {
      GET: async (_request, reply) => {
        reply.header('content-type', JSON_TYPE);
        return '{"status":"alive"}';
      },
    },
    always,
  );
  serve(
    fastify,
    '/readyz',
    {
      GET: async (_request, reply) => {
        const [databaseFault, storeFault] = await Promise.all([checkDatabase(), checkStore()]);
        if (databaseFault !== null) throw kamadoError('DATABASE_UNAVAILABLE', { reason: databaseFault });
        reply.header('content-type', JSON_TYPE);
        const checks = {
          database: fullness(database.storage) ?? 'ok',
          store: storeFault ?? fullness(store.storage) ?? 'ok',
        };
        const status = checks.database === 'ok' && checks.store === 'ok' ? 'ready' : 'degraded';
        return JSON.stringify({ status, checks });
      },
    },
    always,
  );
}

/** A check that is asked for once at a time, and not again for a moment, however many ask. */
function createCheck(runtime: Runtime, ask: () => Promise<unknown>): Check {
  let asked: Promise<string | null> | undefined;
  return () => {
    if (asked === undefined) {
      const answer = ask().then(
        () => null,
        (error: unknown) => errorText(error),
      );
      const current = withTimeout(runtime, answer);
      asked = current;
      // A request that never ends must not be joined by more of its kind.
      void Promise.all([answer, current]).then(() => {
        runtime.after(limits.healthCacheMs, () => {
          asked = undefined;
        });
      });
    }
    return asked;
  };
}

function withTimeout(runtime: Runtime, answer: Promise<string | null>): Promise<string | null> {
  return new Promise((resolve) => {
    const timer = runtime.after(limits.healthTimeoutMs, () => resolve(`no answer in ${limits.healthTimeoutMs} ms`));
    void answer.then((fault) => {
      timer.cancel();
      resolve(fault);
    });
  });
}

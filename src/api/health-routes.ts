import type { FastifyInstance } from 'fastify';
import type { Database } from '../database/index.ts';
import { errorText, kamadoError, limits, type Runtime, type Storage, storageFull } from '../kernel/index.ts';
import { keys } from '../records/index.ts';
import { oneKey, type Store } from '../store/index.ts';
import { JSON_TYPE } from './requests.ts';
import { serve } from './routes.ts';

/** Checks a service that the API needs: resolves to null if it answers, else to the reason. */
type Check = () => Promise<string | null>;

/** Health requests need no share of the memory: a busy process must not be taken for a dead one. */
const always = { work: { GET: 0 } };

/**
 * Serves /livez (the process answers) and /readyz (requests are accepted). Without the store, writes are still
 * accepted, since their events wait in the database: the status is 'degraded'. It is also 'degraded' if a storage is
 * full, when reads and deletions are still served. Without the database nothing is served: 503.
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

/**
 * Wraps a check so that it runs only once at a time, and its result is reused for a moment, however many clients ask.
 */
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
      // A check that never ends must not be followed by more checks of its kind.
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

import type { Caller, Database } from '../database/index.ts';
import { kamadoError, limits } from '../kernel/index.ts';
import { type HookName, hookError } from './hook-errors.ts';
import { HookSecrets } from './hook-secrets.ts';
import type { HookFunction } from './loaded-hooks.ts';
import { type HookContext, runInTransaction } from './transaction-run.ts';

/** The context of hooks outside of transactions. */
export interface OutsideContext extends HookContext {
  readonly database: Pick<Database, 'transaction'>;
  /** `limits.hookTimeoutMs` if absent. */
  readonly timeoutMs?: number;
}

/**
 * Runs a hook outside of transactions, for a limited time. After that its signal aborts, for the work that it began,
 * and no further transaction of it begins. Returns its result, unchecked.
 * @throws HOOK_REFUSED, HOOK_FAILED, HOOK_TIMED_OUT, and the errors of its transactions
 */
export async function runOutside(
  context: OutsideContext,
  name: HookName,
  caller: Caller,
  hook: HookFunction,
  argument: object,
): Promise<unknown> {
  const { runtime, database, timeoutMs = limits.hookTimeoutMs } = context;
  const ended = new AbortController();
  const secrets = new HookSecrets();
  secrets.add(context.model.types.get(name.type), argument);
  const timedOut = (): Error => kamadoError('HOOK_TIMED_OUT', { ...name, timeoutMs });
  const transaction = async (work: unknown): Promise<unknown> => {
    if (ended.signal.aborted) throw timedOut();
    if (typeof work !== 'function') throw new TypeError('transaction takes a generator function');
    return await database.transaction(caller, (tx) =>
      runInTransaction(context, name, tx, secrets, (hooksTx) => work(hooksTx)),
    );
  };
  const run = async (): Promise<unknown> =>
    await hook({
      ...argument,
      caller,
      log: secrets.log(context.log.child({ ...name })),
      signal: ended.signal,
      transaction,
    });
  return await new Promise((resolve, reject) => {
    const timer = runtime.after(timeoutMs, () => {
      ended.abort();
      context.log.error({ ...name, timeoutMs }, 'A hook took too long.');
      reject(timedOut());
    });
    run().then(
      (result) => {
        timer.cancel();
        resolve(result);
      },
      (error: unknown) => {
        timer.cancel();
        // An error after its time is ended, mostly caused by the abort, is ignored.
        if (!ended.signal.aborted) reject(hookError(context, name, error, timeoutMs, secrets));
      },
    );
  });
}

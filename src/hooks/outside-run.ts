import type { Caller, Database } from '../database/index.ts';
import { kamadoError, limits } from '../kernel/index.ts';
import { type HookName, hookError } from './hook-errors.ts';
import { HookSecrets } from './hook-secrets.ts';
import type { HookFunction } from './loaded-hooks.ts';
import { type HookContext, runInTransaction } from './transaction-run.ts';

/** What hooks outside of transactions are run with. */
export interface OutsideContext extends HookContext {
  readonly database: Pick<Database, 'transaction'>;
  /** `limits.hookTimeoutMs` if absent. */
  readonly timeoutMs?: number;
}

/**
 * Runs a hook outside of transactions, for its time at most; what it began is then told so by its signal, and no
 * transaction of it begins any more. Gives what it returns, unchecked.
 * @throws HOOK_REFUSED, HOOK_FAILED, HOOK_TIMED_OUT, and what its transactions throw
 */
export async function runOutside(
  context: OutsideContext,
  name: HookName,
  caller: Caller,
  hook: HookFunction,
  reported: object,
): Promise<unknown> {
  const { runtime, database, timeoutMs = limits.hookTimeoutMs } = context;
  const over = new AbortController();
  const secrets = new HookSecrets();
  secrets.add(context.model.types.get(name.type), reported);
  const timedOut = (): Error => kamadoError('HOOK_TIMED_OUT', { ...name, timeoutMs });
  const transaction = async (work: unknown): Promise<unknown> => {
    if (over.signal.aborted) throw timedOut();
    if (typeof work !== 'function') throw new TypeError('transaction takes a generator function');
    return await database.transaction(caller, (tx) =>
      runInTransaction(context, name, tx, secrets, (hooksTx) => work(hooksTx)),
    );
  };
  const run = async (): Promise<unknown> =>
    await hook({
      ...reported,
      caller,
      log: secrets.log(context.log.child({ ...name })),
      signal: over.signal,
      transaction,
    });
  return await new Promise((resolve, reject) => {
    const timer = runtime.after(timeoutMs, () => {
      over.abort();
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
        // What it throws after its time is over, most often because of that, nobody hears.
        if (!over.signal.aborted) reject(hookError(context, name, error, timeoutMs, secrets));
      },
    );
  });
}

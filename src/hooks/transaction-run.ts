import type { Row, Transaction, TransactionFunction } from '../database/index.ts';
import { type Log, limits, type Runtime } from '../kernel/index.ts';
import type { Model, ResourceType } from '../schema/index.ts';
import { type HookName, hookError, hookFailed } from './hook-errors.ts';
import type { HookSecrets } from './hook-secrets.ts';
import { TimeLimitExceeded, withTimeLimit } from './time-limit.ts';
import { checkedPatch, renderedResource } from './values.ts';

/** The context of hooks. */
export interface HookContext {
  readonly runtime: Runtime;
  readonly log: Log;
  readonly model: Model;
}

/** A call that a hook makes on its transaction, carried out outside of the hook. An error of it ends the hook. */
class TransactionCall {
  readonly owner: object;
  readonly carryOut: () => TransactionFunction<void>;

  constructor(owner: object, carryOut: () => TransactionFunction<void>) {
    this.owner = owner;
    this.carryOut = carryOut;
  }
}

/** A call as hooks see it: `yield*` gives its result. */
type Call<Result> = Generator<TransactionCall, Result, unknown>;

function* call<Result>(owner: object, carryOut: () => TransactionFunction<Result>): Call<Result> {
  const results: Result[] = [];
  yield new TransactionCall(owner, function* () {
    results.push(yield* carryOut());
  });
  for (const result of results) return result;
  throw new Error('a call of a transaction was not carried out');
}

/** The transaction as a hook sees it: arguments are checked, and every call is carried out by `runInTransaction`. */
function hooksTransaction(
  { model }: HookContext,
  name: HookName,
  owner: object,
  tx: Transaction,
  secrets: HookSecrets,
) {
  const typeOf = (id: unknown): ResourceType => {
    const type = typeof id === 'string' ? model.types.get(id) : undefined;
    if (type?.routed !== true) throw hookFailed(name, 'it asks for a type that does not exist');
    return type;
  };
  const idOf = (id: unknown): string => {
    if (typeof id !== 'string') throw hookFailed(name, 'it gives an id that is not a text');
    return id;
  };
  const rowForHook = (row: Row): Row => {
    const type = typeOf(row.type);
    if (type.properties.some(({ secret }) => secret)) secrets.add(type, row.body);
    return { ...row, body: renderedResource(type, row.body) };
  };
  return {
    get: (type: unknown, id: unknown) =>
      call(owner, function* () {
        const row = yield* tx.get(typeOf(type).id, idOf(id));
        return row === null ? null : rowForHook(row);
      }),
    list: (type: unknown, where: unknown) =>
      call(owner, function* () {
        const fields = checkedPatch(typeOf(type), where, name, 'its filter');
        return (yield* tx.list(typeOf(type).id, fields)).map(rowForHook);
      }),
    create: (type: unknown, body: unknown) =>
      call(owner, function* () {
        return rowForHook(yield* tx.create(typeOf(type).id, checkedPatch(typeOf(type), body, name, 'its new row')));
      }),
    update: (type: unknown, id: unknown, patch: unknown) =>
      call(owner, function* () {
        const changes = checkedPatch(typeOf(type), patch, name, 'its update');
        return rowForHook(yield* tx.update(typeOf(type).id, idOf(id), changes));
      }),
    remove: (type: unknown, id: unknown) => call(owner, () => tx.remove(typeOf(type).id, idOf(id))),
  };
}

/**
 * Runs a hook inside of a transaction: a generator, resumed from call to call, or a plain function. Its own code may
 * take `limits.hookTransactionMs` in all; the calls do not count. Returns its result, unchecked.
 * @param secrets the secrets in its arguments, and in the rows that it reads
 * @throws HOOK_REFUSED, HOOK_FAILED, HOOK_TIMED_OUT, and the errors of its calls
 */
export function* runInTransaction(
  context: HookContext,
  name: HookName,
  tx: Transaction,
  secrets: HookSecrets,
  start: (tx: unknown) => unknown,
): TransactionFunction<unknown> {
  const owner = {};
  const limited = timeBudget(context, name, secrets);
  const started = limited(() => start(hooksTransaction(context, name, owner, tx, secrets)));
  if (!isGenerator(started)) return withoutWait(name, started);
  for (let calls = 0; ; calls++) {
    const { done, value } = limited(() => started.next());
    if (done === true) return withoutWait(name, value);
    if (!(value instanceof TransactionCall) || value.owner !== owner) {
      throw hookFailed(name, 'it yields something else than a call of its transaction: write yield* tx.…');
    }
    if (calls >= limits.hookStatements) throw hookFailed(name, `it makes more than ${limits.hookStatements} calls`);
    yield* value.carryOut();
  }
}

/** Returns a caller of functions that share a time limit. */
function timeBudget(
  context: HookContext,
  name: HookName,
  secrets: HookSecrets,
): <Result>(work: () => Result) => Result {
  const timeoutMs = limits.hookTransactionMs;
  let leftMs: number = timeoutMs;
  return (work) => {
    const startMs = context.runtime.monotonicMs();
    try {
      if (leftMs <= 0) throw new TimeLimitExceeded();
      return withTimeLimit(leftMs, work);
    } catch (error) {
      throw hookError(context, name, error, timeoutMs, secrets);
    } finally {
      leftMs -= context.runtime.monotonicMs() - startMs;
    }
  };
}

function isGenerator(value: unknown): value is Generator<unknown, unknown, unknown> {
  return isObject(value) && typeof value.next === 'function' && Symbol.iterator in value;
}

/** The result of a hook. @throws HOOK_FAILED if the hook is asynchronous */
function withoutWait(name: HookName, value: unknown): unknown {
  if (!isObject(value)) return value;
  if (typeof value.then === 'function') {
    // The promise is dropped: its rejection must not end the process.
    Promise.resolve(value).catch(() => undefined);
    throw hookFailed(name, 'it is async: inside of a transaction nothing can be waited for, write a generator (*)');
  }
  if (Symbol.asyncIterator in value) {
    throw hookFailed(name, 'it is an async generator: inside of a transaction nothing can be waited for');
  }
  return value;
}

function isObject(value: unknown): value is { readonly [name: string | symbol]: unknown } {
  return typeof value === 'object' && value !== null;
}

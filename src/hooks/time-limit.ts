import { Script } from 'node:vm';
import { codeOf } from '../kernel/index.ts';

/** Where the script below finds what it is to call: a script takes no arguments. */
const place = Symbol.for('kamado.limited');
const call = new Script("globalThis[Symbol.for('kamado.limited')]()", { filename: 'kamado:limited' });

/** A synchronous call took longer than it may, and was ended in the middle. */
export class TimeLimitExceeded extends Error {}

/**
 * Calls a function, and ends it after `timeoutMs`, be it an endless loop: the one way that JavaScript has to do so in the
 * same thread. It costs about 0.1 ms.
 * @throws TimeLimitExceeded, and what the function throws
 */
export function withTimeLimit<Result>(timeoutMs: number, work: () => Result): Result {
  const results: Result[] = [];
  const before: unknown = Reflect.get(globalThis, place);
  Reflect.set(globalThis, place, () => {
    results.push(work());
  });
  try {
    call.runInThisContext({ timeout: Math.max(1, Math.ceil(timeoutMs)) });
  } catch (error) {
    throw codeOf(error) === 'ERR_SCRIPT_EXECUTION_TIMEOUT' ? new TimeLimitExceeded() : error;
  } finally {
    Reflect.set(globalThis, place, before);
  }
  for (const result of results) return result;
  throw new TimeLimitExceeded();
}

import { limits, type Runtime, sleep } from '../kernel/index.ts';
import type { Closable } from './components.ts';

/** The things that were opened, in order. The last one is closed first, since it uses those before it. */
export class Disposables {
  readonly #runtime: Runtime;
  readonly #disposables: Closable[] = [];

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  keep<Kept extends Closable>(disposable: Kept): Kept {
    this.#disposables.unshift(disposable);
    return disposable;
  }

  /**
   * Closes one after the other. If that takes longer than `limits.closeInOrderMs`, some of them wait for something
   * unavailable: then the remaining ones are closed at once, which ends those waits. Throws the first error of a
   * `close`, after all are closed.
   */
  async close(): Promise<void> {
    const allClosed = new AbortController();
    const late = sleep(this.#runtime, limits.closeInOrderMs, allClosed.signal);
    const closings: Promise<void>[] = [];
    for (const disposable of this.#disposables.splice(0)) {
      const closing = disposable.close();
      closings.push(closing);
      await Promise.race([closing.catch(() => undefined), late]);
    }
    const results = await Promise.allSettled(closings);
    allClosed.abort();
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }
}

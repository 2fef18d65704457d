import { limits, type Runtime, sleep } from '../kernel/index.ts';
import type { Closable } from './components.ts';

/** What was opened, in its order; the last is closed first, since it stands on those before it. */
export class Disposables {
  readonly #runtime: Runtime;
  readonly #disposables: Closable[] = [];

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  keep<Part extends Closable>(part: Part): Part {
    this.#disposables.unshift(part);
    return part;
  }

  /**
   * Closes one after the other. Where that takes longer than `limits.closeInOrderMs`, some wait for something that is away:
   * then the others are closed beneath them, which ends their waits. Throws what closing threw, after all are closed.
   */
  async close(): Promise<void> {
    const over = new AbortController();
    const late = sleep(this.#runtime, limits.closeInOrderMs, over.signal);
    const closings: Promise<void>[] = [];
    for (const part of this.#disposables.splice(0)) {
      const closing = part.close();
      closings.push(closing);
      await Promise.race([closing.catch(() => undefined), late]);
    }
    const results = await Promise.allSettled(closings);
    over.abort();
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }
}

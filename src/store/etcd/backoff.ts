import { limits } from '../../kernel/limits.ts';
import type { Runtime } from '../../kernel/runtime.ts';

/** Growing pauses between attempts, with jitter, so that many clients don't come back at once. */
export class Backoff {
  readonly #runtime: Runtime;
  #attempts = 0;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** The next pause: twice the last one up to the limit, of which a random half is taken off. */
  nextMs(): number {
    const fullMs = Math.min(limits.reconnectFirstMs * 2 ** this.#attempts, limits.reconnectLongestMs);
    this.#attempts++;
    return fullMs - this.#runtime.randomInteger(Math.ceil(fullMs / 2));
  }

  /** Something worked: the next pause is a short one again. */
  reset(): void {
    this.#attempts = 0;
  }
}

import { limits } from './limits.ts';
import type { Runtime } from './runtime.ts';

interface Waiting {
  readonly bytes: number;
  readonly go: () => void;
}

const turnsByRuntime = new WeakMap<Runtime, Turns>();

/** The turns that all components of a process share: those of its runtime. */
export function turnsOf(runtime: Runtime): Turns {
  const known = turnsByRuntime.get(runtime);
  if (known !== undefined) return known;
  const turns = new Turns(runtime);
  turnsByRuntime.set(runtime, turns);
  return turns;
}

/**
 * Work on sent and received data, in pieces. All components together process a limited number of bytes in one turn of
 * the event loop, so that other work doesn't wait long. A larger piece has a turn for itself.
 */
export class Turns {
  readonly #runtime: Runtime;
  readonly #waiting: Waiting[] = [];
  #left: number = limits.turnBytes;
  #scheduled = false;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** Resolves when a piece of so many bytes may be processed. */
  take(bytes: number): Promise<void> {
    if (this.#waiting.length === 0 && this.#left > 0) {
      this.#spend(bytes);
      return Promise.resolve();
    }
    return new Promise((go) => {
      this.#waiting.push({ bytes, go });
      this.#schedule();
    });
  }

  #spend(bytes: number): void {
    this.#left -= bytes;
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#runtime.nextTurn(() => {
      this.#scheduled = false;
      this.#left = limits.turnBytes;
      while (this.#left > 0) {
        const next = this.#waiting.shift();
        if (next === undefined) return;
        this.#spend(next.bytes);
        next.go();
      }
    });
  }
}

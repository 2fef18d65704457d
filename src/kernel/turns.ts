import { limits } from './limits.ts';
import type { Runtime } from './runtime.ts';

interface Waiting {
  readonly bytes: number;
  readonly go: () => void;
}

const turnsByRuntime = new WeakMap<Runtime, Turns>();

/** The turns that all of a process share: those of its runtime. */
export function turnsOf(runtime: Runtime): Turns {
  const known = turnsByRuntime.get(runtime);
  if (known !== undefined) return known;
  const turns = new Turns(runtime);
  turnsByRuntime.set(runtime, turns);
  return turns;
}

/**
 * Work on what is sent and what comes, in pieces: so many bytes of it are done in one turn of the event loop, whoever
 * does them, so that nothing else waits for long. A piece that is larger has a turn for itself.
 */
export class Turns {
  readonly #runtime: Runtime;
  readonly #waiting: Waiting[] = [];
  #left: number = limits.turnBytes;
  #scheduled = false;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** Resolves when a piece of so many bytes may be done. */
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

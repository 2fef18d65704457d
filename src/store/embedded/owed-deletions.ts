import { type Runtime, type Timer, waitingForSpace } from '../../kernel/index.ts';

/** Keys of leases that have ended, for whose deletion there was no room: tried again until it comes through. */
export class OwedDeletions {
  readonly #runtime: Runtime;
  readonly #remove: (keys: readonly string[]) => Promise<void>;
  readonly #keys = new Set<string>();
  #timer: Timer | null = null;
  readonly #pauses = waitingForSpace();

  /** @param remove deletes the keys; is to call `add` where there is still no room */
  constructor(runtime: Runtime, remove: (keys: readonly string[]) => Promise<void>) {
    this.#runtime = runtime;
    this.#remove = remove;
  }

  add(keys: readonly string[]): void {
    for (const key of keys) this.#keys.add(key);
    if (this.#timer !== null) return;
    this.#timer = this.#runtime.after(this.#pauses.nextMs(), () => {
      this.#timer = null;
      const owed = [...this.#keys];
      this.#keys.clear();
      this.#remove(owed).then(
        () => {
          if (this.#keys.size === 0) this.#pauses.reset();
        },
        // The store has failed, and has said so: these leases end when it is opened again.
        () => this.close(),
      );
    });
  }

  close(): void {
    this.#timer?.cancel();
    this.#keys.clear();
  }
}

import { type Runtime, type Timer, waitingForSpace } from '../../kernel/index.ts';

/** Deletions of keys whose leases have ended, for which there was no space. They are tried again until they succeed. */
export class PendingDeletions {
  readonly #runtime: Runtime;
  readonly #remove: (keys: readonly string[]) => Promise<void>;
  readonly #keys = new Set<string>();
  #timer: Timer | null = null;
  readonly #pauses = waitingForSpace();

  /** @param remove deletes the keys; calls `add` if there is still no space */
  constructor(runtime: Runtime, remove: (keys: readonly string[]) => Promise<void>) {
    this.#runtime = runtime;
    this.#remove = remove;
  }

  add(keys: readonly string[]): void {
    for (const key of keys) this.#keys.add(key);
    if (this.#timer !== null) return;
    this.#timer = this.#runtime.after(this.#pauses.nextMs(), () => {
      this.#timer = null;
      const pending = [...this.#keys];
      this.#keys.clear();
      this.#remove(pending).then(
        () => {
          if (this.#keys.size === 0) this.#pauses.reset();
        },
        // The store has failed, and has logged that. These leases end when it is opened again.
        () => this.close(),
      );
    });
  }

  close(): void {
    this.#timer?.cancel();
    this.#keys.clear();
  }
}

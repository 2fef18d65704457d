/**
 * The scope of one connection. Its first end counts and gives the reason. All waiting calls and owners of resources are
 * notified once, whatever failed: the socket, the protocol, a timer, the caller.
 */
export class ConnectionScope {
  #ended: { readonly error: unknown } | undefined;
  readonly #listeners = new Set<(error: unknown) => void>();

  get isOver(): boolean {
    return this.#ended !== undefined;
  }

  /** Ends it; only the first call counts. */
  end(error: unknown): void {
    if (this.#ended !== undefined) return;
    this.#ended = { error };
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    for (const listener of listeners) listener(error);
  }

  /** Calls `listener` at the end, or at once if it has ended. Returns a function that removes the listener. */
  onEnd(listener: (error: unknown) => void): () => void {
    if (this.#ended !== undefined) {
      listener(this.#ended.error);
      return () => {};
    }
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** Resolves with the value of `start`, or rejects with the error that ended the connection before. */
  wait<T>(start: (resolve: (value: T) => void) => void): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const forget = this.onEnd(reject);
      if (this.isOver) return;
      start((value) => {
        forget();
        resolve(value);
      });
    });
  }
}

/**
 * Resources that can't be planned yet, by the resources that the attempt looked up: a change of those may correct it.
 */
export class Unresolved {
  /** 'type:id' that was looked up → resources that wait for its change. */
  readonly #waiting = new Map<string, Set<string>>();
  readonly #awaited = new Map<string, readonly string[]>();

  /** Records what a resource waits for, replacing earlier records. */
  set(path: string, awaited: readonly string[]): void {
    this.delete(path);
    if (awaited.length === 0) return;
    this.#awaited.set(path, awaited);
    for (const one of awaited) this.#waiting.set(one, (this.#waiting.get(one) ?? new Set()).add(path));
  }

  delete(path: string): void {
    for (const one of this.#awaited.get(path) ?? []) {
      const waiting = this.#waiting.get(one);
      waiting?.delete(path);
      if (waiting?.size === 0) this.#waiting.delete(one);
    }
    this.#awaited.delete(path);
  }

  /** The resources that wait for a change of `path`. */
  waitingFor(path: string): readonly string[] {
    return [...(this.#waiting.get(path) ?? [])];
  }
}

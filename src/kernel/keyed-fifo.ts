/**
 * Values by key, in the order in which their keys came. Taking the first one costs the same whatever was taken before
 * it: a Map that is asked for its first entry anew steps over all that were deleted.
 */
export class KeyedFifo<Value> {
  readonly #values = new Map<string, Value>();
  #cursor: Iterator<[string, Value]> = this.#values.entries();

  get size(): number {
    return this.#values.size;
  }

  has(key: string): boolean {
    return this.#values.has(key);
  }

  /** A key that is there keeps its place. */
  set(key: string, value: Value): void {
    this.#values.set(key, value);
  }

  delete(key: string): void {
    this.#values.delete(key);
  }

  /** Takes the first one out, or gives undefined. */
  shift(): readonly [string, Value] | undefined {
    const first = this.#next();
    if (first !== undefined) this.#values.delete(first[0]);
    return first;
  }

  clear(): void {
    this.#values.clear();
  }

  #next(): [string, Value] | undefined {
    const next = this.#cursor.next();
    if (!next.done) return next.value;
    // An iterator that has come to the end stays there.
    this.#cursor = this.#values.entries();
    const again = this.#cursor.next();
    return again.done ? undefined : again.value;
  }
}

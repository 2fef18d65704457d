/**
 * Values by key, in the order in which the keys came. Taking the first one is cheap, whatever was taken before: the
 * iterator of a Map would step over all deleted entries each time.
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

  /** Sets a value. An existing key keeps its place. */
  set(key: string, value: Value): void {
    this.#values.set(key, value);
  }

  delete(key: string): void {
    this.#values.delete(key);
  }

  /** Takes the first entry out, or returns undefined. */
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
    // An iterator at its end doesn't see later entries.
    this.#cursor = this.#values.entries();
    const again = this.#cursor.next();
    return again.done ? undefined : again.value;
  }
}

/** States, each once. To forget all of them takes no time. */
export class StateList {
  /** The states that were added; those from `size` on are of before. */
  readonly list: Uint32Array;
  size = 0;
  readonly #marks: Uint32Array;
  #generation = 1;

  constructor(states: number) {
    this.list = new Uint32Array(states);
    this.#marks = new Uint32Array(states);
  }

  clear(): void {
    this.size = 0;
    // Marks of 2^32 texts ago would be taken for those of now.
    if (++this.#generation === 0xffffffff) {
      this.#generation = 1;
      this.#marks.fill(0);
    }
  }

  /** Whether a state wasn't marked yet; then it is. */
  mark(state: number): boolean {
    if (this.#marks[state] === this.#generation) return false;
    this.#marks[state] = this.#generation;
    return true;
  }

  add(state: number): void {
    this.list[this.size++] = state;
  }
}

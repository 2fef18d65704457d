/** A list of states, each at most once. Clearing it takes constant time. */
export class StateList {
  /** The added states. Those from `size` on are left from earlier. */
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
    // After 2^32 generations, old marks would count as current ones.
    if (++this.#generation === 0xffffffff) {
      this.#generation = 1;
      this.#marks.fill(0);
    }
  }

  /** Whether a state wasn't marked yet. Marks it. */
  mark(state: number): boolean {
    if (this.#marks[state] === this.#generation) return false;
    this.#marks[state] = this.#generation;
    return true;
  }

  add(state: number): void {
    this.list[this.size++] = state;
  }
}

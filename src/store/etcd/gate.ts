/** Holds back what arrives until a check has succeeded, which begins with the first arrival; keeps the order. */
export class Gate<Item> {
  readonly #check: () => Promise<unknown>;
  readonly #take: (item: Item) => void;
  readonly #onError: (error: unknown) => void;
  /** null: everything passes. */
  #held: Item[] | null = [];
  #isShut = false;

  /** @param onError hears what the check or `take` threw */
  constructor(check: () => Promise<unknown>, take: (item: Item) => void, onError: (error: unknown) => void) {
    this.#check = check;
    this.#take = take;
    this.#onError = onError;
  }

  readonly arrive = (item: Item): void => {
    if (this.#held === null) this.#pass(item);
    else if (this.#held.push(item) === 1) this.#check().then(() => this.#open(), this.#onError);
  };

  /** Lets nothing pass any more. */
  shut(): void {
    this.#isShut = true;
  }

  #open(): void {
    const held = this.#held ?? [];
    this.#held = null;
    for (const item of held) this.#pass(item);
  }

  #pass(item: Item): void {
    if (this.#isShut) return;
    try {
      this.#take(item);
    } catch (error) {
      this.#onError(error);
    }
  }
}

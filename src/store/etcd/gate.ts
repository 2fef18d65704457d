/** Holds back items until a check, which begins with the first item, has succeeded. Keeps the order. */
export class Gate<Item> {
  readonly #check: () => Promise<unknown>;
  readonly #take: (item: Item) => void;
  readonly #onError: (error: unknown) => void;
  /** null: everything passes. */
  #held: Item[] | null = [];
  #isShut = false;

  /** @param onError receives the errors of the check and of `take` */
  constructor(check: () => Promise<unknown>, take: (item: Item) => void, onError: (error: unknown) => void) {
    this.#check = check;
    this.#take = take;
    this.#onError = onError;
  }

  readonly arrive = (item: Item): void => {
    if (this.#held === null) this.#pass(item);
    else if (this.#held.push(item) === 1) this.#check().then(() => this.#open(), this.#onError);
  };

  /** Lets no more items pass. */
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

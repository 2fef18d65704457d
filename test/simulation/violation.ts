/** Something that must never be, is. */
export class Violation extends Error {
  readonly invariant: string;

  constructor(invariant: string, message: string) {
    super(message);
    this.name = 'Violation';
    this.invariant = invariant;
  }
}

/** Reports a violation where the condition doesn't hold. */
export function hold(condition: boolean, invariant: string, message: () => string): void {
  if (!condition) throw new Violation(invariant, message());
}

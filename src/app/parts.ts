import type { Room } from './rooms.ts';

/** What was opened, in its order; the last is closed first, since it stands on those before it. */
export class Parts {
  readonly #parts: Room[] = [];

  keep<Part extends Room>(part: Part): Part {
    this.#parts.unshift(part);
    return part;
  }

  async close(): Promise<void> {
    for (const part of this.#parts.splice(0)) await part.close();
  }
}

import { limits } from '../../kernel/index.ts';
import type { StackRef } from '../stack/index.ts';

/** The last known ids of stacks by their names: a call by id saves a lookup. */
export class StackIds {
  readonly #ids = new Map<string, string>();

  get(ref: StackRef): string | undefined {
    return this.#ids.get(keyOf(ref));
  }

  set(ref: StackRef, id: string): void {
    this.#ids.set(keyOf(ref), id);
    if (this.#ids.size <= limits.stackIds) return;
    const [oldest] = this.#ids.keys();
    if (oldest !== undefined) this.#ids.delete(oldest);
  }

  delete(ref: StackRef): void {
    this.#ids.delete(keyOf(ref));
  }
}

function keyOf({ project, name }: StackRef): string {
  return JSON.stringify([project, name]);
}

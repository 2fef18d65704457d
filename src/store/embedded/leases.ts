import type { Runtime } from '../../kernel/index.ts';
import type { Version } from './versions.ts';

/** Ids up to 2^47: the range of the runtime's random integers. */
const ID_RANGE = 2 ** 47;

interface Held {
  readonly keys: Set<string>;
  readonly lost: AbortController;
}

/** The leases of an embedded store, and the keys that are attached to each. */
export class Leases {
  readonly #held = new Map<string, Held>();
  readonly #runtime: Runtime;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  has(id: string): boolean {
    return this.#held.has(id);
  }

  ids(): string[] {
    return [...this.#held.keys()];
  }

  /** Grants a lease with an id that probably no lease of this store or an earlier one had. */
  grant(): { readonly id: string; readonly lost: AbortSignal } {
    let id: string;
    do id = String(this.#runtime.randomInteger(ID_RANGE) + 1);
    while (this.#held.has(id));
    const lost = new AbortController();
    this.#held.set(id, { keys: new Set(), lost });
    return { id, lost: lost.signal };
  }

  /** Follows a change: moves its key from the previous lease to the new one. */
  follow({ key, entry, previous }: Version): void {
    if (previous?.entry?.lease) this.#held.get(previous.entry.lease)?.keys.delete(key);
    if (entry?.lease) this.#held.get(entry.lease)?.keys.add(key);
  }

  /** Follows an undone change. */
  unfollow({ key, entry, previous }: Version): void {
    if (entry?.lease) this.#held.get(entry.lease)?.keys.delete(key);
    if (previous?.entry?.lease) this.#held.get(previous.entry.lease)?.keys.add(key);
  }

  /** Ends a lease. Returns its keys, in order, which the caller deletes. */
  end(id: string): string[] {
    const keys = [...(this.#held.get(id)?.keys ?? [])].sort();
    this.#held.delete(id);
    return keys;
  }

  /** Notifies the holder of a lease, or of each lease, of its loss. */
  lose(id: string): void {
    this.#held.get(id)?.lost.abort();
  }
}

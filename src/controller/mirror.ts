import type { KeyValue, Operation, StoreEvent } from '../store/index.ts';

/** A key as the mirror knows it. */
export interface MirrorEntry<Value> {
  readonly key: string;
  /** The value decoded from its text. */
  readonly value: Value;
  /** The revision for a transaction to compare; 0 while the write that made it isn't confirmed. */
  readonly modRevision: number;
}

/** An index over the mirror's keys, updated together with them. */
export interface MirrorIndex<Value> {
  /** Whether keys like this one are kept at all. */
  readonly keeps: (key: string) => boolean;
  /** The value to keep, decoded from a text. */
  readonly read: (key: string, text: string) => Value;
  readonly set: (entry: MirrorEntry<Value>) => void;
  readonly delete: (key: string) => void;
}

/** The entry of an own write: its revision becomes known only after the entry was set. */
type OwnEntry<Value> = { -readonly [Field in keyof MirrorEntry<Value>]: MirrorEntry<Value>[Field] };

/**
 * The content of the store, as far as it is known: from the watch's events, and from the writes of this process. Own
 * writes are staged before they are sent, so that the next plan sees them; then they are confirmed, or rolled back. A
 * key only moves forward: a late event never replaces a newer value.
 */
export class Mirror<Value> {
  readonly #entries = new Map<string, OwnEntry<Value>>();
  readonly #index: MirrorIndex<Value>;
  /** The entries of the staged keys before staging. */
  readonly #staged = new Map<string, OwnEntry<Value> | undefined>();
  /** Keys that own transactions deleted, with their revision, in that order, until the watch has passed it. */
  readonly #deleted = new Map<string, number>();
  #watchedRevision = 0;

  constructor(index: MirrorIndex<Value>) {
    this.#index = index;
  }

  /** The revision up to which the watch has delivered everything. */
  get watchedRevision(): number {
    return this.#watchedRevision;
  }

  isStaged(key: string): boolean {
    return this.#staged.has(key);
  }

  /** Applies a complete list: keys that aren't in it were deleted. */
  reset(entries: readonly KeyValue[], revision: number): void {
    const listed = new Set(entries.map((entry) => entry.key));
    for (const key of [...this.#entries.keys()]) if (!listed.has(key)) this.#forget(key, revision);
    // In the order of their creation: for jobs this is the order of arrival.
    const byAge = [...entries].sort((a, b) => a.createRevision - b.createRevision);
    for (const entry of byAge) this.#learn(entry.key, entry.value, entry.modRevision);
    this.#advance(revision);
  }

  /** Applies the watch's events of one revision. Nothing may be staged. */
  watch(events: readonly StoreEvent[], revision: number): void {
    for (const event of events) {
      if (event.type === 'put') this.#learn(event.entry.key, event.entry.value, event.entry.modRevision);
      else this.#forget(event.key, event.modRevision);
    }
    this.#advance(revision);
  }

  /** Applies writes that are about to be sent: puts and deletions of single keys. */
  stage(operations: readonly Operation[]): void {
    for (const operation of operations) {
      if (operation.type === 'get') continue;
      const key = operation.type === 'put' ? operation.key : operation.range.from;
      if (!this.#index.keeps(key)) continue;
      if (!this.#staged.has(key)) this.#staged.set(key, this.#entries.get(key));
      if (operation.type === 'put') this.#read(key, operation.value, 0);
      else this.#delete(key);
    }
  }

  /** Confirms the staged writes: they are in the store, at `revision`. */
  confirm(revision: number): void {
    for (const key of this.#staged.keys()) {
      const entry = this.#entries.get(key);
      if (entry !== undefined) entry.modRevision = revision;
      else if (revision > this.#watchedRevision) {
        this.#deleted.delete(key);
        this.#deleted.set(key, revision);
      }
    }
    this.#staged.clear();
  }

  /** Rolls the staged writes back: they are not in the store. */
  takeBack(): void {
    for (const [key, before] of this.#staged) {
      if (before === undefined) this.#delete(key);
      else this.#set(before);
    }
    this.#staged.clear();
  }

  #learn(key: string, text: string, modRevision: number): void {
    const newest = Math.max(this.#entries.get(key)?.modRevision ?? 0, this.#deleted.get(key) ?? 0);
    if (modRevision > newest && this.#index.keeps(key)) this.#read(key, text, modRevision);
  }

  #read(key: string, text: string, modRevision: number): void {
    this.#set({ key, value: this.#index.read(key, text), modRevision });
  }

  #forget(key: string, revision: number): void {
    const entry = this.#entries.get(key);
    if (entry !== undefined && entry.modRevision <= revision) this.#delete(key);
  }

  #set(entry: OwnEntry<Value>): void {
    this.#entries.set(entry.key, entry);
    this.#index.set(entry);
  }

  #delete(key: string): void {
    if (this.#entries.delete(key)) this.#index.delete(key);
  }

  #advance(revision: number): void {
    this.#watchedRevision = Math.max(this.#watchedRevision, revision);
    for (const [key, deletedAt] of this.#deleted) {
      if (deletedAt > this.#watchedRevision) return;
      this.#deleted.delete(key);
    }
  }
}

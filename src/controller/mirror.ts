import type { KeyValue, Operation, StoreEvent } from '../store/index.ts';

/** A key as the mirror knows it. */
export interface MirrorEntry<Value> {
  readonly key: string;
  /** What was read of its text. */
  readonly value: Value;
  /** What a transaction compares; 0 while the write that made it isn't confirmed. */
  readonly modRevision: number;
}

/** What changes together with the mirror's keys: indexes over them. */
export interface MirrorIndex<Value> {
  /** Whether keys like this one are kept at all. */
  readonly keeps: (key: string) => boolean;
  /** What is kept of a value's text. */
  readonly read: (key: string, text: string) => Value;
  readonly set: (entry: MirrorEntry<Value>) => void;
  readonly delete: (key: string) => void;
}

/** The same entry, where only its revision becomes known after it was shown. */
type OwnEntry<Value> = { -readonly [Field in keyof MirrorEntry<Value>]: MirrorEntry<Value>[Field] };

/**
 * What the store holds, as far as it was heard: the watch's events, and the writes of this process. Those are staged
 * before they are sent, so that what is planned next sees them; then they are confirmed, or taken back. A key moves
 * forward only: an event that is late never takes back what is known to be newer.
 */
export class Mirror<Value> {
  readonly #entries = new Map<string, OwnEntry<Value>>();
  readonly #index: MirrorIndex<Value>;
  /** What the staged keys were before. */
  readonly #staged = new Map<string, OwnEntry<Value> | undefined>();
  /** Keys that own transactions deleted, with their revision, in that order, until the watch has come past it. */
  readonly #deleted = new Map<string, number>();
  #watchedRevision = 0;

  constructor(index: MirrorIndex<Value>) {
    this.#index = index;
  }

  /** The revision up to which the watch has told everything. */
  get watchedRevision(): number {
    return this.#watchedRevision;
  }

  isStaged(key: string): boolean {
    return this.#staged.has(key);
  }

  /** Takes over a list of everything: keys that aren't in it are gone. */
  reset(entries: readonly KeyValue[], revision: number): void {
    const listed = new Set(entries.map((entry) => entry.key));
    for (const key of [...this.#entries.keys()]) if (!listed.has(key)) this.#forget(key, revision);
    // In the order in which they came into being: that of the jobs is the order of arrival.
    const byAge = [...entries].sort((a, b) => a.createRevision - b.createRevision);
    for (const entry of byAge) this.#learn(entry.key, entry.value, entry.modRevision);
    this.#advance(revision);
  }

  /** Takes over what the watch told about one revision. Nothing may be staged. */
  watch(events: readonly StoreEvent[], revision: number): void {
    for (const event of events) {
      if (event.type === 'put') this.#learn(event.entry.key, event.entry.value, event.entry.modRevision);
      else this.#forget(event.key, event.modRevision);
    }
    this.#advance(revision);
  }

  /** Shows writes that are about to be sent: puts and deletions of single keys. */
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

  /** The staged writes are in the store, at `revision`. */
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

  /** The staged writes are not in the store. */
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

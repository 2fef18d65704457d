import { isKamadoError } from '../kernel/index.ts';
import { WRITERS_PREFIX } from './signed.ts';
import {
  type GetOptions,
  type GetResult,
  type KeyRange,
  type KeyValue,
  oneKey,
  type StoreEvent,
  withPrefix,
} from './store.ts';

/** Reads of the store whose history is checked. */
export type Read = (range: KeyRange, options?: GetOptions) => Promise<GetResult>;

/**
 * The comparison of a store with an earlier observation. 'unknown': its history doesn't reach back that far any more.
 */
export type Verdict = 'same' | 'different' | 'unknown';

/** An observed change of a store: the entry that the key was set to at that revision, or null if it was deleted. */
interface Observation {
  readonly key: string;
  readonly revision: number;
  readonly entry: KeyValue | null;
}

/**
 * A client's memory of a store's history. It notices that the store has gone back to an older state: a backup replaced
 * its data, or the store began anew. Revisions alone don't show that: new changes may have the numbers of those that
 * were lost. Signatures do (`signed.ts`): two histories never have the same one at the same revision, since a signature
 * holds the time of its write.
 *
 * Unsigned changes, such as the end of a lease, are compared as well, but only the last observed one.
 */
export class History {
  readonly #read: Read;
  readonly #onRewound: (revision: number) => void;
  /** The number of the current history: an answer that belongs to an earlier one is no evidence about this one. */
  #generation = 0;
  /** A revision that the store has reached. */
  #reached = 0;
  #signature: Observation | null = null;
  #last: Observation | null = null;
  #running: Promise<unknown> = Promise.resolve();
  #next: Promise<number> | null = null;

  /** @param onRewound is called with the store's revision each time that the store is found to have gone back */
  constructor(read: Read, onRewound: (revision: number) => void) {
    this.#read = read;
    this.#onRewound = onRewound;
  }

  /** Prepares for the answer to a request that is sent now. The returned function takes the answer's revision. */
  asked(): (revision: number) => void {
    const generation = this.#generation;
    const reached = this.#reached;
    return (revision) => {
      if (generation !== this.#generation) return;
      if (revision < reached) this.#rewind(revision);
      else this.#reached = Math.max(this.#reached, revision);
    };
  }

  /** Remembers the events of a revision from a watch. */
  saw(events: readonly StoreEvent[], revision: number): void {
    this.#reached = Math.max(this.#reached, revision);
    // The signature is the last operation of its transaction.
    const event = events.at(-1);
    if (event === undefined || revision < (this.#last?.revision ?? 0)) return;
    this.#last =
      event.type === 'put' ? sightingOf(event.entry) : { key: event.key, revision: event.modRevision, entry: null };
    if (isSignature(this.#last) && revision >= (this.#signature?.revision ?? 0)) this.#signature = this.#last;
  }

  /**
   * Compares the remembered changes with the store. Resolves with the store's revision. If there is a difference,
   * `onRewound` was called before. Concurrent calls share the next comparison. Throws the errors of `read`.
   */
  check(): Promise<number> {
    if (this.#next !== null) return this.#next;
    const next = this.#running
      .catch(() => undefined)
      .then(() => {
        this.#next = null;
        return this.#check();
      });
    this.#next = next;
    this.#running = next;
    return next;
  }

  async #check(): Promise<number> {
    const generation = this.#generation;
    const remembered = [this.#signature, this.#last].filter((sighting) => sighting !== null);
    const answered = this.asked();
    const { entries, revision } = await this.#read(withPrefix(WRITERS_PREFIX));
    answered(revision);
    const isDifferent = await this.#isAnyDifferent(remembered);
    if (isDifferent && generation === this.#generation) this.#rewind(revision);
    this.#signature ??= sightingOf(newestOf(entries));
    return revision;
  }

  async #isAnyDifferent(remembered: readonly Observation[]): Promise<boolean> {
    for (const sighting of new Set(remembered)) {
      if ((await verdictOn(this.#read, sighting)) === 'different') return true;
    }
    return false;
  }

  #rewind(revision: number): void {
    this.#generation++;
    this.#reached = revision;
    this.#signature = null;
    this.#last = null;
    this.#onRewound(revision);
  }
}

/** Returns the newest signature in a store as of a revision, or null if there is none. */
export async function newestSignature(read: Read, revision: number): Promise<KeyValue | null> {
  const { entries } = await read(withPrefix(WRITERS_PREFIX), { revision });
  return newestOf(entries);
}

/** Compares an entry, such as a signature, with the store at the entry's revision. Throws the errors of `read`. */
export async function stillHas(read: Read, entry: KeyValue): Promise<Verdict> {
  return await verdictOn(read, sightingOf(entry));
}

/** Compares one observation with the store's entry at its revision. */
async function verdictOn(read: Read, { key, revision, entry }: Observation): Promise<Verdict> {
  try {
    const { entries } = await read(oneKey(key), { revision });
    return isSame(entries[0] ?? null, entry) ? 'same' : 'different';
  } catch (error) {
    if (isCompacted(error)) return 'unknown';
    // The revision is in the future, so the store has lost it.
    if (isRefusedFor(error, 'future')) return 'different';
    throw error;
  }
}

/** Whether a store refused a read because the revision was compacted. */
export function isCompacted(error: unknown): boolean {
  return isRefusedFor(error, 'compacted');
}

/** Both adapters give the reason in the words of etcd. */
function isRefusedFor(error: unknown, reason: 'compacted' | 'future'): boolean {
  return isKamadoError(error, 'STORE_REFUSED') && error.message.includes(reason);
}

function isSame(found: KeyValue | null, seen: KeyValue | null): boolean {
  if (found === null || seen === null) return found === seen;
  return (
    found.modRevision === seen.modRevision &&
    found.createRevision === seen.createRevision &&
    found.version === seen.version &&
    found.value === seen.value
  );
}

function sightingOf(entry: KeyValue): Observation;
function sightingOf(entry: KeyValue | null): Observation | null;
function sightingOf(entry: KeyValue | null): Observation | null {
  return entry === null ? null : { key: entry.key, revision: entry.modRevision, entry };
}

function isSignature({ key, entry }: Observation): boolean {
  return entry !== null && key.startsWith(WRITERS_PREFIX);
}

function newestOf(entries: readonly KeyValue[]): KeyValue | null {
  return entries.reduce<KeyValue | null>((a, b) => (a !== null && a.modRevision > b.modRevision ? a : b), null);
}

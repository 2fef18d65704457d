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

/** Whether a store still has what was seen in it. 'unknown': its history doesn't reach back that far any more. */
export type Verdict = 'same' | 'different' | 'unknown';

/** A change that was seen in a store: what the key was set to at that revision, or null where it was deleted. */
interface Sighting {
  readonly key: string;
  readonly revision: number;
  readonly entry: KeyValue | null;
}

/**
 * A client's memory of a store's history. It notices when the store has gone back to an older state: when a backup was
 * put in place of its data, or the store began anew. Revisions alone don't show that: new changes may have taken the
 * numbers of those that were lost. The signatures do (`signed.ts`): two histories never have the same one at the same
 * revision, since a signature says when it was written.
 *
 * Changes that are not signed, such as the end of a lease, are compared as well, but only the last one that was seen.
 */
export class History {
  readonly #read: Read;
  readonly #onRewound: (revision: number) => void;
  /** Counts the histories: an answer that belongs to an earlier one says nothing about this one. */
  #generation = 0;
  /** A revision that the store is known to have reached. */
  #reached = 0;
  #signature: Sighting | null = null;
  #last: Sighting | null = null;
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

  /** Remembers what a watch told of a revision. */
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
   * Compares what is remembered with the store; resolves with the store's revision. Where something is different,
   * `onRewound` has been called before. Calls that come while one is under way share the next one.
   * Throws what the read throws.
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

  async #isAnyDifferent(remembered: readonly Sighting[]): Promise<boolean> {
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

/** The newest signature in a store as of a revision, or null where there is none. */
export async function newestSignature(read: Read, revision: number): Promise<KeyValue | null> {
  const { entries } = await read(withPrefix(WRITERS_PREFIX), { revision });
  return newestOf(entries);
}

/** Whether a store has an entry, such as a signature, at the entry's revision. Throws what the read throws. */
export async function stillHas(read: Read, entry: KeyValue): Promise<Verdict> {
  return await verdictOn(read, sightingOf(entry));
}

/** Compares one sighting with what the store says of its revision. */
async function verdictOn(read: Read, { key, revision, entry }: Sighting): Promise<Verdict> {
  try {
    const { entries } = await read(oneKey(key), { revision });
    return isSame(entries[0] ?? null, entry) ? 'same' : 'different';
  } catch (error) {
    if (isCompacted(error)) return 'unknown';
    // What was seen is still to come: the store has lost it.
    if (isRefusedFor(error, 'future')) return 'different';
    throw error;
  }
}

/** Whether a store refused a read because it has forgotten the revision. */
export function isCompacted(error: unknown): boolean {
  return isRefusedFor(error, 'compacted');
}

/** Both adapters name the reason: etcd's own text, and the same words. */
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

function sightingOf(entry: KeyValue): Sighting;
function sightingOf(entry: KeyValue | null): Sighting | null;
function sightingOf(entry: KeyValue | null): Sighting | null {
  return entry === null ? null : { key: entry.key, revision: entry.modRevision, entry };
}

function isSignature({ key, entry }: Sighting): boolean {
  return entry !== null && key.startsWith(WRITERS_PREFIX);
}

function newestOf(entries: readonly KeyValue[]): KeyValue | null {
  return entries.reduce<KeyValue | null>((a, b) => (a !== null && a.modRevision > b.modRevision ? a : b), null);
}

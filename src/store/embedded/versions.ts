import { limits } from '../../kernel/index.ts';
import { type Bounds, refused } from '../check.ts';
import type { KeyValue } from '../store.ts';
import type { LoggedValues } from './logged-values.ts';
import type { LogRecord } from './persistence.ts';
import { SortedIndex } from './sorted-index.ts';

/** A record with a link to the previous one of the same key, as far as the history goes. */
export interface Version extends LogRecord {
  /** The entry, without its value if that is left in the log. */
  entry: KeyValue | null;
  /** The accounted size of the key and its value, even if the value is in the log. */
  readonly bytes: number;
  previous: Version | null;
}

/** The new value of a key. The rest of its entry follows from its history. */
export interface Change {
  readonly key: string;
  /** null deletes the key. */
  readonly put: { readonly value: string; readonly lease: string | null } | null;
}

/** The first revision of an empty store; as in etcd, the first write makes the second. */
const FIRST_REVISION = 1;

/**
 * The current and the earlier entries of keys, back to the compact revision. Each change is a version that links to the
 * one it replaces. Compaction cuts the links.
 */
export class Versions {
  /** The newest version of each existing key. */
  readonly #live = new SortedIndex<Version>();
  /** The newest version of each key that was deleted since the compact revision. */
  readonly #deleted = new SortedIndex<Version>();
  /** The versions of each revision after the compact one, in order. */
  readonly #history: Version[][] = [];
  /** Rows that an earlier compaction has left in the log. */
  readonly leftover: number[] = [];
  readonly #values: LoggedValues;
  #revision = FIRST_REVISION;
  #durableRevision = FIRST_REVISION;
  #compactRevision = 0;
  #lastRow = 0;
  #liveBytes = 0;
  #historyBytes = 0;

  constructor(compactRevision: number, records: Iterable<LogRecord>, values: LoggedValues) {
    this.#values = values;
    this.#compactRevision = compactRevision;
    this.#revision = Math.max(compactRevision, FIRST_REVISION);
    // The first revision is empty, but counts if the history begins before it.
    for (let revision = compactRevision; revision < FIRST_REVISION; revision++) this.#history.push([]);
    for (const record of records) {
      const version = this.#apply(record);
      this.#leaveValue(version);
      if (version.revision <= compactRevision) this.#forgetBefore(version, this.leftover);
    }
    this.#durableRevision = this.#revision;
  }

  /** The newest revision. */
  get revision(): number {
    return this.#revision;
  }

  /** The oldest revision that can be read; watches begin after it. */
  get compactRevision(): number {
    return this.#compactRevision;
  }

  /** Bytes of the current keys and values. */
  get liveBytes(): number {
    return this.#liveBytes;
  }

  /** Bytes of keys and values that are kept for the history only. */
  get historyBytes(): number {
    return this.#historyBytes;
  }

  get(key: string): KeyValue | null {
    return this.#live.get(key)?.entry ?? null;
  }

  /** The entries within the bounds, in order of keys. */
  entries(bounds: Bounds, limit?: number): KeyValue[] {
    const entries: KeyValue[] = [];
    for (const { entry } of this.#live.scan(bounds, limit)) if (entry !== null) entries.push(entry);
    return entries;
  }

  count(bounds: Bounds): number {
    return this.#live.count(bounds);
  }

  /** Returns the entries as of the revision. Throws STORE_REFUSED if it is compacted or in the future. */
  entriesAt(bounds: Bounds, revision: number): KeyValue[] {
    if (revision < this.#compactRevision) throw refused(`revision ${revision} has been compacted`);
    if (revision > this.#revision) throw refused(`revision ${revision} is in the future`);
    const entries: KeyValue[] = [];
    for (const newest of [...this.#live.scan(bounds), ...this.#deleted.scan(bounds)]) {
      let version: Version | null = newest;
      while (version !== null && version.revision > revision) version = version.previous;
      if (version?.entry) entries.push(version.entry);
    }
    return entries.sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  /** Returns the changes of a revision after the compact one, in order. */
  versionsOf(revision: number): readonly Version[] {
    return this.#history[revision - this.#compactRevision - 1] ?? [];
  }

  /** Makes a change as part of `revision`: the newest one, or the next. */
  change({ key, put }: Change, revision: number): Version {
    return this.#apply({ row: this.#lastRow + 1, revision, key, entry: this.#entryOf(key, put, revision) });
  }

  /** The number of bytes by which a put increases the current data. */
  growthOf(key: string, value: string): number {
    return bytesOf({ key, value }) - (this.#live.get(key)?.bytes ?? 0);
  }

  /** Records that all changes are in the log: large values are left there. */
  noteDurable(): void {
    while (this.#durableRevision < this.#revision) {
      for (const version of this.versionsOf(++this.#durableRevision)) this.#leaveValue(version);
    }
  }

  /** Undoes the newest versions, down to and including `first`, beginning with the last one. */
  undo(first: LogRecord, onUndone: (version: Version) => void): void {
    while (this.#lastRow >= first.row) {
      const version = this.#history.at(-1)?.pop();
      if (version === undefined) throw new Error('a version that is compacted cannot be undone');
      if (this.#history.at(-1)?.length === 0) this.#history.pop();
      this.#takeBack(version);
      onUndone(version);
    }
    this.#revision = first.revision - 1;
  }

  /** Removes the history before `revision`. Returns the rows that are no longer needed. */
  compact(revision: number): number[] {
    const obsolete: number[] = [];
    for (const versions of this.#history.splice(0, revision - this.#compactRevision)) {
      for (const version of versions) this.#forgetBefore(version, obsolete);
    }
    this.#compactRevision = revision;
    return obsolete;
  }

  #entryOf(key: string, put: Change['put'], revision: number): KeyValue | null {
    if (put === null) return null;
    const old = this.get(key);
    return {
      key,
      value: put.value,
      createRevision: old?.createRevision ?? revision,
      modRevision: revision,
      version: (old?.version ?? 0) + 1,
      lease: put.lease,
    };
  }

  #apply({ row, revision, key, entry }: LogRecord): Version {
    const replaced = this.#live.get(key);
    const previous = replaced ?? this.#deleted.get(key) ?? null;
    const version: Version = { row, revision, key, entry, bytes: bytesOf(entry), previous };
    this.#lastRow = row;
    this.#revision = Math.max(this.#revision, revision);
    if (entry === null) {
      this.#live.delete(key);
      this.#deleted.set(key, version);
    } else {
      this.#live.set(key, version);
      if (replaced === undefined) this.#deleted.delete(key);
    }
    this.#liveBytes += version.bytes - (replaced?.bytes ?? 0);
    this.#historyBytes += replaced?.bytes ?? 0;
    if (revision > this.#compactRevision) this.#remember(version);
    return version;
  }

  #leaveValue(version: Version): void {
    if (version.entry !== null) version.entry = this.#values.entryOf(version.row, version.entry);
  }

  #takeBack({ key, entry, bytes, previous }: Version): void {
    this.#lastRow--;
    const replaced = previous?.entry ?? null;
    if (entry === null) this.#deleted.delete(key);
    else this.#live.delete(key);
    if (previous !== null) (replaced === null ? this.#deleted : this.#live).set(key, previous);
    const replacedBytes = previous?.bytes ?? 0;
    this.#liveBytes -= bytes - replacedBytes;
    this.#historyBytes -= replacedBytes;
  }

  #remember(version: Version): void {
    const index = version.revision - this.#compactRevision - 1;
    const versions = this.#history[index];
    if (versions === undefined) this.#history[index] = [version];
    else versions.push(version);
  }

  #forgetBefore(version: Version, obsolete: number[]): void {
    const { key, previous } = version;
    if (previous !== null) {
      // The row of a deletion itself was removed when its revision was compacted.
      if (previous.entry !== null) obsolete.push(previous.row);
      this.#historyBytes -= previous.bytes;
      version.previous = null;
    }
    if (version.entry === null) {
      obsolete.push(version.row);
      if (this.#deleted.get(key) === version) this.#deleted.delete(key);
    }
  }
}

/** The memory of text: one byte for a character or, if it isn't only Latin, two. */
function bytesOf(entry: Pick<KeyValue, 'key' | 'value'> | null): number {
  if (entry === null) return 0;
  const { key, value } = entry;
  const utf8 = Buffer.byteLength(value);
  const text = utf8 === value.length ? utf8 : Math.max(utf8, 2 * value.length);
  return limits.embeddedEntryBytes + key.length + text;
}

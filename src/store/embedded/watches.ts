import { isKamadoError, type Log, limits, type Runtime } from '../../kernel/index.ts';
import { callWatcher } from '../call-watcher.ts';
import { type Bounds, within } from '../check.ts';
import type { StoreEvent, Watch, Watcher } from '../store.ts';
import { loaded } from './logged-values.ts';
import type { Version, Versions } from './versions.ts';

interface OpenWatch {
  readonly bounds: Bounds;
  readonly previous: boolean;
  readonly watcher: Watcher;
  /** The next revision to deliver. */
  next: number;
  /** Whether it began with the changes after it was opened. */
  readonly fromNow: boolean;
  closed: boolean;
}

/** Delivers durable changes to watchers, each at its own pace: a watch is a cursor on the history. */
export class Watches {
  readonly #open = new Set<OpenWatch>();
  readonly #versions: Versions;
  readonly #runtime: Runtime;
  readonly #log: Log;
  #durableRevision: number;
  #turnPending = false;

  constructor(versions: Versions, runtime: Runtime, log: Log) {
    this.#versions = versions;
    this.#runtime = runtime;
    this.#log = log;
    this.#durableRevision = versions.revision;
  }

  /** @param from the first revision to deliver; null: the next one */
  add(bounds: Bounds, from: number | null, previous: boolean, watcher: Watcher): Watch {
    const next = from ?? this.#versions.revision + 1;
    const watch: OpenWatch = { bounds, previous, watcher, next, fromNow: from === null, closed: false };
    this.#open.add(watch);
    // Earlier events are delivered in a turn of their own: no watcher is called while still in `watch`.
    if (next <= this.#durableRevision) this.#continueNextTurn();
    return { close: () => this.#close(watch) };
  }

  /** Delivers everything up to `revision`, which is durable now. */
  deliver(revision: number): void {
    this.#durableRevision = revision;
    let behind = false;
    for (const watch of this.#open) behind = this.#deliverTo(watch) || behind;
    if (behind) this.#continueNextTurn();
  }

  /** Adapts to undone revisions after the newest one, whose numbers will be used again for other changes. */
  rewind(): void {
    const next = this.#versions.revision + 1;
    for (const watch of this.#open) if (watch.fromNow) watch.next = Math.min(watch.next, next);
  }

  closeAll(): void {
    for (const watch of this.#open) this.#close(watch);
  }

  #close(watch: OpenWatch): void {
    watch.closed = true;
    this.#open.delete(watch);
  }

  #continueNextTurn(): void {
    if (this.#turnPending) return;
    this.#turnPending = true;
    this.#runtime.nextTurn(() => {
      this.#turnPending = false;
      this.deliver(this.#durableRevision);
    });
  }

  /** Delivers up to a turn's worth of revisions to one watch. Returns whether more are waiting. */
  #deliverTo(watch: OpenWatch): boolean {
    if (watch.next <= this.#versions.compactRevision) {
      this.#close(watch);
      callWatcher(this.#log, () => watch.watcher.onCompacted(this.#versions.compactRevision));
      return false;
    }
    const last = Math.min(this.#durableRevision, watch.next + limits.embeddedWatchRevisions - 1);
    while (!watch.closed && watch.next <= last) {
      const revision = watch.next++;
      const events = this.#eventsFor(watch, revision);
      if (events.length > 0) callWatcher(this.#log, () => watch.watcher.onEvents(events, revision));
    }
    return !watch.closed && watch.next <= this.#durableRevision;
  }

  #eventsFor(watch: OpenWatch, revision: number): readonly StoreEvent[] {
    try {
      return eventsFor(watch, this.#versions.versionsOf(revision));
    } catch (error) {
      if (!isKamadoError(error)) throw error;
      // The log can't be read: the store is unusable, and has reported it.
      this.#close(watch);
      return [];
    }
  }
}

function eventsFor(watch: OpenWatch, versions: readonly Version[]): StoreEvent[] {
  const events: StoreEvent[] = [];
  for (const version of versions) {
    if (!within(version.key, watch.bounds)) continue;
    const { key, entry, revision } = version;
    const before = watch.previous ? (version.previous?.entry ?? null) : null;
    const previous = before === null ? null : loaded(before);
    events.push(
      entry === null
        ? { type: 'delete', key, modRevision: revision, previous }
        : { type: 'put', entry: loaded(entry), previous },
    );
  }
  return events;
}

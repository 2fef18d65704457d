import { errorText, isKamadoError, type Log, limits, type Runtime, reconnecting, sleep } from '../kernel/index.ts';
import { type KeyRange, type KeyValue, oneKey, type Store, type StoreEvent } from './store.ts';

/** The consumer of a range: it receives all entries, then every change. */
export interface Follower {
  /**
   * Receives all entries of the range at a revision: at first, and again after lost history or after the store has gone
   * back to an older state. It replaces everything that was received before: an absent key doesn't exist. Its revision
   * can be lower than that of an earlier list.
   */
  readonly onSnapshot: (entries: readonly KeyValue[], revision: number) => void;
  readonly onEvents: (events: readonly StoreEvent[], revision: number) => void;
}

/**
 * Lists a range and delivers every change after the list. It lists again after lost history, or after the store has
 * gone back to an older state. Runs until `signal` aborts. While the store is away, it waits for it.
 */
export async function follow(
  context: { readonly runtime: Runtime; readonly store: Store; readonly log: Log },
  range: KeyRange,
  follower: Follower,
  signal: AbortSignal,
): Promise<void> {
  const { runtime, store, log } = context;
  const pauses = reconnecting();
  const onListed = (): void => pauses.reset();
  while (!signal.aborted) {
    try {
      await followOneHistory(store, range, follower, signal, onListed);
    } catch (error) {
      if (!isKamadoError(error)) throw error;
      log.warn({ reason: errorText(error) }, 'Following the store was interrupted.');
      await sleep(runtime, pauses.nextMs(), signal);
    }
  }
}

/**
 * Lists and watches until the watch ends. The watch is opened before the list is made, and its events are held back
 * until then: so if the store goes back while its pages are read, the watch ends, and with it the list.
 */
async function followOneHistory(
  store: Store,
  range: KeyRange,
  follower: Follower,
  signal: AbortSignal,
  onListed: () => void,
): Promise<void> {
  const { revision: start } = await store.get(oneKey(range.from), { keysOnly: true });
  if (signal.aborted) return;
  const over = new AbortController();
  let early: { readonly events: readonly StoreEvent[]; readonly revision: number }[] | null = [];
  const onEvents = (events: readonly StoreEvent[], revision: number): void => {
    if (early === null) follower.onEvents(events, revision);
    else early.push({ events, revision });
  };
  const watcher = { onEvents, onCompacted: () => over.abort() };
  const watch = store.watch(range, { fromRevision: start + 1 }, watcher);
  const end = (): void => {
    watch.close();
    over.abort();
  };
  signal.addEventListener('abort', end, { once: true });
  try {
    const { entries, revision: listed } = await readAll(store, range);
    // The list is older than the start: the store has gone back, and that watch delivers nothing.
    if (over.signal.aborted || listed < start) return;
    onListed();
    follower.onSnapshot(entries, listed);
    for (const { events, revision } of early) {
      if (revision > listed && !over.signal.aborted) follower.onEvents(events, revision);
    }
    early = null;
    await untilAborted(over.signal);
  } finally {
    signal.removeEventListener('abort', end);
    watch.close();
  }
}

/**
 * Reads all entries of a range as of one revision, in pages: of the given revision, or the store's.
 * @throws STORE_REFUSED if that revision was compacted, or is in the future
 */
export async function readAll(
  store: Store,
  range: KeyRange,
  asOf?: number,
): Promise<{ readonly entries: readonly KeyValue[]; readonly revision: number }> {
  const entries: KeyValue[] = [];
  let from = range.from;
  let limit: number = limits.storePageKeys;
  let revision = asOf;
  for (;;) {
    const part = range.to === undefined ? { from } : { from, to: range.to };
    const page = await store.get(part, {
      limit,
      ...(revision === undefined ? {} : { revision }),
    });
    revision ??= page.revision;
    for (const entry of page.entries) entries.push(entry);
    const last = page.entries.at(-1);
    if (last === undefined || page.count <= page.entries.length) return { entries, revision };
    from = `${last.key}\0`;
    limit = keysOfNextPage(page.entries);
  }
}

/**
 * Returns the number of keys for the next page. The store counts the rest of the range each time: small entries go into
 * larger pages.
 */
export function keysOfNextPage(entries: readonly KeyValue[]): number {
  const bytes = entries.reduce((sum, { key, value }) => sum + key.length + value.length, 0);
  const keys = Math.floor((entries.length * limits.storePageBytes) / bytes);
  return Math.min(Math.max(keys, 1), limits.storePageKeysMost);
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

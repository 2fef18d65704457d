import { errorText, isKamadoError, type Log, limits, type Runtime, reconnecting, sleep } from '../kernel/index.ts';
import { type KeyRange, type KeyValue, oneKey, type Store, type StoreEvent } from './store.ts';

/** Who follows a range: everything that is there, then every change. */
export interface Follower {
  /**
   * All entries of the range at a revision: at first, and again when history was lost or the store has gone back to an
   * older state. It is to be taken as it is: what isn't in it isn't there, whatever was told before. Its revision can be
   * lower than that of an earlier list.
   */
  readonly onSnapshot: (entries: readonly KeyValue[], revision: number) => void;
  readonly onEvents: (events: readonly StoreEvent[], revision: number) => void;
}

/**
 * Lists a range and tells every change after the list; lists again when history was lost, or the store has gone back to
 * an older state. Runs until `signal` aborts; while the store is away it waits for it.
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
 * Lists and watches until the watch ends. The watch is opened before the list is made, and what it tells meanwhile is
 * kept until then: so a store that goes back while its pages are read ends the watch, and with it the list.
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
    // Lower than the start: the store has gone back, and tells nothing of that watch.
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
 * All entries of a range as of one revision, read in pages: of the one given, or the store's.
 * @throws STORE_REFUSED where that revision was compacted, or is none yet
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

/** How many keys the next page may have. Each time the store counts the rest of the range: small entries go into larger pages. */
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

import { errorText, isKamadoError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import type { Log } from '../kernel/log.ts';
import { type Runtime, sleep } from '../kernel/runtime.ts';
import type { KeyRange, KeyValue, Store, StoreEvent } from './store.ts';

/** Who follows a range: everything that is there, then every change. */
export interface Follower {
  /** All entries of the range at a revision: at first, and again after history was lost in between. */
  readonly onSnapshot: (entries: readonly KeyValue[], revision: number) => void;
  readonly onEvents: (events: readonly StoreEvent[], revision: number) => void;
}

/**
 * Lists a range, then watches it from the next revision on; after a compaction it lists again. Runs until `signal`
 * aborts; while the store is away it waits for it.
 */
export async function follow(
  context: { readonly runtime: Runtime; readonly store: Store; readonly log: Log },
  range: KeyRange,
  follower: Follower,
  signal: AbortSignal,
): Promise<void> {
  const { runtime, store, log } = context;
  let pauseMs: number = limits.reconnectFirstMs;
  while (!signal.aborted) {
    try {
      const { entries, revision } = await readAll(store, range);
      if (signal.aborted) return;
      pauseMs = limits.reconnectFirstMs;
      follower.onSnapshot(entries, revision);
      await watchUntilCompacted(store, range, revision + 1, follower, signal);
    } catch (error) {
      if (!isKamadoError(error)) throw error;
      log.warn({ reason: errorText(error) }, 'Following the store was interrupted.');
      await sleep(runtime, pauseMs, signal);
      pauseMs = Math.min(pauseMs * 2, limits.reconnectLongestMs);
    }
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

/** For each page the store counts the rest of the range: small entries are read in larger pages. */
function keysOfNextPage(entries: readonly KeyValue[]): number {
  const bytes = entries.reduce((sum, { key, value }) => sum + key.length + value.length, 0);
  const keys = Math.floor((entries.length * limits.storePageBytes) / bytes);
  return Math.min(Math.max(keys, 1), limits.storePageKeysMost);
}

function watchUntilCompacted(
  store: Store,
  range: KeyRange,
  fromRevision: number,
  follower: Follower,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      watch.close();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const watch = store.watch(range, { fromRevision }, { onEvents: follower.onEvents, onCompacted: done });
    signal.addEventListener('abort', done, { once: true });
    if (signal.aborted) done();
  });
}

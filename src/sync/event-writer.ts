import { limits } from '../kernel/limits.ts';
import { keys } from '../records/keys.ts';
import type { Term } from '../store/leadership.ts';
import { type Cursor, encodeCursor, readCursor } from './cursor.ts';
import { DoneEvents } from './done-events.ts';
import { batchEvents } from './event-batch.ts';
import { repairConfigs } from './repair.ts';
import type { SyncContext } from './sync.ts';

/**
 * Mirrors the events of the database to the store, in the order of their commits, for a term. The cursor is compared
 * and moved in the transaction of each batch: an event is written once, and never by a deposed writer.
 */
export async function mirrorEvents(context: SyncContext, term: Term): Promise<void> {
  const { database, model, store, log } = context;
  const wake = new Wake(term.ended);
  const stop = database.onEvents(() => wake.up());
  try {
    let cursor = await readCursor(store);
    const repaired = isIntact(cursor, await database.mirroredEvents()) ? null : await repairConfigs(context, term);
    const done = new DoneEvents(context, cursor);
    while (!term.ended.aborted) {
      const queue = await database.nextEvents(done.ids, limits.eventBatchRows);
      if (queue.length === 0) {
        // What was committed before the repair has all come by.
        repaired?.clear();
        await wake.wait();
        continue;
      }
      const batch = batchEvents(model, queue, (event) => repaired?.isOlder(event) === true);
      const ids = batch.events.map((event) => event.id);
      const sequence = cursor.sequence + ids.length;
      const events = [...done.ids, ...ids];
      const result = await store.transact({
        compare: [term.guard, { key: keys.syncCursor, target: 'modRevision', is: '=', value: cursor.modRevision }],
        success: [...batch.operations, { type: 'put', key: keys.syncCursor, value: encodeCursor(sequence, events) }],
      });
      if (!result.succeeded) {
        log.info({}, 'Another sync leads.');
        return;
      }
      for (const event of batch.events) repaired?.pass(event);
      cursor = { sequence, events, modRevision: result.revision };
      await done.add(ids, sequence);
    }
  } finally {
    stop();
  }
}

/**
 * Whether store and database know of the same events, except for those of which the database wasn't told yet, which the
 * cursor names. Else one of them is new, or has lost something.
 */
function isIntact({ modRevision, sequence, events }: Cursor, mirrored: number): boolean {
  return modRevision > 0 && sequence >= mirrored && sequence <= mirrored + events.length;
}

/** Waits for a commit; one that came before the wait counts. */
class Wake {
  readonly #ended: AbortSignal;
  #called = false;
  #resolve: (() => void) | null = null;

  constructor(ended: AbortSignal) {
    this.#ended = ended;
    ended.addEventListener('abort', () => this.up(), { once: true });
  }

  up(): void {
    this.#called = true;
    this.#resolve?.();
  }

  async wait(): Promise<void> {
    if (!this.#called && !this.#ended.aborted) {
      await new Promise<void>((resolve) => {
        this.#resolve = resolve;
      });
    }
    this.#called = false;
    this.#resolve = null;
  }
}

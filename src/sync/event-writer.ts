import { limits } from '../kernel/limits.ts';
import { keys } from '../records/keys.ts';
import type { Term } from '../store/leadership.ts';
import type { Operation } from '../store/store.ts';
import { type Cursor, encodeCursor, readCursor } from './cursor.ts';
import { DoneEvents } from './done-events.ts';
import { batchEvents } from './event-batch.ts';
import { type Repaired, repairConfigs } from './repair.ts';
import type { SyncContext } from './sync.ts';

/**
 * Mirrors the events of the database to the store, in the order of their commits, for a term. The cursor is compared
 * and moved in the transaction of each batch: an event is written once, and never by a deposed writer.
 */
export async function mirrorEvents(context: SyncContext, term: Term): Promise<void> {
  const { database, model, store, log } = context;
  const wake = new Wake(term.ended);
  const stop = database.onEvents(() => wake.up());
  let cursor = await readCursor(store);
  /** Writes, and moves the cursor. False where another sync leads. */
  const write = async (operations: readonly Operation[], next: Omit<Cursor, 'modRevision'>): Promise<boolean> => {
    const { succeeded, revision } = await store.transact({
      compare: [term.guard, { key: keys.syncCursor, target: 'modRevision', is: '=', value: cursor.modRevision }],
      success: [...operations, { type: 'put', key: keys.syncCursor, value: encodeCursor(next) }],
    });
    if (succeeded) cursor = { ...next, modRevision: revision };
    else log.info({}, 'Another sync leads.');
    return succeeded;
  };
  try {
    let repaired: Repaired | null = null;
    if (!isIntact(cursor, await database.mirroredEvents())) {
      repaired = await repairConfigs(context, term);
      // Whoever comes next is to repair again, until what was committed before has all come by.
      if (!(await write([], { ...cursor, catchingUp: true }))) return;
    }
    const done = new DoneEvents(context, cursor);
    while (!term.ended.aborted) {
      const queue = await database.nextEvents(done.ids, limits.eventBatchRows);
      if (queue.length > 0) {
        const batch = batchEvents(model, queue, (event) => repaired?.has(event) === true);
        const ids = batch.events.map((event) => event.id);
        const sequence = cursor.sequence + ids.length;
        const { catchingUp } = cursor;
        if (!(await write(batch.operations, { sequence, events: [...done.ids, ...ids], catchingUp }))) return;
        for (const event of batch.events) repaired?.pass(event);
        await done.add(ids, sequence);
      } else if (repaired !== null) {
        repaired = null;
        if (!(await write([], { ...cursor, catchingUp: false }))) return;
      } else {
        await wake.wait();
        // A removal that failed while the database was away is tried again when that tells that it is back.
        await done.add([], cursor.sequence);
      }
    }
  } finally {
    stop();
  }
}

/**
 * Whether store and database know of the same events, except for those of which the database wasn't told yet, which the
 * cursor names. Else one of them is new, or has lost something.
 */
function isIntact({ modRevision, sequence, events, catchingUp }: Cursor, mirrored: number): boolean {
  return modRevision > 0 && !catchingUp && sequence >= mirrored && sequence <= mirrored + events.length;
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

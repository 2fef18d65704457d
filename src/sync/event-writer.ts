import { limits } from '../kernel/limits.ts';
import { keys } from '../records/keys.ts';
import type { Term } from '../store/leadership.ts';
import { whenThereIsRoom } from '../store/room.ts';
import type { Operation } from '../store/store.ts';
import { type Cursor, encodeCursor, readCursor } from './cursor.ts';
import { DoneEvents } from './done-events.ts';
import { batchEvents } from './event-batch.ts';
import { type Repaired, repairConfigs } from './repair.ts';
import type { SyncContext } from './sync.ts';

/** How far the store has come, as the sync that leads writes it. */
export class CursorWriter {
  readonly #context: SyncContext;
  readonly #term: Term;
  #cursor: Cursor;

  constructor(context: SyncContext, term: Term, cursor: Cursor) {
    this.#context = context;
    this.#term = term;
    this.#cursor = cursor;
  }

  get cursor(): Cursor {
    return this.#cursor;
  }

  /** Writes as soon as there is room, and moves the cursor. False where another sync leads, or the store isn't as this one left it. */
  async write(operations: readonly Operation[], next: Omit<Cursor, 'modRevision'>): Promise<boolean> {
    const isOurs = { key: keys.syncCursor, target: 'modRevision', is: '=', value: this.#cursor.modRevision } as const;
    const result = await whenThereIsRoom(this.#context, this.#term.ended, () =>
      this.#context.store.transact({
        compare: [this.#term.guard, isOurs],
        success: [...operations, { type: 'put', key: keys.syncCursor, value: encodeCursor(next) }],
      }),
    );
    if (result?.succeeded !== true) return false;
    this.#cursor = { ...next, modRevision: result.revision };
    return true;
  }
}

/** A store that has been compared with the database. */
export interface Compared {
  readonly cursor: CursorWriter;
  /** What was repaired, or null where there was no need. */
  readonly repaired: Repaired | null;
}

/**
 * Makes sure that the store holds what the database has committed up to the cursor, at the beginning of a term. Where one
 * of them is new, has lost something or has gone back to an older state, everything is compared. Null where another sync
 * leads.
 */
export async function compareStore(context: SyncContext, term: Term): Promise<Compared | null> {
  const { database, store } = context;
  const cursor = new CursorWriter(context, term, await readCursor(store));
  if (isIntact(cursor.cursor, await database.mirroredEvents())) return { cursor, repaired: null };
  const repaired = await repairConfigs(context, term);
  // Whoever comes next is to repair again, until what was committed before has all come by.
  return (await cursor.write([], { ...cursor.cursor, catchingUp: true })) ? { cursor, repaired } : null;
}

/**
 * Mirrors the events of the database to the store, in the order of their commits, for a term. The cursor is compared
 * and moved in the transaction of each batch: an event is written once, and never by a deposed writer.
 */
export async function mirrorEvents(context: SyncContext, term: Term, compared: Compared): Promise<void> {
  const { database, model } = context;
  const { cursor: writer } = compared;
  let { repaired } = compared;
  const wake = new Wake(term.ended);
  const stop = database.onEvents(() => wake.up());
  try {
    const done = new DoneEvents(context, writer.cursor);
    while (!term.ended.aborted) {
      const { sequence, catchingUp } = writer.cursor;
      const queue = await database.nextEvents(done.ids, limits.eventBatchRows);
      if (queue.length > 0) {
        const batch = batchEvents(model, queue, (event) => repaired?.has(event) === true);
        const ids = batch.events.map((event) => event.id);
        const next = sequence + ids.length;
        if (!(await writer.write(batch.operations, { sequence: next, events: [...done.ids, ...ids], catchingUp })))
          return;
        for (const event of batch.events) repaired?.pass(event);
        await done.add(ids, next);
      } else if (repaired !== null) {
        repaired = null;
        if (!(await writer.write([], { ...writer.cursor, catchingUp: false }))) return;
      } else {
        await wake.wait();
        // A removal that failed while the database was away is tried again when that tells that it is back.
        await done.add([], sequence);
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

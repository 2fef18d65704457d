import type { Database } from '../database/index.ts';
import { limits } from '../kernel/index.ts';
import { keys } from '../records/index.ts';
import { type Operation, type Term, whenSpaceIsFree } from '../store/index.ts';
import { type Cursor, encodeCursor, hashOf, readCursor } from './cursor.ts';
import { DoneEvents } from './done-events.ts';
import { batchEvents, operationsOf } from './event-batch.ts';
import { type Repaired, repairConfigs } from './repair.ts';
import type { SyncContext } from './sync-context.ts';
import { readUnknownPast } from './unknown-past.ts';

/** Writes to the store together with the cursor, for the leading sync. */
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

  /**
   * Writes the operations and moves the cursor, as soon as the store has free space. False if another sync leads, or if
   * the cursor in the store was changed.
   */
  async write(operations: readonly Operation[], next: Omit<Cursor, 'modRevision'>): Promise<boolean> {
    const isOurs = { key: keys.syncCursor, target: 'modRevision', is: '=', value: this.#cursor.modRevision } as const;
    const result = await whenSpaceIsFree(this.#context, this.#term.ended, () =>
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
  /** The repaired resources, or null if there was no need. */
  readonly repaired: Repaired | null;
}

/**
 * Makes sure, at the beginning of a term, that the store holds everything that the database has committed up to the
 * cursor. If one of them is new, has lost data or has gone back to an older state, everything is compared. Null if
 * another sync leads.
 */
export async function compareStore(context: SyncContext, term: Term): Promise<Compared | null> {
  const { database, store } = context;
  const writer = new CursorWriter(context, term, await readCursor(store));
  const { cursor } = writer;
  const mirrored = await database.mirroredEvents();
  const isKnown = await isEndKnown(cursor, mirrored, database);
  const isIntact = cursor.modRevision > 0 && !cursor.catchingUp && (cursor.sequence === mirrored || isKnown);
  if (isIntact) return { cursor: writer, repaired: null };
  // If nothing was ever mirrored, nothing can be lost.
  const isFirst = cursor.modRevision === 0 && mirrored === 0;
  const repaired = await repairConfigs(context, term, isFirst ? null : await readUnknownPast(context));
  // The next leader must repair again, until all earlier commits have been mirrored.
  const next = { ...cursor, events: isKnown ? cursor.events : [], catchingUp: true };
  return (await writer.write([], next)) ? { cursor: writer, repaired } : null;
}

/**
 * Whether the events that the cursor names, and that the database may not have removed yet, are the ones in its queue.
 * In a restored database other events have their ids.
 */
async function isEndKnown({ sequence, events, last }: Cursor, mirrored: number, database: Database): Promise<boolean> {
  if (sequence <= mirrored || sequence > mirrored + events.length) return false;
  if (last === undefined) return true;
  const queue = await database.nextEvents([], events.length + limits.eventBatchRows);
  return queue.some((event) => event.id === events.at(-1) && hashOf(event) === last);
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
        const batch = batchEvents(queue, (event) => (repaired?.has(event) === true ? [] : operationsOf(model, event)));
        const ids = batch.events.map((event) => event.id);
        const [newest] = batch.events.slice(-1).map(hashOf);
        const next = { sequence: sequence + ids.length, events: [...done.ids, ...ids], last: newest, catchingUp };
        if (!(await writer.write(batch.operations, next))) return;
        for (const event of batch.events) repaired?.pass(event);
        await done.add(ids, next.sequence);
      } else if (repaired !== null) {
        repaired = null;
        if (!(await writer.write([], { ...writer.cursor, catchingUp: false }))) return;
      } else {
        await wake.wait();
        // A removal that failed while the database was unavailable is tried again when an event shows that it is back.
        await done.add([], sequence);
      }
    }
  } finally {
    stop();
  }
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

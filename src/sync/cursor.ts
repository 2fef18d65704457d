import { createHash } from 'node:crypto';
import type { ConfigEvent } from '../database/index.ts';
import { isJsonObject, parseJson } from '../kernel/index.ts';
import { keys } from '../records/index.ts';
import { oneKey, type Store } from '../store/index.ts';

/** How far the events of the database are in the store. */
export interface Cursor {
  /** How many events have been mirrored in all: a gapless count. */
  readonly sequence: number;
  /** The queue's ids of the last batch: done, whether or not the database knows it yet. */
  readonly events: readonly number[];
  /** The hash of the last of them; absent where nobody has noted it. */
  readonly last?: string | undefined;
  /** Since a repair the queue may hold events that are older than what the store holds. */
  readonly catchingUp: boolean;
  /** The revision that a writer compares; 0 where there is no cursor. */
  readonly modRevision: number;
}

const noCursor: Cursor = { sequence: 0, events: [], catchingUp: false, modRevision: 0 };

/** Reads the cursor; a new store has none. */
export async function readCursor(store: Store): Promise<Cursor> {
  const { entries } = await store.get(oneKey(keys.syncCursor));
  const [entry] = entries;
  const value = entry === undefined ? undefined : parseJson(entry.value);
  if (entry === undefined || !isJsonObject(value)) return noCursor;
  const events = Array.isArray(value.events) ? value.events.filter(isCount) : [];
  return {
    sequence: isCount(value.sequence) ? value.sequence : 0,
    events,
    last: typeof value.last === 'string' ? value.last : undefined,
    catchingUp: value.catching_up === true,
    modRevision: entry.modRevision,
  };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

/** The cursor's value. */
export function encodeCursor({ sequence, events, last, catchingUp }: Omit<Cursor, 'modRevision'>): string {
  return JSON.stringify({ sequence, events, last, ...(catchingUp ? { catching_up: true } : {}) });
}

/** What tells an event from another one of the same id: a database that was put back gives ids once more. */
export function hashOf({ id, type, resourceId, action, body, version, markedForDeletion, key }: ConfigEvent): string {
  const text = JSON.stringify([id, type, resourceId, action, body, version, markedForDeletion, key]);
  return createHash('sha256').update(text).digest('hex');
}

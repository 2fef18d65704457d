import { createHash } from 'node:crypto';
import type { ConfigEvent } from '../database/index.ts';
import { isJsonObject, parseJson } from '../kernel/index.ts';
import { keys } from '../records/index.ts';
import { oneKey, type Store } from '../store/index.ts';

/** The position up to which the events of the database are in the store. */
export interface Cursor {
  /** The number of mirrored events: a count without gaps. */
  readonly sequence: number;
  /** The queue's ids of the last batch: mirrored, whether or not the database has removed them yet. */
  readonly events: readonly number[];
  /** The hash of the last of them; absent if it wasn't recorded. */
  readonly last?: string | undefined;
  /** Whether the queue, since a repair, may hold events that are older than the store's content. */
  readonly catchingUp: boolean;
  /** The revision that a writer compares; 0 if there is no cursor. */
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

/** Encodes the cursor's value. */
export function encodeCursor({ sequence, events, last, catchingUp }: Omit<Cursor, 'modRevision'>): string {
  return JSON.stringify({ sequence, events, last, ...(catchingUp ? { catching_up: true } : {}) });
}

/** A hash that distinguishes events with the same id: a restored database assigns ids again. */
export function hashOf({ id, type, resourceId, action, body, version, markedForDeletion, key }: ConfigEvent): string {
  const text = JSON.stringify([id, type, resourceId, action, body, version, markedForDeletion, key]);
  return createHash('sha256').update(text).digest('hex');
}

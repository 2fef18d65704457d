import { isJsonObject, type Json, type JsonObject } from '../kernel/index.ts';
import { parseJobKey } from '../records/index.ts';

/** One recorded write of the store, or an entry that existed when the recording began. */
export interface RecordedEvent {
  /** The number in reports: the recorded one, else its line. */
  readonly index: number;
  /** Events with the same number belong to one transaction. */
  readonly transaction: number;
  /** 'held': it existed when the recording began. */
  readonly kind: 'put' | 'delete' | 'held';
  readonly key: string;
  /** The value as stored; '' for a deletion. */
  readonly value: string;
  /** The time of the recording, in milliseconds since the epoch; 0 if unknown. */
  readonly timeMs: number;
}

const kinds: { readonly [action: string]: RecordedEvent['kind'] } = {
  set: 'put',
  create: 'put',
  update: 'put',
  compareAndSwap: 'put',
  delete: 'delete',
  compareAndDelete: 'delete',
  expire: 'delete',
  get: 'held',
};

/**
 * Reads a line of an events file: `{action, key, value, index?, revision?}`. Returns null for a line that isn't a write
 * of a value (directories), and a text with the reason if the line can't be understood.
 */
export function parseEvent(line: Json | undefined, lineNumber: number): RecordedEvent | null | string {
  if (!isJsonObject(line)) return 'an object is expected';
  const { action, key, index, revision } = line;
  const kind = typeof action === 'string' && Object.hasOwn(kinds, action) ? kinds[action] : undefined;
  if (kind === undefined) return `unknown action ${JSON.stringify(action ?? null)}`;
  if (typeof key !== 'string' || !key.startsWith('/')) return 'a key that begins with / is expected';
  // A job that succeeded has an empty value.
  const value = line.value ?? (parseJobKey(key) === null ? null : '');
  if (kind !== 'delete' && value === null) return null;
  const number = typeof index === 'number' ? index : lineNumber;
  return {
    index: number,
    transaction: typeof revision === 'number' ? revision : lineNumber,
    kind,
    key,
    value: kind === 'delete' ? '' : wireValue(key, value),
    timeMs: timeOf(line),
  };
}

/** The time of an event: `ts_ms` if present, since it is more exact. */
function timeOf({ ts, ts_ms: finer }: JsonObject): number {
  const time = typeof finer === 'string' ? finer : ts;
  return (typeof time === 'string' && Date.parse(time)) || 0;
}

/** The text in the store: on the wire, the body of a config is itself text. */
function wireValue(key: string, value: Json): string {
  if (typeof value === 'string') return value;
  const isConfig = key.startsWith('/config/') && isJsonObject(value) && isJsonObject(value.body);
  return JSON.stringify(isConfig ? { ...(value as JsonObject), body: JSON.stringify(value.body) } : value);
}

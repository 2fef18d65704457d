import { isJsonObject, type Json, type JsonObject } from '../kernel/index.ts';
import { parseJobKey } from '../records/index.ts';

/** One recorded write of the store, or what a key held when the recording began. */
export interface RecordedEvent {
  /** The number by which reports name it: the recorded one, else its line. */
  readonly index: number;
  /** Events of one number here are one transaction. */
  readonly transaction: number;
  /** 'held': it was there when the recording began. */
  readonly kind: 'put' | 'delete' | 'held';
  readonly key: string;
  /** The value as it stands in the store; '' for a deletion. */
  readonly value: string;
  /** When it was recorded, in milliseconds since the epoch; 0 where that isn't told. */
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
 * Reads a line of an events file: `{action, key, value, index?, revision?}`. Null for what is no write of a value:
 * directories. A text where the line can't be understood: why.
 */
export function parseEvent(line: Json | undefined, lineNumber: number): RecordedEvent | null | string {
  if (!isJsonObject(line)) return 'an object is expected';
  const { action, key, index, revision } = line;
  const kind = typeof action === 'string' && Object.hasOwn(kinds, action) ? kinds[action] : undefined;
  if (kind === undefined) return `unknown action ${JSON.stringify(action ?? null)}`;
  if (typeof key !== 'string' || !key.startsWith('/')) return 'a key that begins with / is expected';
  // A job that was finished well has an empty value.
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

/** `ts_ms` is the finer one, where it is there. */
function timeOf({ ts, ts_ms: finer }: JsonObject): number {
  const time = typeof finer === 'string' ? finer : ts;
  return (typeof time === 'string' && Date.parse(time)) || 0;
}

/** The text that stood in the store: on the wire the body of a config is text itself. */
function wireValue(key: string, value: Json): string {
  if (typeof value === 'string') return value;
  const isConfig = key.startsWith('/config/') && isJsonObject(value) && isJsonObject(value.body);
  return JSON.stringify(isConfig ? { ...(value as JsonObject), body: JSON.stringify(value.body) } : value);
}

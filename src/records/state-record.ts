import { isJsonObject, type JsonObject, limits, parseForeignJson } from '../kernel/index.ts';
import type { JobAction } from './job.ts';

/** What became of a version of a resource, under /state (compatibility K6). */
export interface StateRecord {
  /** '' where it succeeded. */
  readonly error: string;
  readonly state: JsonObject;
  /** The config version that it speaks of. */
  readonly version: number;
}

/** The state of a resource on which nothing works: it was read. */
export const READ_COMPLETE = 'READ_COMPLETE';

const completed: { readonly [Action in JobAction]: string } = {
  create: 'CREATE_COMPLETED',
  modify: 'MODIFY_COMPLETED',
  // A leg of a modify: the resource stays.
  delete: 'MODIFY_COMPLETED',
  logical_delete: 'DELETE_COMPLETED',
};

const failed: { readonly [Action in JobAction]: string } = {
  create: 'CREATE_ERROR',
  modify: 'MODIFY_ERROR',
  delete: 'MODIFY_ERROR',
  logical_delete: 'DELETE_ERROR',
};

/** The value of a /state key. */
export function encodeState(record: StateRecord): string {
  return JSON.stringify({ error: record.error, state: record.state, version: record.version });
}

/** Reads the value of a /state key; null where it isn't one. */
export function decodeState(value: string): StateRecord | null {
  const record = parseForeignJson(value);
  if (!isJsonObject(record) || typeof record.version !== 'number' || !isJsonObject(record.state)) return null;
  return {
    error: typeof record.error === 'string' ? record.error : '',
    state: record.state,
    version: record.version,
  };
}

/** The state of a version that was read and needs no work. */
export function readComplete(version: number): StateRecord {
  return { error: '', state: { worker_state: READ_COMPLETE }, version };
}

/**
 * The state of a version whose last job succeeded: what the jobs handed on, every member that isn't a string as JSON
 * text, and what the last job was.
 */
export function completedState(action: JobAction, version: number, jobState: JsonObject): StateRecord {
  return { error: '', state: { ...asText(jobState), worker_state: completed[action] }, version };
}

/**
 * The state of a version that failed or was cancelled, with the reason (compatibility S2), and what the jobs handed on.
 */
export function failedState(action: JobAction, version: number, error: string, members: JsonObject = {}): StateRecord {
  const text = error === '' ? failed[action] : error;
  return {
    error: text.slice(0, limits.stateErrorLength),
    state: { ...asText(members), worker_state: failed[action] },
    version,
  };
}

/** What a failure of an action is called. */
export function failureOf(action: JobAction): string {
  return failed[action];
}

function asText(members: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(members).map(([name, value]) => [name, typeof value === 'string' ? value : spacedJson(value)]),
  );
}

/** JSON text with a space after ':' and ',' as recorded: '{"primary": "ACTIVE", "secondary": "ACTIVE"}'. */
function spacedJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(spacedJson).join(', ')}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const members = Object.entries(value).map(([name, part]) => `${JSON.stringify(name)}: ${spacedJson(part)}`);
  return `{${members.join(', ')}}`;
}

/** What a collector saw, under /monitoring: version, and a value per monitored field. */
export interface MonitoringRecord {
  readonly version: number;
  readonly fields: JsonObject;
}

/** Reads the value of a /monitoring key; null where it isn't one. */
export function decodeMonitoring(value: string): MonitoringRecord | null {
  const record = parseForeignJson(value);
  if (!isJsonObject(record) || typeof record.version !== 'number') return null;
  const { version, ...fields } = record;
  return { version: record.version, fields };
}

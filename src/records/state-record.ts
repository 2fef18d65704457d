import { isJsonObject, type JsonObject, limits, parseForeignJson } from '../kernel/index.ts';
import type { JobAction } from './job.ts';

/** The outcome of a version of a resource, under /state (compatibility K6). */
export interface StateRecord {
  /** The error, or '' if it succeeded. */
  readonly error: string;
  readonly state: JsonObject;
  /** The config version of the outcome. */
  readonly version: number;
}

/** The state of a resource on which no handler works: it was read. */
export const READ_COMPLETE = 'READ_COMPLETE';

const completed: { readonly [Action in JobAction]: string } = {
  create: 'CREATE_COMPLETED',
  modify: 'MODIFY_COMPLETED',
  // This is a step of a modify: the resource stays.
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

/** Reads the value of a /state key. null if it isn't valid. */
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
 * The state of a version whose last job succeeded: the values that its jobs passed on, with every member that isn't a
 * string as JSON text, and the outcome of the last job.
 */
export function completedState(action: JobAction, version: number, jobState: JsonObject): StateRecord {
  return { error: '', state: { ...asText(jobState), worker_state: completed[action] }, version };
}

/**
 * The state of a version that failed or was cancelled, with the reason (compatibility S2), and the values that its jobs
 * passed on.
 */
export function failedState(action: JobAction, version: number, error: string, members: JsonObject = {}): StateRecord {
  const text = error === '' ? failed[action] : error;
  return {
    error: text.slice(0, limits.stateErrorLength),
    state: { ...asText(members), worker_state: failed[action] },
    version,
  };
}

/** The name of a failed action. */
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

/** The observation of a collector, under /monitoring: version, and a value per monitored field. */
export interface MonitoringRecord {
  readonly version: number;
  readonly fields: JsonObject;
}

/** Reads the value of a /monitoring key. null if it isn't valid. */
export function decodeMonitoring(value: string): MonitoringRecord | null {
  const record = parseForeignJson(value);
  if (!isJsonObject(record) || typeof record.version !== 'number') return null;
  const { version, ...fields } = record;
  return { version: record.version, fields };
}

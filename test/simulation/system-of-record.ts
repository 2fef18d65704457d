import type { ConfigEvent } from '../../src/database/database.ts';
import type { JsonObject } from '../../src/kernel/json.ts';
import type { StateRecord } from '../../src/records/state-record.ts';
import { templates, typeOf } from '../support/work.ts';

/** A row as the database of the product keeps it. */
export interface RecordRow {
  readonly type: string;
  readonly id: string;
  readonly body: JsonObject;
  readonly version: number;
  readonly marked: boolean;
  readonly stateVersion: number;
  readonly stateError: string;
  readonly workerState: string;
}

const LINKS = ['on_id', 'also_id', 'at_id'];
const UNDONE = new Set(['DELETE_COMPLETED', 'READ_COMPLETE']);

/**
 * What users want: rows, and the queue of what changed in them. It stands for API and database, which are elsewhere put
 * to the test, and survives everything.
 */
export class SystemOfRecord {
  readonly rows = new Map<string, RecordRow>();
  readonly events: ConfigEvent[] = [];
  /** How many of them were ever in the store. */
  mirrored = 0;

  row(type: string, id: string): RecordRow | undefined {
    return this.rows.get(`${type}:${id}`);
  }

  put(type: string, id: string, body: JsonObject): void {
    const before = this.row(type, id);
    if (before?.marked) return;
    this.#write({
      type,
      id,
      body: { id, ...body },
      version: (before?.version ?? 0) + 1,
      marked: false,
      stateVersion: before?.stateVersion ?? 0,
      stateError: before?.stateError ?? '',
      workerState: before?.workerState ?? '',
    });
  }

  /** The first step of a deletion; again after one that failed. False where the row is referred to. */
  mark(type: string, id: string): boolean {
    const row = this.row(type, id);
    if (row === undefined || this.isReferred(row)) return false;
    if (!typeOf(type).versioned) {
      this.remove(type, id);
      return true;
    }
    if (row.marked && row.stateError === '') return false;
    this.#write({ ...row, version: row.version + 1, marked: true });
    return true;
  }

  /** Takes a row away at once, marked or not. */
  remove(type: string, id: string): void {
    if (!this.rows.delete(`${type}:${id}`)) return;
    this.#queue({ type, resourceId: id, action: 'delete', body: '', version: 0, markedForDeletion: false });
  }

  template(id: string, more: JsonObject = {}): void {
    const mappings = { ...templates[id], ...more };
    this.put('heat_template', id, { parameter_mappings: mappings, template_file: 'a: 1' });
  }

  /** The version rules of the database (compatibility S1). */
  applyState(type: string, id: string, record: StateRecord): void {
    const row = this.row(type, id);
    if (row === undefined || !typeOf(type).versioned || record.version > row.version) return;
    const afterError = record.version === row.stateVersion && row.stateError !== '';
    if (record.version <= row.stateVersion && !afterError) return;
    const workerState = String(record.state.worker_state);
    const now = { ...row, stateVersion: record.version, stateError: record.error, workerState };
    this.rows.set(`${type}:${id}`, now);
    if (now.marked && now.stateVersion === now.version && now.stateError === '' && UNDONE.has(workerState)) {
      this.remove(type, id);
    }
  }

  isReferred({ type, id }: RecordRow): boolean {
    return [...this.rows.values()].some((row) => referencesOf(row).some((one) => one === `${type}:${id}`));
  }

  #write(row: RecordRow): void {
    const { type, id, body, version, marked } = row;
    this.rows.set(`${type}:${id}`, row);
    this.#queue({
      type,
      resourceId: id,
      action: 'put',
      body: JSON.stringify(body),
      version,
      markedForDeletion: marked,
    });
  }

  #queue(event: Omit<ConfigEvent, 'id' | 'key'>): void {
    this.events.push({ ...event, id: this.events.length + 1, key: null });
  }
}

/** What a row refers to: all links are to parts. */
export function referencesOf({ body }: RecordRow): readonly string[] {
  return LINKS.flatMap((name) => (typeof body[name] === 'string' ? [`part:${body[name]}`] : []));
}

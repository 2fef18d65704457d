import { join } from 'node:path';
import { isJsonObject, type Json, type JsonObject, jsonEqual } from '../../kernel/index.ts';
import { decodeConfig, parseResourceKey } from '../../records/index.ts';
import { readJsonLinesIfThere } from '../json-lines.ts';
import type { RecordedEvent } from '../recorded-event.ts';
import { runFiles } from '../run-folder.ts';
import type { RecordedRequest } from './recorded-requests.ts';

/** A request of another service to the API that was noted without its time: a change of one resource. */
export interface NotedRequest {
  /** Its line in docs.jsonl. */
  readonly line: number;
  readonly method: 'PUT' | 'PATCH';
  readonly path: string;
  readonly body: JsonObject;
  /** The requested values, by property. */
  readonly changes: JsonObject;
}

/** The status of a noted request: its events show that it succeeded. */
const OK = 200;

/** Reads the noted requests of a run, in the order of its lines; none if it has no notes. @throws RUN_UNREADABLE */
export async function readNotedRequests(folder: string): Promise<readonly NotedRequest[]> {
  return (await readJsonLinesIfThere(join(folder, runFiles.notes), parseNote)) ?? [];
}

/** Reads a line: `{kind: "http", para: "… from <service> to gohan", method, path, body}`; null for any other line. */
function parseNote(value: Json | undefined, line: number): NotedRequest | null {
  if (!isJsonObject(value) || value.kind !== 'http') return null;
  const { para, method, path, body } = value;
  if (typeof para !== 'string' || !/\bfrom \S+ to gohan$/.test(para)) return null;
  if ((method !== 'PUT' && method !== 'PATCH') || typeof path !== 'string' || !isJsonObject(body)) return null;
  const [changes] = Object.values(body);
  return isJsonObject(changes) ? { line, method, path, body, changes } : null;
}

/**
 * Finds the times of noted requests: each before the first version with the requested values, after one without them.
 * Those about one resource stay in their order.
 */
export class NotedRequests {
  readonly #waiting: NotedRequest[];
  /** Key → the body of its last version. */
  readonly #bodies = new Map<string, JsonObject>();

  constructor(requests: readonly NotedRequest[]) {
    this.#waiting = [...requests];
  }

  /** The request that caused an event of /config, if one did. */
  causeOf({ key, value, timeMs }: RecordedEvent): RecordedRequest | null {
    const before = this.#bodies.get(key);
    const body = decodeConfig(value)?.body;
    if (body === undefined) return null;
    this.#bodies.set(key, body);
    const next = this.#waiting.findIndex(({ path }) => isAbout(path, key));
    const request = this.#waiting[next];
    if (request === undefined || before === undefined) return null;
    if (holds(before, request.changes) || !holds(body, request.changes)) return null;
    this.#waiting.splice(next, 1);
    return asRecorded(request, timeMs);
  }

  /** The requests that caused no event. */
  left(timeMs: number): readonly RecordedRequest[] {
    return this.#waiting.map((request) => asRecorded(request, timeMs));
  }
}

function isAbout(path: string, key: string): boolean {
  return resourcePath(path) === key.slice(key.indexOf('/', 1));
}

/** The path of a resource; Neutron's clients request '<path>.json'. */
function resourcePath(path: string): string {
  return path.replace(/\.json$/, '');
}

function holds(body: JsonObject, changes: JsonObject): boolean {
  return Object.entries(changes).every(([name, value]) => jsonEqual(body[name], value));
}

function asRecorded({ line, method, path, body }: NotedRequest, timeMs: number): RecordedRequest {
  const id = parseResourceKey(`/config${resourcePath(path)}`)?.id ?? null;
  return { file: runFiles.notes, line, timeMs, method, path, body, status: OK, response: null, id };
}

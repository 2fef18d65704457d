import { join } from 'node:path';
import { isJsonObject, type Json, type JsonObject, textOrNull } from '../../kernel/index.ts';
import { readJsonLinesIfThere } from '../json-lines.ts';
import { runFiles } from '../run-folder.ts';

/** The methods of clients. */
const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
export type RequestMethod = (typeof methods)[number];

/** A request of a client, and its answer. */
export interface RecordedRequest {
  /** The file of the run, and the line in it. */
  readonly file: string;
  readonly line: number;
  /** The time of sending, in milliseconds since the epoch. */
  readonly timeMs: number;
  readonly method: RequestMethod;
  /** The path with its query. */
  readonly path: string;
  /** The sent body; null: none. */
  readonly body: JsonObject | null;
  readonly status: number;
  /** The answer's body; null: not recorded. */
  readonly response: JsonObject | null;
  /** The id of its resource; of a POST, the id of the new resource. Null: not recorded. */
  readonly id: string | null;
}

/** Reads the requests of a run, in the order of its lines; null if they weren't recorded. @throws RUN_UNREADABLE */
export async function readRecordedRequests(folder: string): Promise<readonly RecordedRequest[] | null> {
  return await readJsonLinesIfThere(join(folder, runFiles.requests), parseRequest);
}

/** Whether a request is meant to change something. */
export function isWrite({ method }: RecordedRequest): boolean {
  return method !== 'GET';
}

/** Reads a line: `{ts, method, path, body, status, response?, id?}`. */
function parseRequest(value: Json | undefined, line: number): RecordedRequest | string {
  if (!isJsonObject(value)) return 'an object is expected';
  const { ts, path, status, body = null, response, id } = value;
  const timeMs = typeof ts === 'string' ? Date.parse(ts) : Number.NaN;
  const method = methods.find((one) => one === value.method);
  if (Number.isNaN(timeMs)) return 'ts is a time as of RFC 3339';
  if (method === undefined) return `unknown method ${JSON.stringify(value.method ?? null)}`;
  if (typeof path !== 'string' || !path.startsWith('/')) return 'a path that begins with / is expected';
  if (typeof status !== 'number') return 'a status is expected';
  if (body !== null && !isJsonObject(body)) return 'a body is an object, or null';
  return {
    file: runFiles.requests,
    line,
    timeMs,
    method,
    path,
    body,
    status,
    response: isJsonObject(response) ? response : null,
    id: textOrNull(id) ?? idIn(response),
  };
}

/** The id in `{"<singular>": {"id": …}}`. */
export function idIn(response: Json | undefined): string | null {
  const [only] = isJsonObject(response) ? Object.values(response) : [];
  return isJsonObject(only) ? textOrNull(only.id) : null;
}

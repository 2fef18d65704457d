import { isJsonObject, type Json } from '../../kernel/index.ts';
import { type HttpClient, listOf } from '../http-client.ts';
import { findByName } from '../resources/lookup.ts';
import type { ServedType } from '../resources/schemas.ts';
import { serverRefused } from '../server-refused.ts';

/** One change of one key, as the diagram needs it. */
export interface RecordedChange {
  /** When the writer wrote it, in milliseconds since the epoch, with a fraction. */
  readonly timeMs: number;
  readonly revision: number;
  readonly writer: string;
  readonly action: string;
  readonly key: string;
  readonly value: string;
}

/** A resource's timeline by its id, or else by its name. @throws RESOURCE_NOT_FOUND, NAME_AMBIGUOUS */
export async function findTimeline(
  client: HttpClient,
  type: ServedType,
  idOrName: string,
): Promise<{ readonly id: string; readonly entries: readonly Json[] }> {
  const entries = await readTimeline(client, type, idOrName);
  if (entries !== null) return { id: idOrName, entries };
  const id = await findByName(client, type, idOrName);
  return { id, entries: (await readTimeline(client, type, id)) ?? [] };
}

/** The entries after a position, page by page, as the server gives them; null where it knows no such resource. */
export async function readTimeline(
  client: HttpClient,
  type: ServedType,
  id: string,
  afterPosition = 0,
): Promise<readonly Json[] | null> {
  if (id === '' || id === '.' || id === '..') return null;
  const entries: Json[] = [];
  for (let after = String(afterPosition); ; ) {
    const path = `/kamado/v1/timeline/${encodeURIComponent(type.id)}/${encodeURIComponent(id)}?after=${after}`;
    const answer = await client.find(path);
    if (answer === null) return entries.length > 0 ? entries : null;
    entries.push(...listOf(client, answer, answer.body));
    const next = /[?&]after=(\d+)/.exec(answer.headers.get('link') ?? '')?.[1];
    if (next === undefined || next === after) return entries;
    after = next;
  }
}

/** An entry of the server's answer. @throws SERVER_REFUSED where it is none */
export function entryOf(entry: Json): RecordedChange {
  if (isJsonObject(entry)) {
    const { time, revision, writer, action, key, value } = entry;
    const timeMs = typeof time === 'string' ? parseTime(time) : Number.NaN;
    const complete = typeof writer === 'string' && typeof action === 'string' && typeof key === 'string';
    if (complete && typeof value === 'string' && typeof revision === 'number' && Number.isFinite(timeMs)) {
      return { timeMs, revision, writer, action, key, value };
    }
  }
  const reason = 'The server answered with something that is no timeline.';
  throw serverRefused(reason, 'Use a server and a command of the same version.');
}

/** RFC 3339 with any number of fraction digits; Date.parse would drop what is below a millisecond. */
function parseTime(text: string): number {
  const parts = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z$/.exec(text);
  return Date.parse(`${parts?.[1]}Z`) + Number(`0.${parts?.[2] ?? '0'}`) * 1_000;
}

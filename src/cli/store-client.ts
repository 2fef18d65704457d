import { isJsonObject, type JsonObject, kamadoError, parseJson } from '../kernel/index.ts';
import { type HttpClient, listOf, objectOf } from './http-client.ts';

/** The path of the store view. */
export const STORE = '/kamado/v1/store';

/** The store's revision. */
export async function storeRevision(client: HttpClient): Promise<number> {
  const { revision } = objectOf(client, await client.send('GET', `${STORE}?limit=0`));
  return typeof revision === 'number' ? revision : 0;
}

/** Entries in order of keys, page by page, as of a revision where one is given. */
export async function* entriesBelow(
  client: HttpClient,
  prefix: string,
  asOf: number | null = null,
): AsyncGenerator<JsonObject> {
  for (let after: string | null = null; ; ) {
    const parameters = new URLSearchParams({
      prefix,
      ...(after !== null && { after }),
      ...(asOf !== null && { revision: String(asOf) }),
    });
    const answer = await client.send('GET', `${STORE}?${parameters}`);
    const { entries, count } = objectOf(client, answer);
    const page = listOf(client, answer, entries).filter(isJsonObject);
    yield* page;
    const last = page.at(-1)?.key;
    if (typeof last !== 'string' || typeof count !== 'number' || count <= page.length) return;
    after = last;
  }
}

/**
 * Changes as they happen, from a revision or from now on, until `signal` aborts. Resolves when the server has begun to
 * answer; the iteration throws SERVER_UNREACHABLE where the server ends it.
 */
export async function followStore(
  client: HttpClient,
  prefix: string,
  from: string | undefined,
  signal: AbortSignal,
): Promise<AsyncIterable<JsonObject>> {
  const parameters = new URLSearchParams({ prefix, ...(from !== undefined && { from }) });
  const lines = await client.follow(`${STORE}/watch?${parameters}`, signal);
  return changesOf(client, lines, signal);
}

async function* changesOf(
  client: HttpClient,
  lines: AsyncIterable<string>,
  signal: AbortSignal,
): AsyncGenerator<JsonObject> {
  for await (const line of lines) {
    const change = parseJson(line);
    if (isJsonObject(change)) yield change;
  }
  if (!signal.aborted) {
    throw kamadoError('SERVER_UNREACHABLE', { endpoint: client.endpoint, reason: 'it ended the stream' });
  }
}

import { isJsonObject, type JsonObject, parseJson } from '../kernel/index.ts';
import type { HttpClient } from './http-client.ts';
import { serverRefused } from './server-refused.ts';
import { entriesBelow } from './store-client.ts';

/** An entry of the store. */
export interface SnapshotEntry {
  readonly key: string;
  readonly value: string;
  readonly modRevision: number;
}

/** All entries below a prefix as of a revision, in the order in which they were written last. */
export async function snapshotBelow(
  client: HttpClient,
  prefix: string,
  revision: number,
): Promise<readonly SnapshotEntry[]> {
  const entries: SnapshotEntry[] = [];
  for await (const { key, value, modRevision } of entriesBelow(client, prefix, revision)) {
    if (typeof key !== 'string' || typeof value !== 'string' || typeof modRevision !== 'number') continue;
    entries.push({ key, value, modRevision });
  }
  return entries.sort((a, b) => a.modRevision - b.modRevision);
}

/** The schemas in force, as the server has published them. @throws SERVER_REFUSED where there are none yet */
export async function publishedSchemas(client: HttpClient, revision: number): Promise<readonly JsonObject[]> {
  const entries = await snapshotBelow(client, '/kamado/model/types/', revision);
  const inOrder = [...entries].sort((a, b) => (a.key < b.key ? -1 : 1));
  const schemas = inOrder.map(({ value }) => parseJson(value)).filter((value) => isJsonObject(value));
  if (schemas.length > 0) return schemas;
  throw serverRefused('The server has not published its schemas yet.', 'Try again in a moment.');
}

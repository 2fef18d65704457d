import { createHash } from 'node:crypto';
import type { CatalogRow } from '../catalog/index.ts';
import { type Database, systemCaller } from '../database/index.ts';
import { canonicalJson, isKamadoError, type Log, type Runtime } from '../kernel/index.ts';
import { whenSpaceIsFree } from '../store/index.ts';
import type { Closable } from './components.ts';

/**
 * Writes the rows of a catalogue into the database: creates missing ones, and updates those that the catalogue has
 * changed since it wrote them last. Changes that users made stay until the catalogue changes the row.
 */
export async function writeInitialRows(database: Database, log: Log, rows: readonly CatalogRow[]): Promise<void> {
  for (const row of rows) {
    const name = `catalog:${row.type}:${row.id}`;
    const hash = createHash('sha256').update(canonicalJson(row.body)).digest('hex');
    if ((await database.getMeta(name)) === hash) continue;
    if ((await database.get(systemCaller, row.type, row.id)) === null) await create(database, row);
    else {
      const { id: _id, ...patch } = row.body;
      await database.update(systemCaller, { type: row.type, id: row.id, patch, expectedVersion: null });
    }
    await database.setMeta(name, hash);
    log.debug({ type: row.type, id: row.id }, 'A row of the catalogue was written.');
  }
}

/**
 * Writes the rows of the catalogue at once. If there is no storage for a new or changed row, writes them as soon as
 * there is: the start must not wait for that. @throws the errors of `writeInitialRows`
 */
export async function writeRowsOrRetry(
  context: { readonly runtime: Runtime; readonly log: Log; readonly onFatal: (error: unknown) => void },
  database: Database,
  rows: readonly CatalogRow[],
): Promise<Closable> {
  const closing = new AbortController();
  const write = (): Promise<void> => writeInitialRows(database, context.log, rows);
  let writing: Promise<unknown> = Promise.resolve();
  try {
    await write();
  } catch (error) {
    if (!isKamadoError(error, 'STORAGE_FULL')) throw error;
    context.log.warn({}, 'The rows of the catalogue wait for free storage.');
    writing = whenSpaceIsFree(context, closing.signal, write).catch(context.onFatal);
  }
  return {
    close: async () => {
      closing.abort();
      await writing;
    },
  };
}

async function create(database: Database, { type, id, body }: CatalogRow): Promise<void> {
  try {
    await database.create(systemCaller, type, id, body);
  } catch (error) {
    // Another process that starts at the same time created the row first.
    if (!isKamadoError(error, 'DUPLICATE_VALUE')) throw error;
  }
}

import { createHash } from 'node:crypto';
import type { CatalogRow } from '../catalog/index.ts';
import { type Database, systemCaller } from '../database/index.ts';
import { canonicalJson, isKamadoError, type Log, type Runtime } from '../kernel/index.ts';
import { whenSpaceIsFree } from '../store/index.ts';
import type { Closable } from './components.ts';

/**
 * Brings the rows of a catalogue into the database: those that are missing are created, and those that the catalogue
 * has changed since it last brought them are updated. What users changed meanwhile stays, as long as the catalogue does.
 */
export async function bringInitialRows(database: Database, log: Log, rows: readonly CatalogRow[]): Promise<void> {
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
    log.debug({ type: row.type, id: row.id }, 'A row of the catalogue was brought in.');
  }
}

/**
 * The same at once; where there is no room for a row that is new or was changed, as soon as there is some: a start must
 * not wait for that. @throws what `bringInitialRows` throws
 */
export async function bringRowsInTime(
  context: { readonly runtime: Runtime; readonly log: Log; readonly onFatal: (error: unknown) => void },
  database: Database,
  rows: readonly CatalogRow[],
): Promise<Closable> {
  const closing = new AbortController();
  const bring = (): Promise<void> => bringInitialRows(database, context.log, rows);
  let bringing: Promise<unknown> = Promise.resolve();
  try {
    await bring();
  } catch (error) {
    if (!isKamadoError(error, 'STORAGE_FULL')) throw error;
    context.log.warn({}, 'What the catalogue brings along waits for room.');
    bringing = whenSpaceIsFree(context, closing.signal, bring).catch(context.onFatal);
  }
  return {
    close: async () => {
      closing.abort();
      await bringing;
    },
  };
}

async function create(database: Database, { type, id, body }: CatalogRow): Promise<void> {
  try {
    await database.create(systemCaller, type, id, body);
  } catch (error) {
    // Another process that starts at the same time was first.
    if (!isKamadoError(error, 'DUPLICATE_VALUE')) throw error;
  }
}

import { quoted, type SqlRow, sql, text } from '../../../src/database/sql.ts';
import { readAll } from '../../../src/store/follow.ts';
import { withPrefix } from '../../../src/store/store.ts';
import type { Kept } from '../traces-left.ts';

/** What a system keeps of resources: the rows of all tables, and the keys of the store. */
export interface Everything {
  readonly tables: { readonly [table: string]: readonly SqlRow[] };
  readonly keys: readonly string[];
}

/** The timeline is there to be kept; what was done is counted. */
const growing = /^(?:kamado_timeline|kamado_meta|sqlite_)/;

/** Everything that a system keeps of resources, and of what they take. */
export async function everything({ store, driver }: Kept): Promise<Everything> {
  const tables = await driver.read(function* () {
    const isSqlite = driver.dialect.name === 'sqlite';
    const names = isSqlite
      ? "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
      : "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY table_name";
    const all: Record<string, readonly SqlRow[]> = {};
    for (const row of (yield sql(names)).rows) {
      const name = text(row, 'name');
      if (!growing.test(name)) all[name] = (yield sql(`SELECT * FROM ${quoted(name)} ORDER BY 1, 2`)).rows;
    }
    return all;
  });
  const { entries } = await readAll(store, withPrefix('/'));
  return { tables, keys: entries.map(({ key }) => key) };
}

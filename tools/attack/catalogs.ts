import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Preparation } from './attack.ts';

/** The folder of a catalogue for attacks, in a temporary folder together with the files that it shares with others. */
export interface AttackCatalog {
  readonly folder: string;
  readonly remove: () => Promise<void>;
}

type CatalogName = 'fuzz' | 'devices' | 'stacks';

const shared = fileURLToPath(new URL('../../../catalog/common', import.meta.url));
const own = fileURLToPath(new URL('../../../tools/attack/catalogs', import.meta.url));

/** The preparation of an attack that needs only Kamado with a catalogue. */
export async function onlyCatalog(name: CatalogName): Promise<Preparation> {
  const catalog = await copyCatalog(name);
  return { options: { catalog: catalog.folder }, close: catalog.remove };
}

/** Copies a catalogue of `tools/attack/catalogs` to a place from which it can include shipped files. */
export async function copyCatalog(name: CatalogName): Promise<AttackCatalog> {
  const folder = await mkdtemp(join(tmpdir(), 'kamado-attack-catalog-'));
  await cp(shared, join(folder, 'common'), { recursive: true });
  await cp(join(own, name), join(folder, name), { recursive: true });
  return { folder: join(folder, name), remove: () => rm(folder, { recursive: true, force: true }) };
}

import { cp, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the catalogues that ship. */
const shipped = fileURLToPath(new URL('../../../catalog', import.meta.url));

/** The path of a catalogue that ships. */
export function shippedCatalog(name: 'network-2017' | 'network-2018'): string {
  return join(shipped, name);
}

/**
 * A copy of the catalogue of 2017 in `folder`, its templates changed by `change`, which must change something.
 * Returns its path.
 */
export async function changedCatalog(folder: string, change: (templates: string) => string): Promise<string> {
  const copy = await mkdtemp(join(folder, 'catalog-'));
  await cp(shipped, copy, { recursive: true });
  const path = join(copy, 'network-2017', 'templates', 'network.yaml');
  const templates = await readFile(path, 'utf8');
  const changed = change(templates);
  if (changed === templates) throw new Error('the catalogue is not as this test knows it');
  await writeFile(path, changed);
  return join(copy, 'network-2017');
}

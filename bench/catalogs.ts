import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseDocument } from 'yaml';

/**
 * Copies the shipped catalogue into a folder, with edge routers without a handler, so that no device is checked.
 * @returns the folders of both generations, and the folder that contains them
 */
export function catalogsWithoutDevices(): {
  readonly folder: string;
  readonly workable: string;
  readonly nonWorkable: string;
} {
  const folder = mkdtempSync(join(tmpdir(), 'kamado-bench-'));
  const catalog = join(folder, 'catalog');
  cpSync('catalog', catalog, { recursive: true });
  const path = join(catalog, 'common', 'edge_router.yaml');
  const document = parseDocument(readFileSync(path, 'utf8'));
  // The first entry includes the schemas that all catalogues share.
  if (!document.deleteIn(['schemas', 1, 'metadata', 'handlers'])) throw new Error(`${path} has no handlers`);
  writeFileSync(path, String(document));
  return { folder, workable: join(catalog, 'network-2017'), nonWorkable: join(catalog, 'network-2018') };
}

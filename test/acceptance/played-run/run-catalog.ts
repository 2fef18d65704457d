import { cp, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { loadCatalog, readCatalog } from '../../../src/app/catalog.ts';
import type { JsonObject } from '../../../src/kernel/json.ts';
import { TEMPLATE_TYPE } from '../../../src/records/keys.ts';
import { vpnGatewayCatalog } from '../../../src/replay/api/replay-catalog.ts';
import { withTemplates } from '../../../src/replay/api/run-templates.ts';
import type { Scenario } from '../../../src/replay/api/scenario.ts';

/**
 * Writes the catalogue of the VPN gateway into `folder`, with those templates of a run that are about its types; returns
 * its path.
 */
export async function writeRunCatalog(folder: string, scenario: Scenario): Promise<string> {
  const copy = await mkdtemp(join(folder, 'catalog-'));
  const shipped = dirname(vpnGatewayCatalog);
  for (const part of ['common', 'vpn-gateway']) await cp(join(shipped, part), join(copy, part), { recursive: true });
  const path = join(copy, 'vpn-gateway');
  const { rows } = withTemplates(await loadCatalog(path), scenario);
  const all = rows.filter(({ type }) => type === TEMPLATE_TYPE).map(({ body }) => body);
  await mkdir(join(path, 'templates'), { recursive: true });
  const write = async (templates: readonly JsonObject[]): Promise<void> => {
    // JSON is YAML.
    await writeFile(join(path, 'templates', 'recorded.yaml'), JSON.stringify({ [TEMPLATE_TYPE]: templates }));
  };
  await write(all);
  const { faults } = await readCatalog(path);
  const strange = new Set(faults.map(({ pointer }) => Number(pointer.split('/')[2])));
  await write(all.filter((_, i) => !strange.has(i)));
  return path;
}

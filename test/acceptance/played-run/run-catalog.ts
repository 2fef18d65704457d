import { cp, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { loadCatalog, readCatalog } from '../../../src/catalog/catalog.ts';
import type { JsonObject } from '../../../src/kernel/json.ts';
import { TEMPLATE_TYPE } from '../../../src/records/keys.ts';
import { vpnGatewayCatalog } from '../../../src/replay/api/replay-catalog.ts';
import { withTemplates } from '../../../src/replay/api/run-templates.ts';
import type { Scenario } from '../../../src/replay/api/scenario.ts';
import { objectOf } from '../rest.ts';

/**
 * Writes the catalogue of the VPN gateway into `folder`, with the templates of a run; what their parameters say of types
 * that the catalogue doesn't have is left out. Returns its path.
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
  const strange = new Set(faults.map(({ pointer }) => pointer.split('/').slice(0, 5).join('/')));
  await write(
    all.map((template, i) => {
      const mappings = Object.entries(objectOf(template.parameter_mappings)).filter(([name]) => {
        return !strange.has(`/${TEMPLATE_TYPE}/${i}/parameter_mappings/${name}`);
      });
      return { ...template, parameter_mappings: Object.fromEntries(mappings) };
    }),
  );
  return path;
}

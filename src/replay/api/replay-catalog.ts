import { fileURLToPath } from 'node:url';
import { type Catalog, loadCatalog } from '../../catalog/index.ts';
import { kamadoError } from '../../kernel/index.ts';
import { isWrite } from './recorded-requests.ts';
import type { Scenario } from './scenario.ts';

/** The folder of the catalogue that ships whose services were recorded. */
export const vpnGatewayCatalog = fileURLToPath(new URL('../../../../catalog/vpn-gateway', import.meta.url));

/**
 * The catalogue in a folder. The one that ships has to serve all that clients wrote to; another may lack some, and
 * differs there.
 * @throws USAGE, CATALOG_UNREADABLE, SCHEMA_INVALID
 */
export async function catalogFor(scenario: Scenario, folder: string): Promise<Catalog> {
  const catalog = await loadCatalog(folder);
  const missing = folder === vpnGatewayCatalog ? unserved(scenario, catalog) : [];
  if (missing.length === 0) return catalog;
  const reason = `the catalogue of the VPN gateway has nothing at ${missing.join(', ')}: name another with --catalog`;
  throw kamadoError('USAGE', { reason });
}

/** URLs that clients wrote to, and that no type of the catalogue is served at or below. */
function unserved({ steps }: Scenario, { model }: Catalog): readonly string[] {
  const urls = [...model.byUrl.keys()];
  const asked = steps.flatMap((step) => {
    if (!('request' in step) || !isWrite(step.request)) return [];
    const { method, path } = step.request;
    const [place = ''] = path.split('?');
    return [method === 'POST' ? place : place.slice(0, place.lastIndexOf('/'))];
  });
  return [...new Set(asked)].filter((path) => !urls.some((url) => path === url || path.startsWith(`${url}/`)));
}

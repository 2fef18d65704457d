import { fileURLToPath } from 'node:url';
import { type Catalog, loadCatalog } from '../../catalog/index.ts';
import { kamadoError } from '../../kernel/index.ts';
import { isWrite } from './recorded-requests.ts';
import type { Scenario } from './scenario.ts';

/** The folder of the shipped catalogue whose services were recorded. */
export const vpnGatewayCatalog = fileURLToPath(new URL('../../../../catalog/vpn-gateway', import.meta.url));

/**
 * Loads the catalogue in a folder. The shipped one must serve all URLs that clients wrote to; another one may lack
 * some, which then differ.
 * @throws USAGE, CATALOG_UNREADABLE, SCHEMA_INVALID
 */
export async function catalogFor(scenario: Scenario, folder: string): Promise<Catalog> {
  const catalog = await loadCatalog(folder);
  const missing = folder === vpnGatewayCatalog ? unserved(scenario, catalog) : [];
  if (missing.length === 0) return catalog;
  const reason = `the catalogue of the VPN gateway has nothing at ${missing.join(', ')}: name another with --catalog`;
  throw kamadoError('USAGE', { reason });
}

/** The URLs that clients wrote to, and at or below which the catalogue serves no type. */
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

import type { Catalog, CatalogRow } from '../../catalog/index.ts';
import type { JsonObject } from '../../kernel/index.ts';
import { decodeConfig, parseResourceKey, TEMPLATE_TYPE } from '../../records/index.ts';
import type { ResourceType } from '../../schema/index.ts';
import type { Scenario } from './scenario.ts';

/** The catalogue, extended by the templates that existed when the run began. */
export function withTemplates(catalog: Catalog, { steps }: Scenario): Catalog {
  const { model, rows } = catalog;
  const type = model.types.get(TEMPLATE_TYPE);
  if (type === undefined) return catalog;
  const shipped = new Set(rows.filter((row) => row.type === type.id).map(({ id }) => id));
  const found = new Map<string, CatalogRow>();
  for (const step of steps) {
    if (step.kind === 'write') break;
    if (step.kind !== 'config' || step.event.kind === 'delete') continue;
    const key = parseResourceKey(step.event.key);
    const body = decodeConfig(step.event.value)?.body;
    if (key?.url !== type.url || body === undefined || shipped.has(key.id)) continue;
    found.set(key.id, { type: type.id, id: key.id, body: { ...known(type, body), id: key.id } });
  }
  return { ...catalog, rows: [...rows, ...found.values()] };
}

function known(type: ResourceType, body: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(body).filter(([name]) => type.property.has(name)));
}

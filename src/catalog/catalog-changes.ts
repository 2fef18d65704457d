import { canonicalJson } from '../kernel/index.ts';
import type { Catalog } from './catalog.ts';

/** The differences between two catalogues, by name. */
export interface CatalogChanges {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
}

/** The changes from one catalogue to the next: types, rows as `heat_template my_service`, hooks. */
export function catalogChanges(from: Catalog, to: Catalog): CatalogChanges {
  const [before, after] = [partsOf(from), partsOf(to)];
  const kept = [...after.keys()].filter((name) => before.has(name));
  return {
    added: [...after.keys()].filter((name) => !before.has(name)),
    removed: [...before.keys()].filter((name) => !after.has(name)),
    changed: kept.filter((name) => before.get(name) !== after.get(name)),
  };
}

/** Changes in a line: `added gateway; changed line, heat_template line`; '' if there are none. */
export function changesText({ added, removed, changed }: CatalogChanges): string {
  const parts = Object.entries({ added, removed, changed });
  return parts.flatMap(([what, names]) => (names.length === 0 ? [] : [`${what} ${names.join(', ')}`])).join('; ');
}

function partsOf({ model, rows, hooks }: Catalog): ReadonlyMap<string, string> {
  const types = [...model.types.values()].map(({ id, document }) => [id, canonicalJson(document)] as const);
  const others = rows.map(({ type, id, body }) => [`${type} ${id}`, canonicalJson(body)] as const);
  return new Map([...types, ...others, ...(hooks.hash === null ? [] : [['hooks', hooks.hash] as const])]);
}

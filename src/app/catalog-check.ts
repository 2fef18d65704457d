import type { Model } from '../model/model.ts';
import { faultText, schemaInvalid } from '../model/schema-faults.ts';
import { readCatalog } from './catalog.ts';
import type { CatalogRow } from './catalog-rows.ts';
import { missingTemplates, templateFaults } from './catalog-templates.ts';

/** What a catalogue holds, and what is wrong with it. */
export interface CheckedCatalog {
  readonly model: Model;
  readonly rows: readonly CatalogRow[];
  /** A line for each, with its place. */
  readonly warnings: readonly string[];
  /** SCHEMA_INVALID with all faults; null where there are none. */
  readonly fault: Error | null;
}

/**
 * Checks a catalogue: everything that a start asks for, and the texts of its templates.
 * @throws CATALOG_UNREADABLE
 */
export async function checkCatalog(path: string): Promise<CheckedCatalog> {
  const { model, rows, documents, faults, warnings, sources } = await readCatalog(path);
  const all = [...faults, ...templateFaults(model, sources)];
  // A single schema file has no place for templates.
  const missing = sources.length === 0 ? [] : missingTemplates(model, documents, sources);
  const fault = all.length === 0 ? null : schemaInvalid(all);
  return { model, rows, warnings: [...warnings, ...missing].map(faultText), fault };
}

import { faultText, schemaInvalid } from '../model/schema-faults.ts';
import { type Catalog, readCatalog } from './catalog.ts';
import { missingTemplates, templateFaults } from './catalog-templates.ts';

/** What a catalogue holds, and what is wrong with it. */
export interface CheckedCatalog extends Catalog {
  /** A line for each, with its place. */
  readonly warnings: readonly string[];
  /** SCHEMA_INVALID with all faults; null where there are none. */
  readonly fault: Error | null;
  /** The files that it was read from. */
  readonly files: readonly string[];
}

/**
 * Checks a catalogue: everything that a start asks for, and the texts of its templates.
 * @throws CATALOG_UNREADABLE
 */
export async function checkCatalog(path: string): Promise<CheckedCatalog> {
  const { model, rows, documents, hooks, faults, warnings, sources, files } = await readCatalog(path);
  const all = [...faults, ...templateFaults(model, sources)];
  // A single schema file has no place for templates.
  const missing = sources.length === 0 ? [] : missingTemplates(model, documents, sources);
  const fault = all.length === 0 ? null : schemaInvalid(all);
  return { model, documents, rows, hooks, warnings: [...warnings, ...missing].map(faultText), fault, files };
}

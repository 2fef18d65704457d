import { faultText, schemaInvalid } from '../schema/index.ts';
import { shippedHandlers } from '../worker/index.ts';
import { type Catalog, readCatalog } from './catalog.ts';
import { templateHandlerFaults, unknownHandlers } from './catalog-handlers.ts';
import { missingTemplates, templateFaults } from './catalog-templates.ts';

/** A catalogue with its faults. */
export interface CheckedCatalog extends Catalog {
  /** One line for each warning, with its place. */
  readonly warnings: readonly string[];
  /** SCHEMA_INVALID with all faults; null if there are none. */
  readonly fault: Error | null;
  /** The files that were read. */
  readonly files: readonly string[];
}

/** The handlers that exist for a catalogue. */
export interface CheckOptions {
  /** Handlers besides those that ship. */
  readonly handlers?: readonly string[];
  /** Whether workers in other processes may have further handlers: then an unknown handler is only a warning. */
  readonly othersMayCome?: boolean;
}

/**
 * Checks a catalogue: all rules that a start checks, and the texts of its templates.
 * @throws CATALOG_UNREADABLE
 */
export async function checkCatalog(path: string, options: CheckOptions = {}): Promise<CheckedCatalog> {
  const { handlers = [], othersMayCome = false } = options;
  const { model, rows, documents, hooks, faults, warnings, sources, files } = await readCatalog(path);
  const handlersKnown = [...shippedHandlers.map(({ handler }) => handler), ...handlers];
  const unknown = [
    ...(faults.length > 0 ? [] : unknownHandlers(model, documents, handlersKnown)),
    ...templateHandlerFaults(model, sources, handlersKnown),
  ];
  const all = [...faults, ...templateFaults(model, sources), ...(othersMayCome ? [] : unknown)];
  // A single schema file has no place for templates.
  const missing = sources.length === 0 ? [] : missingTemplates(model, documents, sources);
  const fault = all.length === 0 ? null : schemaInvalid(all);
  return {
    model,
    documents,
    rows,
    hooks,
    warnings: [...warnings, ...missing, ...(othersMayCome ? unknown : [])].map(faultText),
    fault,
    files,
  };
}

import type { CatalogRow } from '../catalog/index.ts';
import { isJsonObject, type Json, type JsonObject } from '../kernel/index.ts';
import { TEMPLATE_TYPE } from '../records/index.ts';
import { type Model, tryCompileModel } from '../schema/index.ts';

/** The model of a server: its types, and the URL of its templates; null if it has none. */
export interface ServedModel {
  readonly model: Model;
  readonly templates: { readonly url: string; readonly plural: string } | null;
}

/** Builds a model from served schemas; null if they use a language that this version doesn't know. */
export function servedModel(documents: readonly Json[]): ServedModel | null {
  const { model, faults } = tryCompileModel(documents.filter(isJsonObject), []);
  if (faults.length > 0) return null;
  const templates = model.types.get(TEMPLATE_TYPE);
  return { model, templates: templates?.routed === true ? templates : null };
}

/** Templates that a server listed, as the rows of a catalogue. */
export function templateRows(bodies: readonly JsonObject[]): readonly CatalogRow[] {
  return bodies.map((body) => ({ type: TEMPLATE_TYPE, id: String(body.id), body }));
}

import { isKamadoError, type JsonObject } from '../kernel/index.ts';
import type { Types } from './mapping-checks.ts';
import { evaluateMapping } from './mapping-evaluator.ts';
import { relationsOf } from './model.ts';

/** The facts that the id of a template depends on. A job holds all of them. */
export interface TemplateUse {
  readonly handler: string;
  readonly resource_type: string;
  readonly resource_input: JsonObject;
  readonly version: number;
}

/**
 * Returns the id of the template that a handler uses for a resource, from the resource alone. null if the type names
 * none, or if the id depends on a value that the resource lacks.
 */
export function templateIdOf(model: Types, use: TemplateUse): string | null {
  const { handler, resource_type: type, resource_input: body, version } = use;
  const binding = model.types.get(type)?.handlers.find((one) => one.handler === handler);
  if (binding === undefined) return null;
  const context = { type, body, version, relationOf: relationsOf(model), lookup: () => undefined };
  try {
    const { value } = evaluateMapping(binding.template, context, 'template');
    return typeof value === 'string' && value !== '' ? value : null;
  } catch (error) {
    if (isKamadoError(error)) return null;
    throw error;
  }
}

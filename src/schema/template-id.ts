import { isKamadoError, type JsonObject } from '../kernel/index.ts';
import type { Types } from './mapping-checks.ts';
import { evaluateMapping } from './mapping-evaluator.ts';
import { relationsOf } from './model.ts';

/** What the id of a template hangs on: a job says all of it. */
export interface TemplateUse {
  readonly handler: string;
  readonly resource_type: string;
  readonly resource_input: JsonObject;
  readonly version: number;
}

/**
 * The id of the template that a handler is given for a resource, from the resource alone. Null where the type names
 * none, or hangs on what the resource doesn't say.
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

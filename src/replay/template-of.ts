import type { PlanContext, PlannedJob } from '../controller/plan.ts';
import { isKamadoError } from '../kernel/errors.ts';
import { evaluateMapping } from '../model/mapping-evaluator.ts';

/** The template that a job was planned from; null where that can't be told, since it hangs on what is missing. */
export function templateOf({ model, lookup }: Pick<PlanContext, 'model' | 'lookup'>, job: PlannedJob): string | null {
  const binding = model.types.get(job.resource_type)?.handlers.find(({ handler }) => handler === job.handler);
  if (binding === undefined) return null;
  const context = {
    type: job.resource_type,
    body: job.resource_input,
    version: job.version,
    relationOf: (type: string, field: string) => model.types.get(type)?.property.get(field)?.relation ?? null,
    lookup,
  };
  try {
    const { value } = evaluateMapping(binding.template, context, 'template');
    return typeof value === 'string' ? value : null;
  } catch (error) {
    if (isKamadoError(error)) return null;
    throw error;
  }
}

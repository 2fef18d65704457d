import type { PlanContext, PlannedJob } from '../controller/plan.ts';
import { isJsonObject, type JsonObject } from '../kernel/json.ts';
import { templateIdOf } from '../schema/template-id.ts';
import { TEMPLATE_TYPE } from '../records/keys.ts';

/** The parameter mappings that a job was planned from; null where they can't be told. */
export function mappingsOf(context: Pick<PlanContext, 'model' | 'lookup'>, job: PlannedJob): JsonObject | null {
  const template = templateIdOf(context.model, job);
  const mappings = template === null ? null : context.lookup(TEMPLATE_TYPE, template)?.parameter_mappings;
  return isJsonObject(mappings) ? mappings : null;
}

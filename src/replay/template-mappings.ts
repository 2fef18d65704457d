import type { PlanContext, PlannedJob } from '../controller/index.ts';
import { isJsonObject, type JsonObject } from '../kernel/index.ts';
import { TEMPLATE_TYPE } from '../records/index.ts';
import { templateIdOf } from '../schema/index.ts';

/** The parameter mappings with which a job was planned; null if unknown. */
export function mappingsOf(context: Pick<PlanContext, 'model' | 'lookup'>, job: PlannedJob): JsonObject | null {
  const template = templateIdOf(context.model, job);
  const mappings = template === null ? null : context.lookup(TEMPLATE_TYPE, template)?.parameter_mappings;
  return isJsonObject(mappings) ? mappings : null;
}

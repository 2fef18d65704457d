import { isJsonObject, type Json, type JsonObject, parseJson } from '../kernel/json.ts';

/** What became of a resource's stack, under /esi-worker/heat_stacks (heatworker.md §3.6). */
export interface StackRecord {
  /** 'type:id' of the resource. */
  readonly id: string;
  /** The stack's name; '' where it is gone. */
  readonly stackName: string;
  readonly tenantId: string;
  /** 'CREATE_COMPLETE' and the like. */
  readonly status: string;
  readonly reason: string;
  /** `{output_key, output_value, …}` each. */
  readonly outputs: readonly JsonObject[];
}

/** The value of a heat_stacks key; its `stack_id` is the stack's name, as recorded. */
export function encodeStack({ id, stackName, tenantId, status, reason, outputs }: StackRecord): string {
  return JSON.stringify({
    id,
    stack_id: stackName,
    tenant_id: tenantId,
    stack_status: status,
    status_reason: reason,
    output: outputs,
  });
}

/** The value of an output in a heat_stacks value; undefined where it has none of that key. */
export function stackOutput(value: string, outputKey: string): Json | undefined {
  const record = parseJson(value);
  if (!isJsonObject(record) || !Array.isArray(record.output)) return undefined;
  const outputs: readonly Json[] = record.output;
  const output = outputs.find((one) => isJsonObject(one) && one.output_key === outputKey);
  return isJsonObject(output) ? (output.output_value ?? null) : undefined;
}

/** The name of a resource's stack (heatworker.md §3.1). */
export function stackName(type: string, id: string): string {
  return `${type}_${id}`;
}

import { isJsonObject, type Json, type JsonObject, parseJson } from '../kernel/index.ts';

/** The result of a resource's stack, under /esi-worker/heat_stacks (compatibility K8). */
export interface StackRecord {
  /** 'type:id' of the resource. */
  readonly id: string;
  /** The stack's name. '' if it is gone. */
  readonly stackName: string;
  readonly tenantId: string;
  /** 'CREATE_COMPLETE' and the like. */
  readonly status: string;
  readonly reason: string;
  /** `{output_key, output_value, …}` each. */
  readonly outputs: readonly JsonObject[];
  /** Secret outputs whose names don't indicate it. They are marked beside the record, never in it. */
  readonly secretOutputs?: readonly string[];
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

/** The outputs in a heat_stacks value, by key. The first one of a key counts. */
export function stackOutputs(value: string): ReadonlyMap<string, Json> {
  const record = parseJson(value);
  const outputs: readonly Json[] = isJsonObject(record) && Array.isArray(record.output) ? record.output : [];
  const found = new Map<string, Json>();
  for (const output of outputs) {
    if (!isJsonObject(output) || typeof output.output_key !== 'string' || found.has(output.output_key)) continue;
    found.set(output.output_key, output.output_value ?? null);
  }
  return found;
}

/** The name of a resource's stack (compatibility W2). */
export function stackName(type: string, id: string): string {
  return `${type}_${id}`;
}

import { kamadoError } from '../kernel/errors.ts';
import { isJsonObject, type Json } from '../kernel/json.ts';
import { limits } from '../kernel/limits.ts';
import type { Job } from '../records/job.ts';
import { resourceKey } from '../records/keys.ts';
import { stackOutputs } from '../records/stack-record.ts';
import { oneKey } from '../store/store.ts';
import type { JobTools } from './handler.ts';

/** An output of another resource's stack, that a parameter stands for. */
interface OutputReference {
  readonly output: string;
  readonly type: string;
  readonly id: string;
  /** The key of the stack's record. */
  readonly key: string;
}

/** What stacks give, by the key of their record and then by that of the output. */
type Outputs = ReadonlyMap<string, ReadonlyMap<string, Json>>;

/**
 * The values of a job's parameters, by name. Outputs of stacks are bound now, from what is kept of them
 * (heatworker.md §2.4). @throws STACK_OUTPUT_MISSING, STACK_PARAMETER_INVALID
 */
export async function jobParameters(job: Job, tools: JobTools): Promise<ReadonlyMap<string, Json>> {
  const references: OutputReference[] = [];
  for (const param of job.params) collect(param.param, param.type, param.value, tools, references);
  const outputs = await readOutputs(references, tools);
  return new Map(job.params.map(({ param, type, value }) => [param, bind(param, type, value, tools, outputs)]));
}

function collect(param: string, type: Json | undefined, value: Json, tools: JobTools, found: OutputReference[]): void {
  if (type === 'output_key') found.push(referenceOf(param, value, tools));
  if (type !== 'list') return;
  for (const part of partsOf(param, value)) collect(param, part.type, part.value, tools, found);
}

function bind(param: string, type: Json | undefined, value: Json, tools: JobTools, outputs: Outputs): Json {
  if (type === 'list') return partsOf(param, value).map((part) => bind(param, part.type, part.value, tools, outputs));
  if (type !== 'output_key') return value;
  const { output, key, type: of, id } = referenceOf(param, value, tools);
  const bound = outputs.get(key)?.get(output);
  if (bound === undefined) throw kamadoError('STACK_OUTPUT_MISSING', { param, output, type: of, id });
  return bound;
}

function partsOf(param: string, value: Json): readonly { readonly type: Json | undefined; readonly value: Json }[] {
  if (!Array.isArray(value)) throw invalid(param, 'its list is none');
  const parts: readonly Json[] = value;
  return parts.map((part) => {
    if (!isJsonObject(part) || part.value === undefined) throw invalid(param, 'an element of its list has no value');
    return { type: part.type, value: part.value };
  });
}

function referenceOf(param: string, value: Json, { model }: JobTools): OutputReference {
  const { output_key: output, resource_type: type, resource_id: id } = isJsonObject(value) ? value : {};
  if (typeof output !== 'string' || typeof type !== 'string' || typeof id !== 'string') {
    throw invalid(param, 'it names no output of a resource');
  }
  const url = model.types.get(type)?.url;
  if (url === undefined) throw invalid(param, `there is no type ${type}`);
  return { output, type, id, key: resourceKey('heatStack', url, id) };
}

async function readOutputs(references: readonly OutputReference[], { store }: JobTools): Promise<Outputs> {
  const keys = [...new Set(references.map(({ key }) => key))];
  const outputs = new Map<string, ReadonlyMap<string, Json>>();
  for (let first = 0; first < keys.length; first += limits.transactionOperations) {
    const { results } = await store.transact({
      success: keys.slice(first, first + limits.transactionOperations).map((key) => {
        return { type: 'get', range: oneKey(key) } as const;
      }),
    });
    for (const result of results) {
      const entry = result.type === 'get' ? result.entries[0] : undefined;
      if (entry !== undefined) outputs.set(entry.key, stackOutputs(entry.value));
    }
  }
  return outputs;
}

function invalid(param: string, reason: string): Error {
  return kamadoError('STACK_PARAMETER_INVALID', { param, reason });
}

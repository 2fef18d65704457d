import { isJsonObject, type Json, kamadoError, limits } from '../kernel/index.ts';
import {
  decodeSecretNames,
  type Job,
  outputsMarkKey,
  resourceKey,
  SECRET_MARKS,
  stackOutputs,
} from '../records/index.ts';
import { namedSecrets } from '../schema/secrets/index.ts';
import { oneKey } from '../store/index.ts';
import type { JobTools } from './handler.ts';
import { type IsSecretParam, secretParams } from './job-secrets.ts';

/** A parameter's reference to an output of another resource's stack. */
interface OutputReference {
  readonly output: string;
  readonly type: string;
  readonly id: string;
  /** The key of the stack's record, and of the mark of its secret outputs. */
  readonly key: string;
  readonly markKey: string;
}

/** The outputs of stacks, by the key of the stack's record and then by output key. */
type Outputs = ReadonlyMap<string, ReadonlyMap<string, Json>>;

/** The parameters of a job as its handler uses them. */
export interface JobParameters {
  /** The values by name. */
  readonly values: ReadonlyMap<string, Json>;
  /** Tells which of them are secret. */
  readonly isSecret: IsSecretParam;
}

/**
 * Returns the parameters of a job. Outputs of stacks are inserted now, from the stacks' records (compatibility W1). An
 * output that is marked as a secret makes the parameter one. @throws STACK_OUTPUT_MISSING, STACK_PARAMETER_INVALID
 */
export async function jobParameters(job: Job, tools: JobTools): Promise<JobParameters> {
  const references = new Map<string, readonly OutputReference[]>();
  for (const { param, type, value } of job.params) {
    const found: OutputReference[] = [];
    collect(param, type, value, tools, found);
    if (found.length > 0) references.set(param, found);
  }
  const { outputs, secret } = await readOutputs([...references.values()].flat(), tools);
  const isPlannedSecret = secretParams(job, tools);
  const isBoundSecret = (param: string): boolean =>
    references.get(param)?.some(({ markKey, output }) => secret.get(markKey)?.has(output)) === true;
  const values = new Map(job.params.map(({ param, type, value }) => [param, bind(param, type, value, tools, outputs)]));
  const holdsSecret = (param: string): boolean => !namedSecrets(values.get(param) ?? null).next().done;
  return {
    values,
    isSecret: (param) => isPlannedSecret(param) || isBoundSecret(param) || holdsSecret(param),
  };
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
  if (!Array.isArray(value)) throw invalid(param, 'its list is not an array');
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
  return { output, type, id, key: resourceKey('heatStack', url, id), markKey: outputsMarkKey(url, id) };
}

async function readOutputs(
  references: readonly OutputReference[],
  { store }: JobTools,
): Promise<{ readonly outputs: Outputs; readonly secret: ReadonlyMap<string, ReadonlySet<string>> }> {
  const keys = [...new Set(references.flatMap(({ key, markKey }) => [key, markKey]))];
  const secret = new Map<string, ReadonlySet<string>>();
  const outputs = new Map<string, ReadonlyMap<string, Json>>();
  for (let first = 0; first < keys.length; first += limits.transactionOperations) {
    const { results } = await store.transact({
      success: keys.slice(first, first + limits.transactionOperations).map((key) => {
        return { type: 'get', range: oneKey(key) } as const;
      }),
    });
    for (const result of results) {
      const entry = result.type === 'get' ? result.entries[0] : undefined;
      if (entry === undefined) continue;
      const names = entry.key.startsWith(SECRET_MARKS) ? decodeSecretNames(entry.value) : null;
      if (names === null) outputs.set(entry.key, stackOutputs(entry.value));
      else secret.set(entry.key, names);
    }
  }
  return { outputs, secret };
}

function invalid(param: string, reason: string): Error {
  return kamadoError('STACK_PARAMETER_INVALID', { param, reason });
}

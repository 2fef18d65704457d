import { isJsonObject, type Json, type JsonObject, pointerPart } from '../kernel/index.ts';
import type { Job, JobParam } from '../records/index.ts';
import { isSecretParameter, type Model } from '../schema/index.ts';
import { isSecretName } from '../schema/secrets/index.ts';
import { type Difference, differences, type IsSecret } from './differences.ts';

/** The knowledge about the secret values of a job. */
export interface JobSecrets {
  readonly model: Model;
  /** The parameter mappings of the template with which a job was planned, or null if unknown. */
  readonly mappings: JsonObject | null;
}

/**
 * The differences between a planned job and a recorded one, in any of its thirteen fields. The suffix of ids is random.
 * The order of params is free, and so is that of the dependencies: the original kept them in a set, in the order of its
 * hashes.
 */
export function jobDifferences(recorded: JsonObject, planned: Job, secrets: JobSecrets): readonly Difference[] {
  const isSecret = secretsOf(planned, secrets);
  const known = new Set(planned.params.map(({ param }) => pointerPart(param)));
  // A parameter that wasn't planned may hold a secret.
  return differences(comparable(recorded), comparable(jsonOf(planned)), (pointer) => {
    const [, part, param = '', member] = pointer.split('/');
    return isSecret(pointer) || (part === 'params' && member === 'value' && !known.has(param));
  });
}

/** A job as JSON with comparable parts. */
function comparable(job: JsonObject): JsonObject {
  const { id = null, dependency = null, params = null } = job;
  return {
    ...job,
    id: nameOf(id),
    dependency: Array.isArray(dependency) ? dependency.map(nameOf).sort() : dependency,
    params: Array.isArray(params) ? byName(params) : params,
  };
}

/** Returns the test for secret values in the comparable form of a job. */
export function secretsOf(job: Pick<Job, 'resource_type' | 'params'>, secrets: JobSecrets): IsSecret {
  const type = secrets.model.types.get(job.resource_type);
  const secret = new Set([
    ...(type?.properties ?? []).filter((p) => p.secret).map((p) => `/resource_input/${pointerPart(p.name)}`),
    ...secretParams(job, secrets).map(({ param }) => `/params/${pointerPart(param)}/value`),
  ]);
  return (pointer) => secret.has(pointer);
}

/** The secret parameters of a job. */
export function secretParams(
  { resource_type: type, params }: Pick<Job, 'resource_type' | 'params'>,
  { model, mappings }: JobSecrets,
): readonly JobParam[] {
  return params.filter(({ param }) => isSecretParam(model, type, param, mappings));
}

function isSecretParam(model: Model, typeId: string, param: JobParam['param'], mappings: JsonObject | null): boolean {
  const source = mappings?.[param];
  return source === undefined ? isSecretName(param) : isSecretParameter(param, source, model, typeId);
}

/** Params by their names, since their order is free. A param without a unique name is listed by its position. */
export function byName<Param>(params: readonly Param[]): { readonly [name: string]: Param } {
  const named = new Map<string, Param>();
  params.forEach((param, i) => {
    const name = isJsonObject(param) && typeof param.param === 'string' ? param.param : String(i);
    named.set(named.has(name) ? String(i) : name, param);
  });
  return Object.fromEntries(named);
}

/** A job's id without the suffix that distinguishes it from an earlier job of the same name. */
export function withoutSuffix(id: string): string {
  return id.replace(/:[a-z0-9]{5}$/, '');
}

function nameOf(id: Json): Json {
  return typeof id === 'string' ? withoutSuffix(id) : id;
}

/** Whether two ids name the same job, written at different times. */
export function isSameJob(a: string, b: string): boolean {
  return withoutSuffix(a) === withoutSuffix(b);
}

/** The job as stored JSON. */
function jsonOf(job: Job): JsonObject {
  const value: JsonObject = JSON.parse(JSON.stringify(job));
  return value;
}

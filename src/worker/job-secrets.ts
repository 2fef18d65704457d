import {
  errorText,
  isJsonObject,
  isKamadoError,
  type Json,
  type JsonObject,
  type Redactor,
  redactorOf,
} from '../kernel/index.ts';
import type { Job } from '../records/index.ts';
import { isSecretParameter, type ResourceType } from '../schema/index.ts';
import { isSecretName, namedSecrets } from '../schema/secrets/index.ts';
import type { JobTools } from './handler.ts';

/** Tells whether a parameter of a job is secret. */
export type IsSecretParam = (param: string) => boolean;

/**
 * Returns the test for secret parameters of a job: those that planning noted, and those that the current template makes
 * secret. If planning noted nothing, a parameter without a mapping is secret as well.
 */
export function secretParams(job: Job, tools: Pick<JobTools, 'model' | 'secretParams' | 'template'>): IsSecretParam {
  const { model, secretParams: planned } = tools;
  const mappings = mappingsOf(tools);
  return (param) => {
    if (planned?.has(param) === true) return true;
    const source = isJsonObject(mappings) && Object.hasOwn(mappings, param) ? mappings[param] : undefined;
    if (source === undefined) return planned === null || (planned === undefined && isSecretName(param));
    return isSecretParameter(param, source, model, job.resource_type);
  };
}

/** A removal needs no template: it may have been deleted. */
function mappingsOf({ template }: Pick<JobTools, 'template'>): Json | undefined {
  try {
    return template().parameter_mappings;
  } catch (error) {
    if (isKamadoError(error, 'TEMPLATE_NOT_FOUND')) return undefined;
    throw error;
  }
}

/** The secret texts of a job: of its parameters as given, and of its resource. */
export function secretTextsOf(job: Job, tools: Pick<JobTools, 'model'>, isSecret: IsSecretParam): ReadonlySet<string> {
  const params = job.params.flatMap(({ param, type, value }) => (isSecret(param) ? textsIn(given(type, value)) : []));
  return new Set([...params, ...bodySecrets(tools.model.types.get(job.resource_type), job.resource_input)]);
}

/** The secret texts of a resource. */
export function bodySecrets(type: ResourceType | undefined, body: JsonObject): readonly string[] {
  return Object.entries(body).flatMap(([name, value]) => {
    // A property that the type doesn't have may be secret.
    if (type?.property.get(name)?.secret === false || name === 'id') return [...namedSecrets(value)].flatMap(textsIn);
    return textsIn(value);
  });
}

/** The value that a parameter was given. Outputs that are bound when the job runs have no value yet. */
function given(type: Json | undefined, value: Json): Json {
  if (type === 'value') return value;
  if (type !== 'list' || !Array.isArray(value)) return null;
  const parts: readonly Json[] = value;
  return parts.map((part) => (isJsonObject(part) ? given(part.type, part.value ?? null) : null));
}

/** All texts and numbers in a value. */
export function textsIn(value: Json): readonly string[] {
  if (typeof value === 'string') return value === '' ? [] : [value];
  if (typeof value === 'number') return [String(value)];
  if (typeof value !== 'object' || value === null) return [];
  const parts: readonly Json[] = Array.isArray(value) ? value : Object.values(value);
  return parts.flatMap(textsIn);
}

/** A redactor for foreign texts about a job; it collects the job's secrets when it is first used. */
export function jobRedactor(job: Job, tools: Pick<JobTools, 'model' | 'secretParams' | 'template'>): Redactor {
  let redact: Redactor | null = null;
  return (text) => {
    redact ??= redactorOf(secretTextsOf(job, tools, secretParams(job, tools)));
    return redact(text);
  };
}

/**
 * The text of an error, with foreign texts in it redacted. The text of an exception from foreign code is foreign as a
 * whole.
 * @param foreign a parameter with foreign text that isn't marked as such
 */
export function redactedText(error: unknown, redact: Redactor, foreign?: string): string {
  return isKamadoError(error) ? error.messageFor(redact, foreign) : redact(errorText(error));
}

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

/** Which parameters of a job are secret. */
export type IsSecretParam = (param: string) => boolean;

/**
 * Which parameters of a job are secret: those of which planning said so, and those that the template in force makes secret.
 * Where planning noted nothing, what isn't mapped any more is secret.
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

/** A removal needs no template: it may be gone. */
function mappingsOf({ template }: Pick<JobTools, 'template'>): Json | undefined {
  try {
    return template().parameter_mappings;
  } catch (error) {
    if (isKamadoError(error, 'TEMPLATE_NOT_FOUND')) return undefined;
    throw error;
  }
}

/** The secret texts of a job: of its parameters, as it was given them, and of its resource. */
export function secretTextsOf(job: Job, tools: Pick<JobTools, 'model'>, isSecret: IsSecretParam): ReadonlySet<string> {
  const params = job.params.flatMap(({ param, type, value }) => (isSecret(param) ? textsIn(given(type, value)) : []));
  return new Set([...params, ...bodySecrets(tools.model.types.get(job.resource_type), job.resource_input)]);
}

/** The secret texts of a resource. */
export function bodySecrets(type: ResourceType | undefined, body: JsonObject): readonly string[] {
  return Object.entries(body).flatMap(([name, value]) => {
    // Of a property that the type doesn't know nobody can tell what it is.
    if (type?.property.get(name)?.secret === false || name === 'id') return [...namedSecrets(value)].flatMap(textsIn);
    return textsIn(value);
  });
}

/** The value that a parameter was given; outputs that are bound when the job runs are none. */
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

/** A redactor of what others say about a job; its secrets are looked for when something is said. */
export function jobRedactor(job: Job, tools: Pick<JobTools, 'model' | 'secretParams' | 'template'>): Redactor {
  let redact: Redactor | null = null;
  return (text) => {
    redact ??= redactorOf(secretTextsOf(job, tools, secretParams(job, tools)));
    return redact(text);
  };
}

/**
 * What an error says, with what others said in it redacted; an exception of somebody else's code is theirs as a whole.
 * @param foreign a parameter that is somebody else's though it isn't marked
 */
export function redactedText(error: unknown, redact: Redactor, foreign?: string): string {
  return isKamadoError(error) ? error.messageFor(redact, foreign) : redact(errorText(error));
}

import { errorText, kamadoError } from '../../kernel/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../../kernel/json.ts';
import { MASK } from '../../kernel/secret.ts';
import { parseMapping } from '../../model/mapping-parser.ts';
import { isSecretMapping } from '../../model/mapping-secrets.ts';
import type { Job } from '../../records/job.ts';
import type { JobTools } from '../handler.ts';

/** Runs something whose errors may repeat what it was given, since engines quote values; secrets in them are masked. */
export async function veiled<Result>(secrets: readonly string[], run: () => Promise<Result>): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    const text = errorText(error);
    const shown = secrets.reduce((part, secret) => part.replaceAll(secret, MASK), text);
    throw shown === text ? error : kamadoError('HANDLER_FAILED', { reason: shown });
  }
}

/**
 * The secret texts among a job's parameters, longest first. `document` is the rendered template: what it hides is secret, too.
 */
export function secretsOf(job: Job, tools: JobTools, values: JsonObject, document: Json): readonly string[] {
  const mappings = tools.template().parameter_mappings;
  const isSecret = (param: string): boolean => {
    const source = isJsonObject(mappings) && Object.hasOwn(mappings, param) ? mappings[param] : undefined;
    // Nobody can tell what it is.
    if (source === undefined) return true;
    return isHidden(document, param) || isSecretMapping(parseMapping(source, param), tools.model, job.resource_type);
  };
  const texts = Object.entries(values).flatMap(([param, value]) => (isSecret(param) ? textsIn(value) : []));
  return [...new Set(texts)].sort((a, b) => b.length - a.length);
}

/** Whether a HOT template hides a parameter. */
function isHidden(document: Json, param: string): boolean {
  const parameters = isJsonObject(document) ? document.parameters : undefined;
  const own = isJsonObject(parameters) && Object.hasOwn(parameters, param) ? parameters[param] : undefined;
  return isJsonObject(own) && own.hidden === true;
}

function textsIn(value: Json): readonly string[] {
  if (typeof value === 'string') return value === '' ? [] : [value];
  if (typeof value === 'number') return [String(value)];
  if (typeof value !== 'object' || value === null) return [];
  const parts: readonly Json[] = Array.isArray(value) ? value : Object.values(value);
  return parts.flatMap(textsIn);
}

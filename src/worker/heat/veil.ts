import type { ErrorCode } from '../../kernel/error-catalogue.ts';
import { errorText, isKamadoError, kamadoError } from '../../kernel/errors.ts';
import { isJsonObject, type Json } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import { MASK } from '../../kernel/secret.ts';
import { parseMapping } from '../../model/mapping-parser.ts';
import { isSecretMapping } from '../../model/mapping-secrets.ts';
import type { Job } from '../../records/job.ts';
import type { JobTools } from '../handler.ts';

/** Masks the secrets in a text: engines quote values. */
export type Veil = (text: string) => string;

/** What is left of a secret where a text was cut off is masked from so many characters on. */
const SHORTEST_REST = 4;

/** Hides secrets, however they are quoted. */
export function veilOf(secrets: Iterable<string>): Veil {
  const forms = new Set([...secrets].flatMap(formsOf));
  // Longest first: one may be part of another.
  const sorted = [...forms].sort((a, b) => b.length - a.length);
  return (text) => {
    const shown = sorted.reduce((part, form) => part.replaceAll(form, MASK), text);
    return text.length < limits.stackReasonLength ? shown : withoutRest(shown, sorted);
  };
}

/**
 * Runs something whose errors may repeat what it was given. They say what to do as well: a state is all that its readers
 * see of an error.
 */
export async function veiled<Result>(veil: Veil, run: () => Promise<Result>): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    if (isKamadoError(error) && asTheyAre.has(error.code)) throw error;
    const text = veil(errorText(error));
    const end = /[.!?]$/.test(text) ? '' : '.';
    throw kamadoError('HANDLER_FAILED', { reason: isKamadoError(error) ? `${text}${end} ${error.remedy}` : text });
  }
}

/** Hides nothing. */
export const openly: Veil = (text) => text;

/** Told already, or none of the resource's. */
const asTheyAre: ReadonlySet<ErrorCode> = new Set(['HANDLER_FAILED', 'STORE_UNAVAILABLE', 'CLAIM_LOST']);

/**
 * The secret texts among the values of a job's parameters. `document` is the rendered template, or null: what it hides
 * is secret, too.
 */
export function secretsOf(
  job: Job,
  tools: JobTools,
  values: Iterable<readonly [string, Json]>,
  document: Json,
): ReadonlySet<string> {
  const mappings = mappingsOf(tools);
  const isSecret = (param: string): boolean => {
    const source = isJsonObject(mappings) && Object.hasOwn(mappings, param) ? mappings[param] : undefined;
    // Nobody can tell what it is.
    if (source === undefined) return true;
    return isHidden(document, param) || isSecretMapping(parseMapping(source, param), tools.model, job.resource_type);
  };
  const texts = [...values].flatMap(([param, value]) => (isSecret(param) ? textsIn(value) : []));
  return new Set(texts);
}

/** The values that a job was given; outputs that are bound when it runs are none of them. */
export function givenValues({ params }: Job): readonly (readonly [string, Json])[] {
  return params.map(({ param, type, value }) => [param, givenValue(type, value)]);
}

function givenValue(type: Json | undefined, value: Json): Json {
  if (type === 'value') return value;
  if (type !== 'list' || !Array.isArray(value)) return null;
  const parts: readonly Json[] = value;
  return parts.map((part) => (isJsonObject(part) ? givenValue(part.type, part.value ?? null) : null));
}

/** A removal needs no template: it may be gone. */
function mappingsOf(tools: JobTools): Json | undefined {
  try {
    return tools.template().parameter_mappings;
  } catch (error) {
    if (isKamadoError(error, 'TEMPLATE_NOT_FOUND')) return undefined;
    throw error;
  }
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

/** A text as it stands in errors: as it is, in JSON, as Python prints it; and each of that in one line. */
function formsOf(secret: string): readonly string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  const ascii = json.replaceAll(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  const python = json.replaceAll('\\"', '"');
  const forms = [secret, json, ascii, python, python.replaceAll("'", "\\'")];
  return [...forms, ...forms.map(inOneLine)].filter((form) => form !== '');
}

function inOneLine(text: string): string {
  return text.replaceAll(/[\s\p{Cc}\p{Cs}]+/gu, ' ').trim();
}

/** Without the beginning of a secret at the end. */
function withoutRest(text: string, secrets: readonly string[]): string {
  for (const secret of secrets) {
    for (let length = Math.min(secret.length, text.length); length >= SHORTEST_REST; length--) {
      if (text.endsWith(secret.slice(0, length))) return text.slice(0, -length) + MASK;
    }
  }
  return text;
}

import { isJsonObject, type Json, type JsonObject } from '../../src/kernel/json.ts';
import { parseForeignJson } from '../../src/kernel/json-numbers.ts';
import { HeatError, validationFailed } from './heat-error.ts';
import { constraintFault } from './hot-constraints.ts';
import { pythonJson, pythonText } from './python-text.ts';

/** What a template says of a parameter. */
export interface ParameterSchema {
  readonly type: string;
  /** undefined: it must be given. */
  readonly default: Json | undefined;
  readonly isHidden: boolean;
  readonly constraints: readonly Json[];
}

/** Parameters with their values, and as Heat shows them. */
export interface Parameters {
  readonly values: ReadonlyMap<string, Json>;
  /** Every one as text; hidden ones masked. */
  readonly shown: JsonObject;
}

const HIDDEN = '******';
const TRUE_WORDS = ['1', 't', 'true', 'on', 'y', 'yes'];
const FALSE_WORDS = ['0', 'f', 'false', 'off', 'n', 'no'];
const BOOLEAN_WORDS = [...TRUE_WORDS, ...FALSE_WORDS].sort().map((word) => `'${word}'`);

/** Binds what was given to what a template declares. `pseudo` are those that Heat adds. Throws as Heat refuses. */
export function bindParameters(
  schemas: ReadonlyMap<string, ParameterSchema>,
  given: JsonObject,
  pseudo: JsonObject,
): Parameters {
  for (const name of Object.keys(given)) {
    if (schemas.has(name)) continue;
    throw new HeatError(400, 'UnknownUserParameter', `The Parameter (${name}) was not defined in template.`);
  }
  const values = new Map<string, Json>(Object.entries(pseudo));
  const shown = new Map<string, Json>(values);
  for (const [name, schema] of schemas) {
    const raw = (Object.hasOwn(given, name) ? given[name] : undefined) ?? schema.default;
    if (raw === undefined) throw parameterMissing(name);
    const value = boundValue(name, schema, raw);
    values.set(name, value);
    shown.set(name, schema.isHidden ? HIDDEN : textOf(value));
  }
  return { values, shown: Object.fromEntries(shown) };
}

export function parameterMissing(name: string): HeatError {
  return new HeatError(400, 'UserParameterMissing', `The Parameter (${name}) was not provided.`);
}

function boundValue(name: string, schema: ParameterSchema, raw: Json): Json {
  const invalid = (reason: string) => validationFailed(`Parameter '${name}' is invalid: ${reason}`);
  const value = converted(schema.type, raw, invalid);
  for (const constraint of schema.constraints) {
    const fault = constraintFault(constraint, value);
    if (fault !== null) throw invalid(fault);
  }
  return value;
}

function converted(type: string, raw: Json, invalid: (reason: string) => HeatError): Json {
  switch (type) {
    case 'number':
      return numberOf(raw, invalid);
    case 'boolean':
      return booleanOf(raw, invalid);
    case 'comma_delimited_list':
      return listOf(raw, invalid);
    case 'json':
      return jsonOf(raw, invalid);
    default:
      return pythonText(raw);
  }
}

function numberOf(raw: Json, invalid: (reason: string) => HeatError): number {
  const number = typeof raw === 'number' ? raw : Number(pythonText(raw).trim() || 'none');
  if (Number.isNaN(number)) throw invalid(`could not convert string to float: '${pythonText(raw)}'`);
  return number;
}

function booleanOf(raw: Json, invalid: (reason: string) => HeatError): boolean {
  const word = pythonText(raw).toLowerCase();
  if (TRUE_WORDS.includes(word)) return true;
  if (FALSE_WORDS.includes(word)) return false;
  throw invalid(`Unrecognized value '${pythonText(raw)}', acceptable values are: ${BOOLEAN_WORDS.join(', ')}`);
}

function listOf(raw: Json, invalid: (reason: string) => HeatError): readonly string[] {
  if (Array.isArray(raw)) return raw.map(pythonText);
  if (typeof raw === 'string') return raw === '' ? [] : raw.split(',').map((item) => item.trim());
  throw invalid(`Value must be a comma-delimited list string: '${pythonClass(raw)}' object has no attribute 'split'`);
}

function jsonOf(raw: Json, invalid: (reason: string) => HeatError): Json {
  if (typeof raw !== 'string') return raw;
  const value = parseForeignJson(raw === '' ? '{}' : raw);
  if (value === undefined) throw invalid('Value must be valid JSON: Expecting value: line 1 column 1 (char 0)');
  return value;
}

function pythonClass(value: Json): string {
  if (isJsonObject(value)) return 'dict';
  return typeof value === 'boolean' ? 'bool' : 'int';
}

function textOf(value: Json): string {
  if (Array.isArray(value)) return value.map(pythonText).join(',');
  return isJsonObject(value) ? pythonJson(value) : pythonText(value);
}

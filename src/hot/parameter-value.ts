import { isJsonObject, type Json, parseForeignJson } from '../kernel/index.ts';
import { booleanOfWord, booleanWords } from './boolean-words.ts';
import { constraintFault } from './constraints.ts';
import { type HotFault, invalidHot } from './hot-fault.ts';
import type { ParameterSchema } from './parameter-schema.ts';
import { pythonJson, pythonText } from './python-text.ts';

/** Makes the fault of a parameter. */
type Invalid = (reason: string) => HotFault;

/** A parameter's value with the declared type. Throws HotFault if it has another one, or if a constraint forbids it. */
export function parameterValue(name: string, schema: ParameterSchema, raw: Json): Json {
  const invalid = (reason: string) => invalidHot(`Parameter '${name}' is invalid: ${reason}`);
  const value = converted(schema.type, raw, invalid);
  for (const constraint of schema.constraints) {
    const fault = constraintFault(constraint, value);
    if (fault !== null) throw invalid(fault);
  }
  return value;
}

/** A parameter's value as text, as Heat shows it. */
export function parameterText(value: Json): string {
  if (Array.isArray(value)) return value.map(pythonText).join(',');
  return isJsonObject(value) ? pythonJson(value) : pythonText(value);
}

function converted(type: string, raw: Json, invalid: Invalid): Json {
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

function numberOf(raw: Json, invalid: Invalid): number {
  const number = typeof raw === 'number' ? raw : Number(pythonText(raw).trim() || 'none');
  if (Number.isNaN(number)) throw invalid(`could not convert string to float: '${pythonText(raw)}'`);
  return number;
}

function booleanOf(raw: Json, invalid: Invalid): boolean {
  const value = booleanOfWord(pythonText(raw));
  if (value !== undefined) return value;
  const words = booleanWords.map((word) => `'${word}'`).join(', ');
  throw invalid(`Unrecognized value '${pythonText(raw)}', acceptable values are: ${words}`);
}

function listOf(raw: Json, invalid: Invalid): readonly string[] {
  if (Array.isArray(raw)) return raw.map(pythonText);
  if (typeof raw === 'string') return raw === '' ? [] : raw.split(',').map((item) => item.trim());
  throw invalid(`Value must be a comma-delimited list string: '${pythonClass(raw)}' object has no attribute 'split'`);
}

function jsonOf(raw: Json, invalid: Invalid): Json {
  if (typeof raw !== 'string') return raw;
  const value = parseForeignJson(raw === '' ? '{}' : raw);
  if (value === undefined) throw invalid('Value must be valid JSON: Expecting value: line 1 column 1 (char 0)');
  return value;
}

function pythonClass(value: Json): string {
  if (isJsonObject(value)) return 'dict';
  return typeof value === 'boolean' ? 'bool' : 'int';
}

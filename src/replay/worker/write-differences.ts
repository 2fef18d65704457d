import { isJsonObject, type Json, type JsonObject, MASK, parseJson } from '../../kernel/index.ts';
import { isSecretName } from '../../schema/secrets/index.ts';
import { type Difference, differences } from '../differences.ts';
import type { Write } from './recorded-writes.ts';

/** The differences between a recorded write and a made one; undefined: it doesn't exist. */
export function writeDifferences(recorded: Write | undefined, made: Write | undefined): readonly Difference[] {
  return differences(comparable(recorded), comparable(made));
}

/** A written value in comparable form: JSON texts in a state parsed, and without secrets. */
function comparable(write: Write | undefined): Json | undefined {
  if (write === undefined) return undefined;
  const { family, value } = write;
  if (value === undefined) return 'deleted';
  return masked(family === 'state' ? stateSaid(value) : value);
}

/**
 * The members of a state in comparable form: they are texts, some of them JSON. Errors aren't compared, since each
 * system describes them in its own words.
 */
function stateSaid(value: Json): Json {
  if (!isJsonObject(value)) return value;
  const { state, error } = value;
  const members = isJsonObject(state)
    ? Object.entries(state).map(([name, part]) => [name, parsedJson(part)] as const)
    : [];
  return {
    ...value,
    ...(typeof error === 'string' && error !== '' ? { error: 'failed' } : {}),
    ...(isJsonObject(state) ? { state: Object.fromEntries(members) } : {}),
  };
}

/** The object or list in a JSON text; else the value itself. */
export function parsedJson(value: Json): Json {
  const parsed = typeof value === 'string' ? parseJson(value) : undefined;
  return isJsonObject(parsed) || Array.isArray(parsed) ? parsed : value;
}

/** The outputs without the values of those whose names indicate secrets. */
export function masked(value: Json): Json {
  if (Array.isArray(value)) return value.map((part: Json) => masked(part));
  if (!isJsonObject(value)) return value;
  const { output_key: key, output_value: output } = value;
  const isSecret = typeof key === 'string' && isSecretName(key) && typeof output === 'string';
  const parts: JsonObject = Object.fromEntries(Object.entries(value).map(([name, part]) => [name, masked(part)]));
  return isSecret ? { ...parts, output_value: MASK } : parts;
}

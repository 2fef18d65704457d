import { isJsonObject, type Json, type JsonObject, MASK, parseJson } from '../../kernel/index.ts';
import { isSecretName } from '../../schema/secrets/index.ts';
import { type Difference, differences } from '../differences.ts';
import type { Write } from './recorded-writes.ts';

/** How a made write differs from a recorded one; undefined: it isn't there. */
export function writeDifferences(recorded: Write | undefined, made: Write | undefined): readonly Difference[] {
  return differences(comparable(recorded), comparable(made));
}

/** A value that was written, as it is compared: what JSON text says in a state, and without secrets. */
function comparable(write: Write | undefined): Json | undefined {
  if (write === undefined) return undefined;
  const { family, value } = write;
  if (value === undefined) return 'deleted';
  return masked(family === 'state' ? stateSaid(value) : value);
}

/** Members of a state are text: JSON text where they say more. Each system says in its own words what failed. */
function stateSaid(value: Json): Json {
  if (!isJsonObject(value)) return value;
  const { state, error } = value;
  const members = isJsonObject(state)
    ? Object.entries(state).map(([name, part]) => [name, reported(part)] as const)
    : [];
  return {
    ...value,
    ...(typeof error === 'string' && error !== '' ? { error: 'failed' } : {}),
    ...(isJsonObject(state) ? { state: Object.fromEntries(members) } : {}),
  };
}

/** What a text says that is JSON of an object or a list; else the value itself. */
export function reported(value: Json): Json {
  const parsed = typeof value === 'string' ? parseJson(value) : undefined;
  return isJsonObject(parsed) || Array.isArray(parsed) ? parsed : value;
}

/** Without the values of outputs whose names say that they are secret. */
export function masked(value: Json): Json {
  if (Array.isArray(value)) return value.map((part: Json) => masked(part));
  if (!isJsonObject(value)) return value;
  const { output_key: key, output_value: output } = value;
  const isSecret = typeof key === 'string' && isSecretName(key) && typeof output === 'string';
  const parts: JsonObject = Object.fromEntries(Object.entries(value).map(([name, part]) => [name, masked(part)]));
  return isSecret ? { ...parts, output_value: MASK } : parts;
}

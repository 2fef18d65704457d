import { isJsonObject, type Json, type JsonObject, MASK } from '../../kernel/index.ts';
import { operatorPattern, PatternBudget } from '../../kernel/pattern/index.ts';
import type { ResourceType } from '../../schema/index.ts';
import { isSecretName } from '../../schema/secrets/index.ts';

/** The key of an object that stands for any text that matches its pattern. */
export const MATCHES = '$matches';
/** The rendered length of a value. */
const SHOWN_LENGTH = 200;

/** The differences between a value and the expectation of an example: one line for each place. Empty if it matches. */
export function differencesOf(expected: JsonObject, actual: JsonObject, type: ResourceType): readonly string[] {
  return membersOf(expected, actual, '', (name) => type.property.get(name)?.secret ?? isSecretName(name));
}

function membersOf(
  expected: JsonObject,
  actual: JsonObject,
  path: string,
  isSecret: (name: string) => boolean,
): readonly string[] {
  return Object.entries(expected).flatMap(([name, expectation]) => {
    const found = Object.hasOwn(actual, name) ? actual[name] : undefined;
    return compared(expectation, found, path === '' ? name : `${path}.${name}`, isSecret(name));
  });
}

function compared(expected: Json, actual: Json | undefined, path: string, secret: boolean): readonly string[] {
  const differs = (): readonly string[] => {
    const found = actual === undefined ? 'has no value' : `is ${shown(actual, secret)}`;
    return [`${path} ${found}; expected ${shown(expected, secret)}`];
  };
  if (isJsonObject(expected)) {
    const pattern = expected[MATCHES];
    if (typeof pattern === 'string') return matches(pattern, actual) ? [] : differs();
    if (!isJsonObject(actual)) return differs();
    return membersOf(expected, actual, path, (name) => secret || isSecretName(name));
  }
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual) || actual.length !== expected.length) return differs();
    return expected.flatMap((part: Json, i) => compared(part, actual[i], `${path}.${i}`, secret));
  }
  // A property without a value may be absent.
  return (actual ?? null) === expected ? [] : differs();
}

function matches(pattern: string, actual: Json | undefined): boolean {
  return typeof actual === 'string' && new PatternBudget().finds(operatorPattern(pattern), actual);
}

function shown(value: Json, secret: boolean): string {
  if (secret && value !== null) return MASK;
  const text = JSON.stringify(masked(value));
  return text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}…` : text;
}

function masked(value: Json): Json {
  if (Array.isArray(value)) return value.map(masked);
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).map(([name, part]) => {
    return [name, isSecretName(name) && part !== null ? MASK : masked(part)] as const;
  });
  return Object.fromEntries(entries);
}

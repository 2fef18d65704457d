import { parseJson } from '../kernel/index.ts';

/**
 * Marks of secrets in other values of the store. They hold names, never values. They are written in the transaction of
 * the values that they are about, and removed with them: whether a value is secret follows from the rules at the time
 * of its write, not from the current ones.
 */
const prefixes = {
  /** The names of a job's secret parameters. */
  jobs: '/kamado/secrets/jobs/',
  /** The names of the secret outputs of a resource's stack, except those whose names indicate a secret. */
  outputs: '/kamado/secrets/outputs/',
  /** A property that was secret once: concerns values that were written before the mark. */
  properties: '/kamado/secrets/properties/',
} as const;

/** The prefix of all marks. */
export const SECRET_MARKS = '/kamado/secrets/';
/** The prefix of the marks of properties. */
export const PROPERTY_MARKS = prefixes.properties;

/** A mark, as its key describes it. */
export type SecretMark =
  | { readonly kind: 'jobs'; readonly jobId: string }
  /** `path`: the URL of the type and the id, '/v2.0/ha_routers/<id>'. */
  | { readonly kind: 'outputs'; readonly path: string }
  | { readonly kind: 'properties'; readonly type: string; readonly property: string };

/** The key of the mark of a job. */
export function jobMarkKey(jobId: string): string {
  return `${prefixes.jobs}${jobId}`;
}

/** The key of the mark of the outputs of a resource's stack. */
export function outputsMarkKey(url: string, id: string): string {
  return `${prefixes.outputs}${url.slice(1)}/${id}`;
}

/** The key of the mark of a property. */
export function propertyMarkKey(type: string, property: string): string {
  return `${prefixes.properties}${type}/${property}`;
}

/** Returns the subject of a mark's key. null for every other key. */
export function parseSecretMarkKey(key: string): SecretMark | null {
  if (!key.startsWith(SECRET_MARKS)) return null;
  if (key.startsWith(prefixes.jobs)) return { kind: 'jobs', jobId: key.slice(prefixes.jobs.length) };
  if (key.startsWith(prefixes.outputs)) return { kind: 'outputs', path: `/${key.slice(prefixes.outputs.length)}` };
  const [type, property, ...more] = key.startsWith(prefixes.properties)
    ? key.slice(prefixes.properties.length).split('/')
    : [];
  if (type === undefined || property === undefined || more.length > 0) return null;
  return { kind: 'properties', type, property };
}

/** The value of a mark: names. */
export function encodeSecretNames(names: Iterable<string>): string {
  return JSON.stringify([...names]);
}

/** Reads the value of a mark. null if it isn't valid. */
export function decodeSecretNames(value: string): ReadonlySet<string> | null {
  const names = parseJson(value);
  if (!Array.isArray(names) || !names.every((name) => typeof name === 'string')) return null;
  return new Set(names);
}

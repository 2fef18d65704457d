import { parseJson } from '../kernel/index.ts';

/**
 * Marks that say what is secret in what stands elsewhere in the store. They hold names, never values, are written in the
 * transaction of what they are about, and removed with it: what a value is follows from the rules that were in force when
 * it was written, not from today's.
 */
const prefixes = {
  /** Which parameters of a job are secret. */
  jobs: '/kamado/secrets/jobs/',
  /** Which outputs of a resource's stack are, beside those whose names say so. */
  outputs: '/kamado/secrets/outputs/',
  /** A property that was secret once: what was written before the mark. */
  properties: '/kamado/secrets/properties/',
} as const;

/** What the keys of all marks begin with. */
export const SECRET_MARKS = '/kamado/secrets/';
/** What those of properties begin with. */
export const PROPERTY_MARKS = prefixes.properties;

/** A mark, as its key tells. */
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

/** What a key marks; null for every other key. */
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

/** Reads the value of a mark; null where it isn't one. */
export function decodeSecretNames(value: string): ReadonlySet<string> | null {
  const names = parseJson(value);
  if (!Array.isArray(names) || !names.every((name) => typeof name === 'string')) return null;
  return new Set(names);
}

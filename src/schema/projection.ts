import { canonicalJson, type Json, type JsonObject } from '../kernel/index.ts';

/** The form of a type's resources in the store, if it isn't the usual one (compatibility K3). */
export interface Projection {
  /**
   * The parts of the key after the prefix: text, and properties whose values are inserted. null: the resource's path.
   */
  readonly keyTemplate: readonly (string | { readonly property: string })[] | null;
  /** Whether the key begins with /config. */
  readonly underConfig: boolean;
  /** Whether the value is the content alone, without version and mark. */
  readonly plain: boolean;
  /** The property that is the content, or null: the whole body. */
  readonly property: string | null;
}

/**
 * Returns the projection that `sync_key_template`, `sync_plain`, `sync_property` and `sync_skip_config_prefix` declare.
 * null if none of them is set. `fault` receives the faults; `known` decides whether a property exists.
 */
export function parseProjection(
  metadata: JsonObject,
  known: (property: string) => boolean,
  fault: (pointer: string, reason: string) => void,
): Projection | null {
  const { sync_key_template: template, sync_plain: plain, sync_property: property } = metadata;
  const skipsPrefix = metadata.sync_skip_config_prefix === true;
  if (template === undefined && plain !== true && property === undefined && !skipsPrefix) return null;
  const keyTemplate = typeof template === 'string' ? parseKeyTemplate(template) : null;
  const named = [
    ...(keyTemplate ?? []).flatMap((part) =>
      typeof part === 'string' ? [] : [['sync_key_template', part.property] as const],
    ),
    ...(typeof property === 'string' ? [['sync_property', property] as const] : []),
  ];
  for (const [key, name] of named) if (!known(name)) fault(`/metadata/${key}`, `there is no property ${name}`);
  const texts = (keyTemplate ?? []).filter((part) => typeof part === 'string');
  if (template !== undefined && (keyTemplate === null || !texts[0]?.startsWith('/') || texts.join('').includes('{'))) {
    fault('/metadata/sync_key_template', 'a path that begins with /, with {{ property }} in it, is expected');
  }
  return {
    keyTemplate,
    underConfig: !skipsPrefix,
    plain: plain === true,
    property: typeof property === 'string' ? property : null,
  };
}

function parseKeyTemplate(template: string): readonly (string | { readonly property: string })[] {
  const parts = template.split(/(\{\{\s*[^{}\s]+\s*\}\})/).filter((part) => part !== '');
  return parts.map((part) => {
    const property = /^\{\{\s*([^{}\s]+)\s*\}\}$/.exec(part)?.[1];
    return property === undefined ? part : { property };
  });
}

/** The key of a resource in its type's projection. `path` is its URL and id. Values are escaped for a path segment. */
export function mirrorKey(form: Projection, path: string, body: JsonObject): string {
  const rest =
    form.keyTemplate === null
      ? path
      : form.keyTemplate.map((part) => (typeof part === 'string' ? part : segment(body[part.property]))).join('');
  return form.underConfig ? `/config${rest}` : rest;
}

/** The common prefix of all keys of the projection. `url` is the type's URL. */
export function mirrorKeyPrefix(form: Projection, url: string): string {
  const [first = ''] = form.keyTemplate ?? [`${url}/`];
  return `${form.underConfig ? '/config' : ''}${typeof first === 'string' ? first : ''}`;
}

/**
 * Whether a key has the form of the projection: as many segments, and equal segments except those that hold a property.
 */
export function hasProjection(form: Projection, url: string, key: string): boolean {
  const expected = mirrorShape(form, url).split('/');
  const segments = key.split('/');
  return (
    segments.length === expected.length &&
    expected.every((segment, i) => segment.includes(PROPERTY) || segment === segments[i])
  );
}

/** The key shape of a type, whatever the values: two types with the same shape can't be distinguished. */
export function mirrorShape(form: Pick<Projection, 'keyTemplate' | 'underConfig'> | null, url: string): string {
  const parts = form?.keyTemplate ?? [`${url}/`, { property: 'id' }];
  const text = parts.map((part) => (typeof part === 'string' ? part : PROPERTY)).join('');
  return `${(form?.underConfig ?? true) ? '/config' : ''}${text}`;
}

/** The placeholder for the value of a property. No template contains it. */
const PROPERTY = '\0';

/** The content of a resource in its type's projection, as text. A plain single string is written without quotes. */
export function mirrorContent(form: Projection, body: JsonObject): string {
  const content: Json = form.property === null ? body : (body[form.property] ?? null);
  return form.plain && form.property !== null && typeof content === 'string' ? content : canonicalJson(content);
}

function segment(value: Json | undefined): string {
  return encodeURIComponent(typeof value === 'string' ? value : canonicalJson(value ?? null));
}
